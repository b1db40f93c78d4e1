/**
 * The grants that this machine has given and that may still matter, and the highest fencing token of each task. A grant
 * whose run is in the logs matters no more: the log answers in its place.
 */
import type { MachineId, OccurrenceId, TaskId } from '../domain/ids.ts';
import type { Grant } from './claim.ts';

interface Kept {
  readonly grant: Grant;
  /** Monotonic. */
  readonly sinceMs: number;
}

export class ClaimTable {
  readonly #grants = new Map<string, Kept>();
  readonly #byTask = new Map<TaskId, Map<string, Kept>>();
  readonly #highestToken = new Map<TaskId, number>();

  get size(): number {
    return this.#grants.size;
  }

  grant(occurrence: OccurrenceId, attempt: number): Grant | undefined {
    return this.#grants.get(keyOf(occurrence, attempt))?.grant;
  }

  /**
   * Remembers a grant (given, renewed or released).
   * @param nowMs monotonic: how old a grant is must not depend on a wall clock that was ahead and is right again
   */
  put(grant: Grant, nowMs: number): void {
    const key = keyOf(grant.occurrenceId, grant.attempt);
    const kept: Kept = { grant, sinceMs: nowMs };
    this.#grants.set(key, kept);
    let ofTask = this.#byTask.get(grant.taskId);
    if (ofTask === undefined) this.#byTask.set(grant.taskId, (ofTask = new Map<string, Kept>()));
    ofTask.set(key, kept);
    this.sawToken(grant.taskId, grant.fencingToken);
  }

  sawToken(task: TaskId, token: number): void {
    if (token > this.highestToken(task)) this.#highestToken.set(task, token);
  }

  highestToken(task: TaskId): number {
    return this.#highestToken.get(task) ?? 0;
  }

  /** The run of this attempt is in the logs. */
  settle(occurrence: OccurrenceId, attempt: number): void {
    this.#remove(keyOf(occurrence, attempt));
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
    for (const { grant, sinceMs } of this.#byTask.get(task)?.values() ?? []) {
      if (!grant.released && grant.occurrenceId !== occurrence && counts(grant, sinceMs)) return grant;
    }
    return undefined;
  }

  /** Live grants that a machine holds here. */
  heldBy(machine: MachineId): Grant[] {
    const grants = [...this.#grants.values()].map(({ grant }) => grant);
    return grants.filter(({ claimant, released }) => claimant === machine && !released);
  }

  /** Forgets grants given before an instant (epoch milliseconds). */
  prune(before: number): void {
    for (const [key, { grant }] of this.#grants) if (grant.grantedAt < before) this.#remove(key);
  }

  #remove(key: string): void {
    const kept = this.#grants.get(key);
    if (kept === undefined) return;
    this.#grants.delete(key);
    const { taskId } = kept.grant;
    const ofTask = this.#byTask.get(taskId);
    ofTask?.delete(key);
    if (ofTask?.size === 0) this.#byTask.delete(taskId);
  }
}

function keyOf(occurrence: OccurrenceId, attempt: number): string {
  return `${occurrence}/${attempt}`;
}
