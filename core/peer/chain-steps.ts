/**
 * What comes due because something happened: the end of another task's run, or the start of a machine.
 *
 * Whoever records the end notes in the same breath, in its own log, what follows from it: both are written in one
 * transaction, so that no follower is lost with the machine. Everyone else who hears of the end comes to the same
 * occurrence by itself, for its id follows from the two tasks alone. From there on it is an occurrence like any other.
 */
import { LIMITS, TIMES } from '../config/constants.ts';
import { afterOccurrenceId, type MachineId, machineStartOccurrenceId, type OccurrenceId } from '../domain/ids.ts';
import { type Cause, FINAL_STATES, type RunRecord } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import { endOf, follows } from '../scheduling/followers.ts';
import { jitterOf } from '../scheduling/jitter.ts';
import { isAllowedAt } from '../scheduling/occurrence.ts';
import { META } from './meta.ts';
import { freshOccurrence, hasRoomFor, isNew, type NewOccurrence, openOccurrence } from './occurrence-list.ts';
import { noteQueueFull, noteUnstarted } from './occurrence-notes.ts';
import { isGenuineEnd } from './occurrence-origin.ts';
import { slotsOf } from './planning-steps.ts';
import { emit, type Turn } from './state.ts';

/** An occurrence of a task has ended for good: what follows it is opened. @param notBeforeMs monotonic; see `OpenOccurrence` */
export function openFollowers(turn: Turn, end: RunRecord, notBeforeMs: number): void {
  const { state } = turn;
  const followers = state.chain.followers.of(end.taskId);
  if (followers.length === 0 || end.claimedAt === undefined) return;
  const isOwn = isRecordedNow(turn, end);
  // What ended long ago has been noted by whoever recorded it, and may be done.
  if (!isOwn && turn.wallMs - endOf(end) > TIMES.onTimeMs) return;
  if (!isOwn && !isGenuineEnd(turn, end)) return;
  for (const id of followers) {
    const task = state.tasks.get(id);
    if (task !== undefined && follows(task.schedule, end.taskId, end.state)) openFollower(turn, task, end, notBeforeMs);
  }
}

/**
 * This machine has just recorded it. What others give back of the own log, before that goes on, was noted when it ended:
 * the note is on its way too, and a new one would take the number of a record that is.
 */
function isRecordedNow({ state }: Turn, { recorderId }: RunRecord): boolean {
  return recorderId === state.self && state.phase !== 'settling';
}

function openFollower(turn: Turn, task: Task, end: RunRecord, notBeforeMs: number): void {
  const at = endOf(end);
  const depth = end.cause.kind === 'after' ? end.cause.depth + 1 : 1;
  const { taskId, occurrenceId, id: runId, state } = end;
  const cause: Cause = { kind: 'after', taskId, occurrenceId, runId, state, depth };
  const isOwn = isRecordedNow(turn, end);
  const slots = slotsOf(turn, task);
  for (const slot of slots.length === 0 ? NO_SLOT : slots) {
    const id = afterOccurrenceId(task.id, occurrenceId, slot);
    openHappening(turn, task, { id, taskId: task.id, slot, cause, nominalAt: at, dueAt: at }, { isOwn, notBeforeMs });
  }
}

/** Opens what this start of the machine brings about, once; an agent that starts anew on the same start opens nothing. */
export function openAtMachineStart(turn: Turn): void {
  const { state } = turn;
  const { chain, identity, self } = state;
  const { bootId } = identity;
  if (chain.startIsKnown || bootId === undefined) return;
  chain.startIsKnown = true;
  const before = chain.lastBootId;
  if (before === bootId) return;
  emit(turn, { type: 'write', write: { kind: 'meta', key: META.bootId, value: bootId } });
  // Where the agent never ran, it cannot say that the machine has just started.
  if (before === undefined) return;
  for (const id of chain.followers.starters()) {
    const task = state.tasks.get(id);
    if (task === undefined || !state.ring.isMeantFor(task, self)) continue;
    const several = task.placement.mode === 'all' || task.placement.mode === 'n';
    if (task.placement.mode === 'n' && !slotsOf(turn, task).includes(self)) continue;
    const slot: MachineId | '' = several ? self : '';
    const cause: Cause = { kind: 'machine-start', machineId: self, bootId };
    const occurrenceId = machineStartOccurrenceId(id, self, bootId, slot);
    const at = turn.wallMs;
    const fresh = { id: occurrenceId, taskId: id, slot, cause, nominalAt: at, dueAt: at, only: self };
    openHappening(turn, task, fresh, { isOwn: true, notBeforeMs: 0 });
  }
}

interface Witnessed {
  /** It happened here, or this machine is the one to tell of it. */
  readonly isOwn: boolean;
  readonly notBeforeMs: number;
}

function openHappening(turn: Turn, task: Task, happening: NewOccurrence, { isOwn, notBeforeMs }: Witnessed): void {
  const { state } = turn;
  const compiled = state.compiled.get(task.id);
  if (task.about.suspended || compiled === undefined || !isAllowedAt(compiled, happening.nominalAt)) return;
  if (hasEndedBefore(turn, happening.id)) return;
  const jitterMs = jitterOf(happening.id, task.schedule.jitterMs);
  const fresh = { ...happening, dueAt: surelyJudged(turn, task, happening.nominalAt + jitterMs) };
  const isNews = isNew(state, fresh.id);
  const { cause } = fresh;
  if (cause.kind === 'after' && cause.depth > LIMITS.chainDepth) {
    if (isOwn && isNews) noteTooLong(turn, fresh);
    return;
  }
  if (isNews && !hasRoomFor(turn, fresh)) {
    if (isOwn) noteQueueFull(turn, freshOccurrence(fresh));
    return;
  }
  const occurrence = openOccurrence(turn, fresh);
  if (occurrence === undefined || !isNews) return;
  occurrence.notBeforeMs = notBeforeMs;
  // Whoever ended the run may live by a clock that is ahead.
  occurrence.dueByMs = turn.nowMs + jitterMs;
  if (!isOwn) return;
  noteUnstarted(turn, occurrence, 'due', undefined);
  occurrence.withheld = undefined;
}

/** Right after voters changed, a claim on this very moment could not be judged: it is due a moment later. */
function surelyJudged({ state }: Turn, task: Task, dueAt: number): number {
  return task.policy.guarantee === 'at-most-once' ? Math.max(dueAt, state.electorate.unsureUntil + 1) : dueAt;
}

/** What memory has forgotten is looked up: the same end may be told once more, by whoever was given up for lost. */
function hasEndedBefore(turn: Turn, id: OccurrenceId): boolean {
  const { attempts } = turn.state;
  if (attempts.knows(id) || attempts.forgottenUntil === -Infinity) return attempts.isClosed(id);
  const stored = turn.history.runsOf(id);
  return stored !== 'unreadable' && stored.some(({ state, next }) => FINAL_STATES.has(state) && next === undefined);
}

function noteTooLong(turn: Turn, fresh: NewOccurrence): void {
  const text = `${LIMITS.chainDepth} tasks have followed each other; what follows them is not run. Do they go in a circle?`;
  noteUnstarted(turn, freshOccurrence(fresh), 'refused', { code: 'CHAIN_TOO_LONG', text });
}

const NO_SLOT = [''] as const;
