/** Small named values in one table: the peer's own (`meta`), and the store's facts about itself (`facts`). */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export class ValueRows {
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #all: StatementSync;

  constructor(database: DatabaseSync, table: 'meta' | 'facts') {
    this.#put = database.prepare(`insert or replace into ${table} (key, value) values (?, ?)`);
    this.#remove = database.prepare(`delete from ${table} where key = ?`);
    this.#all = database.prepare(`select key, value from ${table} order by key`);
  }

  /** Stores a value, or removes it when undefined. */
  put(key: string, value: string | undefined): void {
    if (value === undefined) this.#remove.run(key);
    else this.#put.run(key, value);
  }

  all(): Map<string, string> {
    return new Map(this.#all.all().map((row) => [String(row['key']), String(row['value'])]));
  }
}
