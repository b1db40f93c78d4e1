/** From schedules to occurrences: what is due now, and what was missed while nobody could look. */
import { LIMITS, TIMES } from '../config/constants.ts';
import { type MachineId, scheduledOccurrenceId, type TaskId } from '../domain/ids.ts';
import type { Cause, Reason } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import { jitterOf } from '../scheduling/jitter.ts';
import { planCatchUp } from '../scheduling/catch-up.ts';
import { type CompiledSchedule, countOccurrences, latestOccurrences } from '../scheduling/occurrence.ts';
import { validateSchedule } from '../scheduling/schedule-validation.ts';
import { recallStored, reopenStored } from './absorb-record.ts';
import { dueChangedAt } from './calendar-view.ts';
import { freshOccurrence, hasRoomFor, isNew, isUntold, type NewOccurrence, openOccurrence } from './occurrence-list.ts';
import { noteQueueFull, noteUnstarted } from './occurrence-notes.ts';
import { emit, type Turn } from './state.ts';
import { lookForUnaccounted } from './unaccounted-steps.ts';

const DUE_PER_STEP = 500;
const TASKS_PER_STEP = 500;
/** How many missed occurrences of one task are recorded one by one; older ones are counted in the text. */
const MISSED_RECORDS = 20;

/** Prepares the schedule of a task that is new or has changed, or whose calendars have. One that cannot be used is not planned. */
export function compileTask(turn: Turn, task: Task): void {
  const { compiled, calendarBook, chain } = turn.state;
  const valid = validateSchedule(task.schedule, calendarBook);
  if (valid.ok) {
    compiled.set(task.id, valid.value);
    chain.followers.set(task.id, task.schedule);
    return;
  }
  compiled.delete(task.id);
  chain.followers.remove(task.id);
  const fields = { task: task.id, code: valid.error.code, reason: valid.error.message };
  emit(turn, { type: 'log', level: 'warn', message: 'schedule of a task cannot be used', fields });
}

/** Sets the planner for a task that is new or has changed. */
export function planTask(turn: Turn, task: Task): void {
  const { state } = turn;
  const compiled = state.compiled.get(task.id);
  if (compiled === undefined || task.about.suspended) return state.planner.remove(task.id);
  if (state.phase !== 'active') return;
  state.planner.set(task.id, compiled, Math.max(turn.wallMs - TIMES.onTimeMs, baselineOf(turn, task)));
  armPlanner(turn);
}

/** Calendars that these tasks name have changed: they are prepared and planned anew, in slices once planning has begun. */
export function replanTasks(turn: Turn, tasks: readonly Task[]): void {
  const { state } = turn;
  for (const task of tasks) {
    if (state.phase !== 'active') compileTask(turn, task);
    else if (!state.outdated.has(task.id)) {
      state.outdated.add(task.id);
      state.unplanned.push(task.id);
    }
  }
  if (state.outdated.size > 0) onBeginTimer(turn);
}

/** When planning begins: each task is made up for as its policy says, then followed. */
export function beginPlanning(turn: Turn): void {
  const { state } = turn;
  // What was left of an earlier time: here it is made up for as all others are.
  for (const id of state.outdated) {
    const task = state.tasks.get(id);
    if (task !== undefined) compileTask(turn, task);
  }
  state.outdated.clear();
  state.unplanned = [...state.tasks.keys()].reverse();
  lookForUnaccounted(turn);
  onBeginTimer(turn);
}

/** Plans the next tasks of those that wait for it; heartbeats go on between two slices. */
export function onBeginTimer(turn: Turn): void {
  const { state } = turn;
  if (state.phase !== 'active') return;
  for (let count = 0; count < TASKS_PER_STEP; count += 1) {
    const id = state.unplanned.pop();
    const task = id === undefined ? undefined : state.tasks.get(id);
    if (task !== undefined && state.outdated.delete(task.id)) {
      compileTask(turn, task);
      planTask(turn, task);
      continue;
    }
    if (task === undefined || task.about.suspended || !state.compiled.has(task.id)) continue;
    noteEdited(turn, task);
    catchUp(turn, task, baselineOf(turn, task));
  }
  if (state.unplanned.length > 0) state.timers.set('begin', turn.nowMs + 1);
  armPlanner(turn);
}

/** Takes what has come due. A long list is taken in slices, so that heartbeats go on. */
export function onPlanTimer(turn: Turn): void {
  const { state } = turn;
  if (state.phase !== 'active') return;
  if (turn.wallMs < state.plannedUntil - TIMES.onTimeMs) return planAnew(turn);
  const due = state.planner.takeDue(turn.wallMs, DUE_PER_STEP);
  let caughtUp: Set<TaskId> | undefined;
  for (const { taskId, nominalAt } of due) {
    const task = state.tasks.get(taskId);
    if (task === undefined || task.about.suspended || caughtUp?.has(taskId) === true) continue;
    if (turn.wallMs - nominalAt <= TIMES.onTimeMs) {
      openScheduled(turn, task, nominalAt, { kind: 'schedule' });
      continue;
    }
    // The clock has leapt, or we have slept: what that went over is made up for as the task says.
    (caughtUp ??= new Set<TaskId>()).add(taskId);
    catchUp(turn, task, nominalAt - 1);
  }
  armPlanner(turn);
}

/**
 * The clock was ahead and has been set back: what lies between now and where it was comes due in its own time. What was
 * run or recorded by the wrong clock is known, and not done again.
 */
function planAnew(turn: Turn): void {
  turn.state.plannedUntil = turn.wallMs;
  beginPlanning(turn);
}

/**
 * The planner looks at the wall clock, the timer at the monotonic one: hops are short, so that jumps are noticed, also
 * when nothing is ahead by a clock that may be wrong.
 */
export function armPlanner(turn: Turn): void {
  // Whoever plans under a clock that is ahead, and is set right before the next look, has planned for then all the same.
  turn.state.plannedUntil = Math.max(turn.state.plannedUntil, turn.wallMs);
  const next = turn.state.planner.nextAt() ?? Infinity;
  const untilMs = Math.min(TIMES.timerHopMs, Math.max(0, next - turn.wallMs));
  turn.state.timers.set('plan', turn.nowMs + untilMs);
}

function catchUp(turn: Turn, task: Task, accountedUntil: number): void {
  const { state } = turn;
  const compiled = state.compiled.get(task.id);
  if (compiled === undefined) return;
  const plan = planCatchUp({
    compiled,
    catchUp: task.policy.catchUp,
    accountedUntil,
    now: turn.wallMs,
    onTimeMs: TIMES.onTimeMs,
  });
  const why = `nobody could run it when it was due; the catch-up policy is "${task.policy.catchUp.mode}"`;
  noteMissed(turn, task, plan.missed.listed, plan.missed.count, { code: 'MISSED', text: why });
  for (const nominalAt of plan.run) {
    const onTime = turn.wallMs - nominalAt <= TIMES.onTimeMs;
    openScheduled(turn, task, nominalAt, { kind: onTime ? 'schedule' : 'catch-up' });
  }
  reopen(turn, task, compiled);
  state.planner.set(task.id, compiled, turn.wallMs);
}

/**
 * The clock was behind, and has leapt over what gave way on a full list as yet to come. Others have noted that, so that it
 * is accounted for, and some of it waits for this machine alone.
 */
function reopen(turn: Turn, task: Task, compiled: CompiledSchedule): void {
  const { gaveWay, self } = turn.state;
  const from = gaveWay.get(task.id);
  if (from === undefined || from > turn.wallMs) return;
  gaveWay.delete(task.id);
  for (const nominalAt of latestOccurrences(compiled, from - 1, turn.wallMs, LIMITS.openOccurrencesPerTask)) {
    for (const slot of [self, ''] as const) reopenStored(turn, scheduledOccurrenceId(task.id, nominalAt, slot));
  }
}

/** Nothing at or before this instant is due any more: it is in the logs, or before the task was as it is. */
function baselineOf(turn: Turn, task: Task): number {
  return Math.max(scheduledSince(turn, task), asOfNow(turn, task.origins.about.changedAt));
}

/** The same, but for a task that was suspended or described anew: it may have been due before that. */
function scheduledSince(turn: Turn, task: Task): number {
  const accounted = turn.state.accounted.get(task.id) ?? 0;
  return asOfNow(turn, Math.max(accounted, dueChangedAt(turn.state, task)));
}

/** Another's clock may be ahead of ours: what has happened has happened by now, and later dues are still to come. */
function asOfNow(turn: Turn, at: number): number {
  return Math.min(at, turn.wallMs);
}

/**
 * What came due after the last record and before the task was suspended, resumed or described anew is not made up for,
 * as nobody can tell whether it was suspended then; it is recorded all the same.
 */
function noteEdited(turn: Turn, task: Task): void {
  const compiled = turn.state.compiled.get(task.id);
  const since = scheduledSince(turn, task);
  const until = baselineOf(turn, task);
  if (compiled === undefined || until <= since) return;
  const listed = latestOccurrences(compiled, since, until, MISSED_RECORDS);
  const text = 'it was due before the task was suspended, resumed or edited';
  noteMissed(turn, task, listed, countOccurrences(compiled, since, until), { code: 'EDITED', text });
}

function openScheduled(turn: Turn, task: Task, nominalAt: number, cause: Cause): void {
  const slots = slotsOf(turn, task);
  // Where nobody is there that may run it, it waits for the first that comes, as a task for one machine does: else nothing
  // would be known of it, though a disk may have failed for a second only.
  for (const slot of slots.length === 0 ? NO_SLOT : slots) {
    const id = scheduledOccurrenceId(task.id, nominalAt, slot);
    const dueAt = nominalAt + jitterOf(id, task.schedule.jitterMs);
    const fresh = { id, taskId: task.id, slot, cause, nominalAt, dueAt };
    // A clock that was behind and is set right comes to what others have run long ago.
    if (!isUntold(turn.state, fresh)) recallStored(turn, id);
    if (turn.state.occurrences.has(id) || hasRoomFor(turn, fresh)) openOccurrence(turn, fresh);
    else noteOverflow(turn, fresh);
  }
}

/** More occurrences wait than are taken: the newest is recorded as skipped. */
function noteOverflow(turn: Turn, fresh: NewOccurrence): void {
  const { state } = turn;
  if (!isNew(state, fresh.id) || state.ring.recorders(fresh.taskId)[0] !== state.self) return;
  noteQueueFull(turn, freshOccurrence(fresh));
}

const NO_SLOT = [''] as const;

/** One slot for most tasks; one for each target machine of those that run on several. */
export function slotsOf(turn: Turn, task: Task): readonly (MachineId | '')[] {
  if (task.placement.mode !== 'all' && task.placement.mode !== 'n') return [''];
  return turn.state.ring.targets(task, turn.state.tasks);
}

/** What is not made up for is recorded all the same, with the reason, by the first machine in the task's order. */
function noteMissed(turn: Turn, task: Task, missed: readonly number[], count: number, reason: Reason): void {
  const { state } = turn;
  if (count === 0 || state.ring.recorders(task.id)[0] !== state.self) return;
  const listed = missed.slice(-MISSED_RECORDS);
  for (const nominalAt of listed) {
    const id = scheduledOccurrenceId(task.id, nominalAt, '');
    if (!isNew(state, id)) continue;
    const newest = nominalAt === listed.at(-1);
    const more = newest && count > listed.length ? `; ${count} in all since the last run` : '';
    const cause = { kind: 'schedule' } as const;
    const occurrence = freshOccurrence({ id, taskId: task.id, slot: '', cause, nominalAt, dueAt: nominalAt });
    noteUnstarted(turn, occurrence, 'skipped', { code: reason.code, text: reason.text + more });
  }
}

export function forgetTask(turn: Turn, id: TaskId): void {
  const { state } = turn;
  state.planner.remove(id);
  state.outdated.delete(id);
  state.compiled.delete(id);
  state.chain.followers.remove(id);
  state.tasks.delete(id);
  state.gaveWay.delete(id);
  state.vouched.delete(id);
  state.vouching.delete(id);
  state.trials.delete(id);
  state.ring.forget(id);
  armPlanner(turn);
}
