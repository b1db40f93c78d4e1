/**
 * The merged history: one row a run, with the two records that its merge needs (see `history/run-merge`), so that a
 * run is known in full even after the logs it came from were pruned.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { STORAGE } from '../../config/storage.ts';
import type { MachineId, OccurrenceId, RunId, TaskId } from '../../domain/ids.ts';
import { FINAL_STATES, isByClock, RUN_STATES, type RunRecord } from '../../domain/run.ts';
import type { LocalRun } from '../../ports/state-store.ts';
import { isKeptToken } from '../../history/kept-tokens.ts';
import {
  isDuplicate,
  isShadowed,
  isUnclosed,
  type MergedRun,
  mergeRecord,
  recordInForce,
  UNKNOWN_RUN,
} from '../../history/run-merge.ts';
import type { NameTable } from './name-table.ts';
import { decodeRecord, encodeRecord } from './record-encoding.ts';
import { RunWordsWriter } from './run-words.ts';

type Row = Record<string, unknown>;

const OPEN_STATES = RUN_STATES.filter((state) => !FINAL_STATES.has(state));
const OPEN_STATES_SQL = OPEN_STATES.map((state) => `'${state}'`).join(', ');
const MERGE_COLUMNS = 'number, id, started, given_up_at, duplicate, own, observed';
const IN_FORCE = 'case observed_in_force when 1 then observed else own end as body';

export class RunProjection {
  readonly #names: NameTable;
  readonly #words: RunWordsWriter;
  readonly #byId: StatementSync;
  readonly #siblings: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #setDuplicate: StatementSync;
  readonly #account: StatementSync;
  readonly #accounted: StatementSync;
  readonly #keepToken: StatementSync;
  readonly #tokens: StatementSync;
  readonly #open: StatementSync;
  readonly #unclosed: StatementSync;
  readonly #recent: StatementSync;
  readonly #knows: StatementSync;
  readonly #runsOf: StatementSync;
  readonly #startedBy: StatementSync;
  readonly #machineOf: StatementSync;
  readonly #old: StatementSync;
  readonly #remove: StatementSync;
  readonly #count: StatementSync;
  readonly #dueOfNth: StatementSync;

  constructor(database: DatabaseSync, names: NameTable) {
    this.#names = names;
    this.#words = new RunWordsWriter(database);
    this.#byId = database.prepare(`select ${MERGE_COLUMNS} from runs where id = ?`);
    this.#siblings = database.prepare(`select ${MERGE_COLUMNS} from runs where occurrence = ?`);
    this.#insert = database.prepare(`
      insert into runs (state, nominal_at, due_at, recorded_at, started_after_ms, took_ms, started, given_up_at, unclosed,
        duplicate, observed_in_force, search, own, observed, id, task, machine, occurrence, attempt)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#update = database.prepare(`
      update runs set state = ?, nominal_at = ?, due_at = ?, recorded_at = ?, started_after_ms = ?, took_ms = ?,
        started = ?, given_up_at = ?, unclosed = ?, observed_in_force = ?, search = ?, own = ?, observed = ?, machine = ? where number = ?`);
    this.#setDuplicate = database.prepare('update runs set duplicate = ? where number = ?');
    this.#account = database.prepare(`
      insert into accounted (task, nominal_at) values (?, ?)
      on conflict do update set nominal_at = excluded.nominal_at where excluded.nominal_at > nominal_at`);
    this.#accounted = database.prepare('select task, nominal_at from accounted');
    this.#keepToken = database.prepare(`
      insert into tokens (task, token) values (?, ?)
      on conflict do update set token = excluded.token where excluded.token > token`);
    this.#tokens = database.prepare('select task, token from tokens');
    this.#open = database.prepare(
      `select ${IN_FORCE} from runs where state in (${OPEN_STATES_SQL}) order by due_at desc, id desc`,
    );
    this.#unclosed = database.prepare(`select own from runs where unclosed = 1 order by due_at desc, id desc`);
    this.#recent = database.prepare(`
      select ${IN_FORCE} from runs indexed by runs_by_due where state not in (${OPEN_STATES_SQL})
      order by due_at desc, id desc limit ?`);
    this.#knows = database.prepare('select 1 from runs where occurrence = ? limit 1');
    this.#runsOf = database.prepare(`select ${IN_FORCE} from runs where occurrence = ? order by attempt, id`);
    this.#startedBy = database.prepare(
      'select machine from runs where occurrence = ? and attempt >= ? and started = 1 order by attempt desc limit 1',
    );
    this.#machineOf = database.prepare('select machine from runs where id = ?');
    this.#old = database.prepare(`
      select number, due_at, id, search is not null as indexed from runs indexed by runs_by_due
      where due_at < ? and state not in (${OPEN_STATES_SQL}) and recorded_at < ? and unclosed = 0
      order by due_at limit ?`);
    this.#remove = database.prepare('delete from runs where number = ?');
    this.#count = database.prepare('select count(*) as count from runs');
    this.#dueOfNth = database.prepare('select due_at from runs order by due_at desc, id desc limit 1 offset ?');
  }

  /** Merges one record into its run. @returns how many runs there are more: -1, 0 or 1 */
  add(record: RunRecord): number {
    if (isByClock(record.cause)) this.#account.run(this.#names.numberOf(record.taskId), record.nominalAt);
    const row = this.#byId.get(record.id);
    const before = row === undefined ? UNKNOWN_RUN : this.#mergedOf(row);
    const merged = mergeRecord(before, record);
    if (merged === before) return 0;
    this.#store(row, before, merged, record);
    return (row === undefined ? 1 : 0) - this.#compareSiblings(record.occurrenceId);
  }

  /** Newest record of every run that has not ended. */
  openRuns(): RunRecord[] {
    return this.#open.all().map((row) => decodeRecord(String(row['body']), this.#names));
  }

  unclosedRuns(): LocalRun[] {
    return this.#unclosed.all().map((row) => {
      const record = decodeRecord(String(row['own']), this.#names);
      return { runId: record.id, record };
    });
  }

  /** Newest records of ended runs, newest first by due instant. */
  recentRuns(limit: number): RunRecord[] {
    return this.#recent.all(limit).map((row) => decodeRecord(String(row['body']), this.#names));
  }

  accountedUntil(): Map<TaskId, number> {
    const rows = this.#accounted.all();
    return new Map(rows.map((row) => [this.#names.textOf(Number(row['task'])) as TaskId, Number(row['nominal_at'])]));
  }

  highestTokens(): Map<TaskId, number> {
    const rows = this.#tokens.all();
    return new Map(rows.map((row) => [this.#names.textOf(Number(row['task'])) as TaskId, Number(row['token'])]));
  }

  knows(occurrence: OccurrenceId): boolean {
    return this.#knows.get(occurrence) !== undefined;
  }

  /** Of each run of the occurrence the record in force, earlier attempts first. */
  runsOf(occurrence: OccurrenceId): RunRecord[] {
    return this.#runsOf.all(occurrence).map((row) => decodeRecord(String(row['body']), this.#names));
  }

  startedBy(occurrence: OccurrenceId, attempt: number): MachineId | undefined {
    const row = this.#startedBy.get(occurrence, attempt);
    return row === undefined ? undefined : (this.#names.textOf(Number(row['machine'])) as MachineId);
  }

  machineOf(run: RunId): MachineId | undefined {
    const row = this.#machineOf.get(run);
    return row === undefined ? undefined : (this.#names.textOf(Number(row['machine'])) as MachineId);
  }

  count(): number {
    return Number(this.#count.get()?.['count'] ?? 0);
  }

  /** Due instant of the run that comes after the newest `kept`; undefined when there are no more. */
  dueAfterNewest(kept: number): number | undefined {
    const row = this.#dueOfNth.get(kept);
    return row === undefined ? undefined : Number(row['due_at']);
  }

  /** Removes ended runs that were due, and recorded, before the instant. @returns how many, at most `budget` */
  pruneStep(before: number, budget: number): number {
    const rows = this.#old.all(before, before, budget);
    for (const row of rows) {
      this.#remove.run(Number(row['number']));
      if (row['indexed'] === 1) this.#words.touch({ dueAt: Number(row['due_at']), id: String(row['id']) });
    }
    return rows.length;
  }

  /** Brings the index of texts up to date: at the end of every transaction that changed runs. */
  flush(): void {
    this.#words.flush();
  }

  /** After a rolled back transaction. */
  forget(): void {
    this.#words.forget();
  }

  #store(row: Row | undefined, before: MergedRun, merged: MergedRun, record: RunRecord): void {
    const force = recordInForce(merged);
    const own = merged.own === before.own ? textOrNull(row?.['own']) : encodeRecord(record, this.#names);
    const observed =
      merged.observed === before.observed ? textOrNull(row?.['observed']) : encodeRecord(record, this.#names);
    const { startedAt, finishedAt } = force;
    const startedAfterMs = startedAt === undefined ? null : startedAt - force.dueAt;
    const tookMs = startedAt === undefined || finishedAt === undefined ? null : finishedAt - startedAt;
    const shared = [force.state, force.nominalAt, force.dueAt, force.recordedAt, startedAfterMs, tookMs] as const;
    const flags = [merged.started ? 1 : 0, merged.givenUpAt ?? null, isUnclosed(merged) ? 1 : 0] as const;
    const search = searchText(force);
    const bodies = [force === merged.observed ? 1 : 0, search, own, observed] as const;
    this.#noteText(before, force, search);
    if (row !== undefined) {
      this.#update.run(...shared, ...flags, ...bodies, this.#names.numberOf(force.machineId), Number(row['number']));
      return;
    }
    const task = this.#names.numberOf(record.taskId);
    const machine = this.#names.numberOf(record.machineId);
    // All records of a run tell the same token.
    if (isKeptToken(record.fencingToken)) this.#keepToken.run(task, record.fencingToken);
    this.#insert.run(...shared, ...flags, ...bodies, record.id, task, machine, record.occurrenceId, record.attempt);
  }

  /** The index of texts must follow when the text is another one, or its place is. */
  #noteText(before: MergedRun, after: RunRecord, search: string | null): void {
    const known = before.own === undefined && before.observed === undefined ? undefined : recordInForce(before);
    const text = known === undefined ? null : searchText(known);
    if (known !== undefined && text !== null && (known.dueAt !== after.dueAt || text !== search))
      this.#words.touch(known);
    if (search !== null && (known?.dueAt !== after.dueAt || text !== search)) this.#words.touch(after);
  }

  /** Marks duplicates and removes notes that a started run makes pointless. @returns how many were removed */
  #compareSiblings(occurrence: OccurrenceId): number {
    const rows = this.#siblings.all(occurrence);
    if (rows.length < 2) return 0;
    let removed = 0;
    const runs = rows.map((row) => this.#mergedOf(row));
    rows.forEach((row, index) => {
      const run = runs[index] as MergedRun;
      const others = runs.filter((_, other) => other !== index);
      if (isShadowed(run, others)) {
        this.#remove.run(Number(row['number']));
        this.#words.touch(recordInForce(run));
        removed += 1;
        return;
      }
      const duplicate = isDuplicate(run, others) ? 1 : 0;
      if (duplicate !== Number(row['duplicate'])) this.#setDuplicate.run(duplicate, Number(row['number']));
    });
    return removed;
  }

  #mergedOf(row: Row): MergedRun {
    const decode = (text: unknown): RunRecord | undefined =>
      typeof text === 'string' ? decodeRecord(text, this.#names) : undefined;
    return {
      own: decode(row['own']),
      observed: decode(row['observed']),
      givenUpAt: row['given_up_at'] === null ? undefined : Number(row['given_up_at']),
      started: row['started'] === 1,
    };
  }
}

/** What a search for a text looks at, besides names: lower case, undefined fields left out, its beginning only. */
export function searchText(record: Pick<RunRecord, 'reason' | 'result'>): string | null {
  const parts = [record.reason?.code, record.reason?.text, record.result].filter((part) => part !== undefined);
  return parts.length === 0 ? null : parts.join('\n').slice(0, STORAGE.searchedTextLength).toLowerCase();
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
