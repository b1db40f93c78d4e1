/**
 * Indexes the texts of runs that were stored before there was an index for them. A slice at a time, oldest first, each
 * in a transaction of its own that takes milliseconds; where it was left off is stored with it, so that it goes on
 * after a restart. Runs that come meanwhile are indexed with their own commit.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { STORAGE } from '../../config/storage.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RunPosition } from './run-cursor.ts';
import { RunWordsWriter, WORDS_INDEXED_TO } from './run-words.ts';
import { failureText, sqliteFailureOf } from './sqlite-errors.ts';
import { ValueRows } from './value-rows.ts';

export interface RunWordsBacklogOptions {
  readonly logger: Logger;
  /** The file is not sound: there is no use in going on. */
  readonly onDamage: (message: string) => void;
}

export class RunWordsBacklog {
  readonly #options: RunWordsBacklogOptions;
  readonly #database: DatabaseSync;
  readonly #facts: ValueRows;
  readonly #words: RunWordsWriter;
  readonly #next: StatementSync;
  #position: RunPosition | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(database: DatabaseSync, options: RunWordsBacklogOptions) {
    this.#options = options;
    this.#database = database;
    this.#facts = new ValueRows(database, 'facts');
    this.#words = new RunWordsWriter(database);
    this.#next = database.prepare(`
      select due_at, id, length(search) as size from runs indexed by runs_by_due
      where (due_at, id) > (?, ?) order by due_at, id limit ?`);
    this.#position = positionOf(this.#facts.all().get(WORDS_INDEXED_TO));
  }

  get pending(): boolean {
    return this.#position !== undefined;
  }

  /** Works through it with pauses, until all is indexed or it is stopped. */
  start(): void {
    if (!this.pending) return;
    this.#options.logger.log('info', 'earlier runs are being indexed, so that texts in them are found at once');
    this.#arm(STORAGE.indexingPauseMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Indexes one slice more. Throws what SQLite throws; then nothing of the slice was done. */
  step(): void {
    const from = this.#position;
    if (from === undefined) return;
    this.#database.exec('begin immediate');
    try {
      const reached = this.#index(from);
      this.#facts.put(WORDS_INDEXED_TO, reached === undefined ? undefined : `${reached.dueAt}:${reached.id}`);
      this.#database.exec('commit');
      this.#position = reached;
    } catch (error) {
      this.#words.forget();
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw error;
    }
  }

  #arm(pauseMs: number): void {
    this.#timer = setTimeout(() => this.#work(), pauseMs).unref();
  }

  #work(): void {
    try {
      this.step();
      if (this.pending) this.#arm(STORAGE.indexingPauseMs);
      else this.#options.logger.log('info', 'all earlier runs are indexed');
    } catch (error) {
      const failure = sqliteFailureOf(error);
      if (failure === undefined) throw error;
      const message = failureText(error);
      this.#options.logger.log('warn', 'earlier runs cannot be indexed now', { failure, message });
      if (failure === 'damaged') this.#options.onDamage(message);
      else this.#arm(STORAGE.indexingRetryMs);
    }
  }

  /** @returns the last run looked at; undefined when there are no more. */
  #index(from: RunPosition): RunPosition | undefined {
    let characters = 0;
    let reached: RunPosition | undefined;
    let full = false;
    let looked = 0;
    for (const row of this.#next.iterate(from.dueAt, from.id, STORAGE.indexedRunsPerSlice)) {
      looked += 1;
      reached = { dueAt: Number(row['due_at']), id: String(row['id']) };
      if (row['size'] === null) continue;
      this.#words.touch(reached);
      characters += Number(row['size']);
      full = characters >= STORAGE.indexedCharactersPerSlice;
      if (full) break;
    }
    this.#words.flush();
    return full || looked === STORAGE.indexedRunsPerSlice ? reached : undefined;
  }
}

function positionOf(fact: string | undefined): RunPosition | undefined {
  const [dueAt, id] = fact?.split(':') ?? [];
  return dueAt === undefined || id === undefined ? undefined : { dueAt: Number(dueAt), id };
}
