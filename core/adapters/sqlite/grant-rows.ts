/**
 * Grants, one row for each attempt of an occurrence: a later write of the same attempt takes the place of the earlier.
 * A grant whose attempt was started is settled: the run itself answers in its place, and the grant is soon pruned.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Grant } from '../../claims/claim.ts';
import type { MachineId, OccurrenceId, TaskId } from '../../domain/ids.ts';
import type { Guarantee } from '../../domain/policy.ts';
import type { NameTable } from './name-table.ts';

const IS_SETTLED = `exists (
  select 1 from runs where runs.occurrence = grants.occurrence and runs.attempt = grants.attempt and runs.started = 1)`;

export class GrantRows {
  readonly #names: NameTable;
  readonly #put: StatementSync;
  readonly #open: StatementSync;
  readonly #prune: StatementSync;
  readonly #pruneSettled: StatementSync;

  constructor(database: DatabaseSync, names: NameTable) {
    this.#names = names;
    this.#put = database.prepare(`
      insert or replace into grants (occurrence, attempt, task, claimant, fencing_token, guarantee, nominal_at, due_at,
        released, granted_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#open = database.prepare(
      `select * from grants where not ${IS_SETTLED} order by granted_at, occurrence, attempt`,
    );
    this.#prune = database.prepare(`
      delete from grants where (occurrence, attempt) in (
        select occurrence, attempt from grants where granted_at < ? order by granted_at limit ?)`);
    this.#pruneSettled = database.prepare(`
      delete from grants where (occurrence, attempt) in (
        select occurrence, attempt from grants where granted_at < ? and ${IS_SETTLED} order by granted_at limit ?)`);
  }

  put(grant: Grant): void {
    this.#put.run(
      grant.occurrenceId,
      grant.attempt,
      this.#names.numberOf(grant.taskId),
      this.#names.numberOf(grant.claimant),
      grant.fencingToken,
      grant.guarantee,
      grant.nominalAt,
      grant.dueAt,
      grant.released ? 1 : 0,
      grant.grantedAt,
    );
  }

  /** Grants whose attempt nobody is known to have started, oldest first. */
  open(): Grant[] {
    return this.#open.all().map((row) => ({
      occurrenceId: String(row['occurrence']) as OccurrenceId,
      attempt: Number(row['attempt']),
      taskId: this.#names.textOf(Number(row['task'])) as TaskId,
      claimant: this.#names.textOf(Number(row['claimant'])) as MachineId,
      fencingToken: Number(row['fencing_token']),
      guarantee: String(row['guarantee']) as Guarantee,
      nominalAt: Number(row['nominal_at']),
      dueAt: Number(row['due_at']),
      released: row['released'] === 1,
      grantedAt: Number(row['granted_at']),
    }));
  }

  /** Forgets grants given before `before`, settled ones before `settledBefore`. @returns how many, at most `budget` */
  pruneStep(before: number, settledBefore: number, budget: number): number {
    const old = Number(this.#prune.run(before, budget).changes);
    return old + Number(this.#pruneSettled.run(settledBefore, budget - old).changes);
  }
}
