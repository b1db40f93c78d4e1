/**
 * The grants that this machine has given and that may still matter, and the highest fencing token of each task. A grant
 * whose run is in the logs matters no more: the log answers in its place.
 */
import { LIMITS } from '../config/constants.ts';
import type { MachineId, OccurrenceId, TaskId } from '../domain/ids.ts';
import type { Grant } from './claim.ts';

interface Kept {
  grant: Grant;
  /** Monotonic. */
  sinceMs: number;
}

export class ClaimTable {
  /** One for each attempt; nearly always there is one. */
  readonly #byOccurrence = new Map<OccurrenceId, Kept[]>();
  readonly #byTask = new Map<TaskId, Kept[]>();
  readonly #highestToken = new Map<TaskId, number>();
  #highestOfAll = 0;
  /** Of tasks that have none remembered: see `raiseFloor`. */
  #floor = 0;
  readonly #counts = new Map<MachineId, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  grant(occurrence: OccurrenceId, attempt: number): Grant | undefined {
    return this.#kept(occurrence, attempt)?.grant;
  }

  /** Since when (monotonic) a grant is here as it is. */
  sinceMs(occurrence: OccurrenceId, attempt: number): number | undefined {
    return this.#kept(occurrence, attempt)?.sinceMs;
  }

  /**
   * Remembers a grant (given, renewed or released).
   * @param nowMs monotonic: how old a grant is must not depend on a wall clock that was ahead and is right again
   */
  put(grant: Grant, nowMs: number): void {
    const known = this.#kept(grant.occurrenceId, grant.attempt);
    if (known?.grant.taskId === grant.taskId) {
      this.#count(known.grant.claimant, -1);
      this.#count(grant.claimant, 1);
      known.grant = grant;
      known.sinceMs = nowMs;
    } else {
      // Who errs or lies may name another task.
      if (known !== undefined) this.#remove(known);
      this.#add({ grant, sinceMs: nowMs });
    }
    this.sawToken(grant.taskId, grant.fencingToken);
  }

  sawToken(task: TaskId, token: number): void {
    this.#highestOfAll = Math.max(this.#highestOfAll, token);
    if (token <= this.highestToken(task)) return;
    // Of more tasks than a cluster can have nothing is remembered: a new token is no lower than the clock.
    if (this.#highestToken.size >= LIMITS.rememberedTasks && !this.#highestToken.has(task)) return;
    this.#highestToken.set(task, token);
  }

  /** Grants, used or given back, that are remembered of one machine. */
  countOf(claimant: MachineId): number {
    return this.#counts.get(claimant) ?? 0;
  }

  /** The highest token that was seen of a task, and no lower than the floor of all. */
  highestToken(task: TaskId): number {
    return Math.max(this.#highestToken.get(task) ?? 0, this.#floor);
  }

  /** The highest token that was seen of any task. */
  get highestOfAll(): number {
    return this.#highestOfAll;
  }

  /** Every task counts as one of which this token was seen: others may have given such tokens, unknown to this machine. */
  raiseFloor(token: number): void {
    this.#floor = Math.max(this.#floor, token);
    this.#highestOfAll = Math.max(this.#highestOfAll, token);
  }

  /** The run of this attempt is in the logs. */
  settle(occurrence: OccurrenceId, attempt: number): void {
    const kept = this.#kept(occurrence, attempt);
    if (kept !== undefined) this.#remove(kept);
  }

  /**
   * A live grant for another occurrence of the task of which `counts` is true, if there is one.
   * @param counts is told since when (monotonic) the grant is here as it is
   */
  otherGrant(
    task: TaskId,
    occurrence: OccurrenceId,
    counts: (grant: Grant, sinceMs: number) => boolean,
  ): Grant | undefined {
    for (const { grant, sinceMs } of this.#byTask.get(task) ?? []) {
      if (!grant.released && grant.occurrenceId !== occurrence && counts(grant, sinceMs)) return grant;
    }
    return undefined;
  }

  /** Live grants that a machine holds here. */
  heldBy(machine: MachineId): Grant[] {
    const grants = [...this.#byOccurrence.values()].flatMap((attempts) => attempts.map(({ grant }) => grant));
    return grants.filter(({ claimant, released }) => claimant === machine && !released);
  }

  /** Forgets grants given before an instant (epoch milliseconds). */
  prune(before: number): void {
    for (const attempts of this.#byOccurrence.values()) {
      for (const kept of attempts.filter(({ grant }) => grant.grantedAt < before)) this.#remove(kept);
    }
  }

  #kept(occurrence: OccurrenceId, attempt: number): Kept | undefined {
    return this.#byOccurrence.get(occurrence)?.find(({ grant }) => grant.attempt === attempt);
  }

  #add(kept: Kept): void {
    append(this.#byOccurrence, kept.grant.occurrenceId, kept);
    append(this.#byTask, kept.grant.taskId, kept);
    this.#size += 1;
    this.#count(kept.grant.claimant, 1);
  }

  #remove(kept: Kept): void {
    remove(this.#byOccurrence, kept.grant.occurrenceId, kept);
    remove(this.#byTask, kept.grant.taskId, kept);
    this.#size -= 1;
    this.#count(kept.grant.claimant, -1);
  }

  #count(claimant: MachineId, change: number): void {
    const count = this.countOf(claimant) + change;
    if (count === 0) this.#counts.delete(claimant);
    else this.#counts.set(claimant, count);
  }
}

function append<Key>(lists: Map<Key, Kept[]>, key: Key, kept: Kept): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [kept]);
  else list.push(kept);
}

function remove<Key>(lists: Map<Key, Kept[]>, key: Key, kept: Kept): void {
  const list = lists.get(key);
  const index = list?.indexOf(kept) ?? -1;
  if (list === undefined || index < 0) return;
  if (list.length === 1) lists.delete(key);
  else list.splice(index, 1);
}
