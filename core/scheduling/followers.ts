/**
 * Which tasks come due by something that happens rather than by a clock: the end of another task, or the start of a
 * machine. Looked up at every end of a run, so it is kept by the task that is followed. Lists are in the order of ids, so
 * that all machines open the same occurrences in the same order.
 */
import type { OccurrenceId, TaskId } from '../domain/ids.ts';
import { FINAL_STATES, type Run, type RunState } from '../domain/run.ts';
import type { AfterOutcome, Schedule } from '../domain/schedule.ts';
import { type CompiledSchedule, isAllowedAt } from './occurrence.ts';

export class Followers {
  readonly #byUpstream = new Map<TaskId, Set<TaskId>>();
  readonly #upstreamsOf = new Map<TaskId, ReadonlySet<TaskId>>();
  readonly #starters = new Set<TaskId>();

  /** What a task's schedule says, in place of what it said before. */
  set(task: TaskId, schedule: Schedule): void {
    this.remove(task);
    const upstreams = upstreamsOf(schedule);
    for (const upstream of upstreams) {
      const known = this.#byUpstream.get(upstream);
      if (known === undefined) this.#byUpstream.set(upstream, new Set([task]));
      else known.add(task);
    }
    if (upstreams.size > 0) this.#upstreamsOf.set(task, upstreams);
    if (schedule.triggers.some(({ kind }) => kind === 'machine-start')) this.#starters.add(task);
  }

  /** Forgets a task; one that is not known is no error. */
  remove(task: TaskId): void {
    for (const upstream of this.#upstreamsOf.get(task) ?? []) {
      const followers = this.#byUpstream.get(upstream);
      followers?.delete(task);
      if (followers?.size === 0) this.#byUpstream.delete(upstream);
    }
    this.#upstreamsOf.delete(task);
    this.#starters.delete(task);
  }

  /** Tasks that follow this one, in the order of their ids. */
  of(upstream: TaskId): readonly TaskId[] {
    const followers = this.#byUpstream.get(upstream);
    return followers === undefined ? NONE : [...followers].sort();
  }

  /** Tasks that come due when a machine starts, in the order of their ids. */
  starters(): readonly TaskId[] {
    return [...this.#starters].sort();
  }

  /** Tasks that follow others, with those that they follow. */
  links(): ReadonlyMap<TaskId, ReadonlySet<TaskId>> {
    return this.#upstreamsOf;
  }
}

const NONE: readonly TaskId[] = [];

/** The tasks that a schedule follows. */
export function upstreamsOf({ triggers }: Schedule): Set<TaskId> {
  const upstreams = new Set<TaskId>();
  for (const trigger of triggers) if (trigger.kind === 'after') upstreams.add(trigger.task);
  return upstreams;
}

/** Whether a schedule says that its task follows this end of another. What never ran has not ended in any way. */
export function follows({ triggers }: Schedule, upstream: TaskId, state: RunState): boolean {
  return triggers.some(
    (trigger) => trigger.kind === 'after' && trigger.task === upstream && STATES_OF[trigger.outcome].includes(state),
  );
}

const FAILURES: readonly RunState[] = ['failed', 'timed-out', 'lost'];
const STATES_OF: Readonly<Record<AfterOutcome, readonly RunState[]>> = {
  success: ['succeeded'],
  failure: FAILURES,
  any: ['succeeded', ...FAILURES, 'cancelled'],
};

/**
 * The ends of other tasks that a schedule follows, one for each occurrence, oldest first: what really began and goes on
 * with no further attempt, at an instant that the schedule leaves open. An occurrence that ended in several ways (two
 * machines ran it) is among them only when its last attempts all ended in a way that is followed.
 * @param runs merged runs of the tasks that are followed, in any order
 */
export function endsFollowed(schedule: Schedule, compiled: CompiledSchedule, runs: readonly Run[]): Run[] {
  const last = new Map<OccurrenceId, Run[]>();
  for (const run of runs) {
    if (run.claimedAt === undefined) continue;
    const known = last.get(run.occurrenceId);
    const newer = run.attempt - (known?.[0]?.attempt ?? 0);
    if (known === undefined || newer > 0) last.set(run.occurrenceId, [run]);
    else if (newer === 0) known.push(run);
  }
  const ends: Run[] = [];
  for (const attempts of last.values()) {
    const isFollowed = attempts.every(
      ({ state, next, taskId }) => FINAL_STATES.has(state) && next === undefined && follows(schedule, taskId, state),
    );
    const end = attempts.toSorted((left, right) => endOf(left) - endOf(right))[0];
    if (isFollowed && end !== undefined && isAllowedAt(compiled, endOf(end))) ends.push(end);
  }
  return ends.sort((left, right) => endOf(left) - endOf(right));
}

/** When a run ended, epoch milliseconds: what follows it is named after this instant. */
export function endOf({ finishedAt, recordedAt }: Pick<Run, 'finishedAt' | 'recordedAt'>): number {
  return finishedAt ?? recordedAt;
}

/**
 * The way from a task back to itself, each following the one after it; undefined when there is none.
 * @param upstreams what each task follows, as it would be
 */
export function findCycle(
  task: TaskId,
  upstreams: (task: TaskId) => Iterable<TaskId>,
): readonly [TaskId, ...TaskId[]] | undefined {
  const cameFrom = new Map<TaskId, TaskId>();
  const waiting: TaskId[] = [task];
  for (let current = waiting.pop(); current !== undefined; current = waiting.pop()) {
    for (const upstream of upstreams(current)) {
      if (upstream === task) return wayTo(task, current, cameFrom);
      if (cameFrom.has(upstream)) continue;
      cameFrom.set(upstream, current);
      waiting.push(upstream);
    }
  }
  return undefined;
}

function wayTo(task: TaskId, last: TaskId, cameFrom: ReadonlyMap<TaskId, TaskId>): [TaskId, ...TaskId[]] {
  const way: TaskId[] = [];
  for (let step: TaskId | undefined = last; step !== undefined && step !== task; step = cameFrom.get(step)) {
    way.unshift(step);
  }
  return [task, ...way, task];
}
