/** From schedules to occurrences: what is due now, and what was missed while nobody could look. */
import { TIMES } from '../config/constants.ts';
import { type MachineId, scheduledOccurrenceId, type TaskId } from '../domain/ids.ts';
import type { Cause } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import { jitterOf } from '../scheduling/jitter.ts';
import { planCatchUp } from '../scheduling/catch-up.ts';
import { openOccurrence } from './occurrence-list.ts';
import { noteUnstarted } from './occurrence-notes.ts';
import type { Turn } from './state.ts';

const DUE_PER_STEP = 500;
/** How many missed occurrences of one task are recorded one by one; older ones are counted in the text. */
const MISSED_RECORDS = 20;

/** Sets the planner for a task that is new or has changed. */
export function planTask(turn: Turn, task: Task): void {
  const { state } = turn;
  const compiled = state.compiled.get(task.id);
  if (compiled === undefined || task.about.suspended) return state.planner.remove(task.id);
  if (state.phase !== 'active') return;
  state.planner.set(task.id, compiled, Math.max(turn.wallMs - TIMES.onTimeMs, baselineOf(turn, task)));
  armPlanner(turn);
}

/** When planning begins: each task is made up for as its policy says, then followed. */
export function beginPlanning(turn: Turn): void {
  for (const task of turn.state.tasks.values()) {
    if (task.about.suspended || !turn.state.compiled.has(task.id)) continue;
    catchUp(turn, task);
  }
  armPlanner(turn);
}

/** Takes what has come due. A long list is taken in slices, so that heartbeats go on. */
export function onPlanTimer(turn: Turn): void {
  const { state } = turn;
  if (state.phase !== 'active') return;
  const due = state.planner.takeDue(turn.wallMs, DUE_PER_STEP);
  for (const { taskId, nominalAt } of due) {
    const task = state.tasks.get(taskId);
    if (task !== undefined && !task.about.suspended) openScheduled(turn, task, nominalAt, { kind: 'schedule' });
  }
  armPlanner(turn);
}

/** The planner looks at the wall clock, the timer at the monotonic one: hops are short, so that jumps are noticed. */
export function armPlanner(turn: Turn): void {
  const next = turn.state.planner.nextAt();
  if (next === undefined) return turn.state.timers.clear('plan');
  const untilMs = Math.min(TIMES.timerHopMs, Math.max(0, next - turn.wallMs));
  turn.state.timers.set('plan', turn.nowMs + untilMs);
}

function catchUp(turn: Turn, task: Task): void {
  const { state } = turn;
  const compiled = state.compiled.get(task.id);
  if (compiled === undefined) return;
  const accountedUntil = baselineOf(turn, task);
  const plan = planCatchUp({
    compiled,
    catchUp: task.policy.catchUp,
    accountedUntil,
    now: turn.wallMs,
    onTimeMs: TIMES.onTimeMs,
  });
  noteMissed(turn, task, plan.missed.listed.slice(-MISSED_RECORDS), plan.missed.count);
  for (const nominalAt of plan.run) {
    const onTime = turn.wallMs - nominalAt <= TIMES.onTimeMs;
    openScheduled(turn, task, nominalAt, { kind: onTime ? 'schedule' : 'catch-up' });
  }
  state.planner.set(task.id, compiled, turn.wallMs);
}

/** Nothing at or before this instant is due any more: it is in the logs, or before the task was as it is. */
function baselineOf(turn: Turn, task: Task): number {
  const { schedule, about } = task.origins;
  return Math.max(turn.state.accounted.get(task.id) ?? 0, schedule.changedAt, about.changedAt);
}

function openScheduled(turn: Turn, task: Task, nominalAt: number, cause: Cause): void {
  for (const slot of slotsOf(turn, task)) {
    const id = scheduledOccurrenceId(task.id, nominalAt, slot);
    const dueAt = nominalAt + jitterOf(id, task.schedule.jitterMs);
    openOccurrence(turn, { id, taskId: task.id, slot, cause, nominalAt, dueAt });
  }
}

/** One slot for most tasks; one for each target machine of those that run on several. */
export function slotsOf(turn: Turn, task: Task): readonly (MachineId | '')[] {
  if (task.placement.mode !== 'all' && task.placement.mode !== 'n') return [''];
  return turn.state.ring.targets(task, turn.state.tasks);
}

/** What is not made up for is recorded all the same, with the reason, by the first machine in the task's order. */
function noteMissed(turn: Turn, task: Task, listed: readonly number[], count: number): void {
  const { state } = turn;
  if (count === 0 || state.ring.recorders(task.id)[0] !== state.self) return;
  for (const nominalAt of listed) {
    const id = scheduledOccurrenceId(task.id, nominalAt, '');
    const newest = nominalAt === listed.at(-1);
    const more = newest && count > listed.length ? `; ${count} in all since the last run` : '';
    const text = `nobody could run it when it was due; the catch-up policy is "${task.policy.catchUp.mode}"${more}`;
    const occurrence = openOccurrence(turn, {
      id,
      taskId: task.id,
      slot: '',
      cause: { kind: 'schedule' },
      nominalAt,
      dueAt: nominalAt,
    });
    if (occurrence !== undefined) noteUnstarted(turn, occurrence, 'skipped', { code: 'MISSED', text });
  }
}

export function forgetTask(turn: Turn, id: TaskId): void {
  const { state } = turn;
  state.planner.remove(id);
  state.compiled.delete(id);
  state.tasks.delete(id);
  state.ring.forget(id);
  armPlanner(turn);
}
