/**
 * What came due lately and is on no record at all. Whoever opens an occurrence says nothing of it while its turn may come
 * any moment: what a machine alone knew to be due is gone when it crashes then, and later occurrences that are on record
 * hide it, as does the record of an instant yet to come, by a clock that was ahead. So a machine that has begun to plan
 * looks once through the store, when the logs of the others had time to come, and notes such occurrences as missed. They
 * are not made up for: nobody can tell whether they ran on a machine that has not come back.
 */
import { LIMITS } from '../config/constants.ts';
import { type MachineId, scheduledOccurrenceId, type TaskId } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import { jitterOf } from '../scheduling/jitter.ts';
import { latestOccurrences } from '../scheduling/occurrence.ts';
import { dueChangedAt } from './calendar-view.ts';
import { freshOccurrence, isNew } from './occurrence-list.ts';
import { noteUnstarted } from './occurrence-notes.ts';
import type { Turn } from './state.ts';

/** Logs come within this, and who has an occurrence open has started or noted it. */
const PATIENCE_MS = 60_000;
/** Nothing younger is looked at, and nothing older. */
const YOUNGEST_MS = 2 * PATIENCE_MS;
const OLDEST_MS = 6 * 3_600_000;
/** Occurrences that are looked up in one step, about. */
const LOOKUPS_PER_STEP = 1000;
/** The first machines of a task's order have a look of their own each, those after them one together. */
const LOOKS = 4;

/** To be called whenever planning begins. */
export function lookForUnaccounted(turn: Turn): void {
  turn.state.unaccounted = { look: 0, tasks: undefined };
  turn.state.timers.set('unaccounted', turn.nowMs + PATIENCE_MS);
}

export function onUnaccountedTimer(turn: Turn): void {
  const { state } = turn;
  const progress = state.unaccounted;
  if (progress === undefined || state.phase !== 'active') return;
  if (progress.tasks === undefined && (state.pulling.size > 0 || state.storageTrouble !== undefined)) {
    state.timers.set('unaccounted', turn.nowMs + PATIENCE_MS);
    return;
  }
  progress.tasks ??= [...state.tasks.keys()].reverse();
  for (let lookups = 0; lookups < LOOKUPS_PER_STEP;) {
    const id = progress.tasks.pop();
    if (id === undefined) return endLook(turn);
    lookups += 1;
    const place = state.ring.recorders(id).indexOf(state.self);
    if (place >= 0 && Math.min(place, LOOKS - 1) === progress.look) lookups += noteUnaccounted(turn, id);
  }
  state.timers.set('unaccounted', turn.nowMs + 1);
}

function endLook({ state, nowMs }: Turn): void {
  const look = (state.unaccounted?.look ?? LOOKS) + 1;
  state.unaccounted = look < LOOKS ? { look, tasks: undefined } : undefined;
  if (look < LOOKS) state.timers.set('unaccounted', nowMs + PATIENCE_MS);
}

/** @returns how many occurrences were looked up */
function noteUnaccounted(turn: Turn, id: TaskId): number {
  const { state } = turn;
  const task = state.tasks.get(id);
  const compiled = state.compiled.get(id);
  if (task === undefined || compiled === undefined || task.about.suspended) return 0;
  const now = soonestClock(turn);
  const since = Math.max(now - OLDEST_MS, knownSince(turn, task));
  if (since >= now - YOUNGEST_MS) return 0;
  const slots = slotsEver(turn, task);
  const instants = latestOccurrences(compiled, since, now - YOUNGEST_MS, LIMITS.catchUpOccurrences);
  for (const nominalAt of instants) {
    const ids = slots.map((slot) => scheduledOccurrenceId(task.id, nominalAt, slot));
    if (nominalAt + task.schedule.jitterMs > now - YOUNGEST_MS || ids.some((each) => isTold(turn, each))) continue;
    const occurrenceId = scheduledOccurrenceId(task.id, nominalAt, '');
    const dueAt = nominalAt + jitterOf(occurrenceId, task.schedule.jitterMs);
    const fresh = {
      id: occurrenceId,
      taskId: task.id,
      slot: '',
      cause: { kind: 'schedule' },
      nominalAt,
      dueAt,
    } as const;
    const text = 'no machine has a record of it: who knew that it was due stopped before it could say so';
    noteUnstarted(turn, freshOccurrence(fresh), 'skipped', { code: 'MISSED', text });
  }
  return instants.length * slots.length;
}

function isTold(turn: Turn, id: ReturnType<typeof scheduledOccurrenceId>): boolean {
  if (!isNew(turn.state, id)) return true;
  const stored = turn.history.runsOf(id);
  return stored === 'unreadable' || stored.length > 0;
}

/** By this clock, or that of most others where it is behind: what a clock that is ahead takes for past may be yet to come. */
function soonestClock({ state, wallMs }: Turn): number {
  const skews = state.membership
    .alive()
    .flatMap(({ skew }) => skew.skewMs ?? [])
    .sort((left, right) => left - right);
  return wallMs + Math.min(0, skews[Math.floor(skews.length / 4)] ?? 0);
}

/** Before that the task was another, or this machine no member, or its database is not the one of then. */
function knownSince({ state }: Turn, task: Task): number {
  const addedAt = state.roster.get(state.self)?.addedAt ?? Infinity;
  return Math.max(dueChangedAt(state, task), task.origins.about.changedAt, addedAt, state.grantsCompleteSince);
}

/** Of a task that runs on several machines, all slots that it may have had. */
function slotsEver({ state }: Turn, { placement }: Task): readonly (MachineId | '')[] {
  return placement.mode === 'all' || placement.mode === 'n' ? ['', ...state.roster.keys()] : [''];
}
