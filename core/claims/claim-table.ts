/**
 * The grants that this machine has given and that may still matter, and the highest fencing token of each task. A grant
 * whose run is in the logs matters no more: the log answers in its place.
 */
import type { MachineId, OccurrenceId, TaskId } from '../domain/ids.ts';
import type { Grant } from './claim.ts';

export class ClaimTable {
  readonly #grants = new Map<string, Grant>();
  readonly #byTask = new Map<TaskId, Map<string, Grant>>();
  readonly #highestToken = new Map<TaskId, number>();

  get size(): number {
    return this.#grants.size;
  }

  grant(occurrence: OccurrenceId, attempt: number): Grant | undefined {
    return this.#grants.get(keyOf(occurrence, attempt));
  }

  /** Remembers a grant (given, renewed or released). */
  put(grant: Grant): void {
    const key = keyOf(grant.occurrenceId, grant.attempt);
    this.#grants.set(key, grant);
    let ofTask = this.#byTask.get(grant.taskId);
    if (ofTask === undefined) this.#byTask.set(grant.taskId, (ofTask = new Map<string, Grant>()));
    ofTask.set(key, grant);
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

  /** A live grant for another occurrence of the task of which `counts` is true, if there is one. */
  otherGrant(task: TaskId, occurrence: OccurrenceId, counts: (grant: Grant) => boolean): Grant | undefined {
    for (const grant of this.#byTask.get(task)?.values() ?? []) {
      if (!grant.released && grant.occurrenceId !== occurrence && counts(grant)) return grant;
    }
    return undefined;
  }

  /** Live grants that a machine holds here. */
  heldBy(machine: MachineId): Grant[] {
    return [...this.#grants.values()].filter((grant) => grant.claimant === machine && !grant.released);
  }

  /** Forgets grants given before an instant (epoch milliseconds). */
  prune(before: number): void {
    for (const [key, grant] of this.#grants) if (grant.grantedAt < before) this.#remove(key);
  }

  #remove(key: string): void {
    const grant = this.#grants.get(key);
    if (grant === undefined) return;
    this.#grants.delete(key);
    const ofTask = this.#byTask.get(grant.taskId);
    ofTask?.delete(key);
    if (ofTask?.size === 0) this.#byTask.delete(grant.taskId);
  }
}

function keyOf(occurrence: OccurrenceId, attempt: number): string {
  return `${occurrence}/${attempt}`;
}
