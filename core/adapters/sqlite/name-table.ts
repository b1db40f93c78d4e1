/**
 * Machine and task ids as small numbers. Both ways are remembered; after a rolled back transaction `forget` must be
 * called, because numbers that it gave out are gone. Grows with the ids ever seen, which is small: a cluster has at
 * most thousands of tasks.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { DamagedRowError } from './sqlite-errors.ts';

export class NameTable {
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #read: StatementSync;
  readonly #numbers = new Map<string, number>();
  readonly #texts = new Map<number, string>();

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('select number from names where text = ?');
    this.#insert = database.prepare('insert into names (text) values (?)');
    this.#read = database.prepare('select text from names where number = ?');
  }

  /** The number of an id, or undefined when it was never stored. */
  find(text: string): number | undefined {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const row = this.#find.get(text);
    return row === undefined ? undefined : this.#remember(Number(row['number']), text);
  }

  /** The number of an id, given out now if need be: inside a transaction only. */
  numberOf(text: string): number {
    return this.find(text) ?? this.#remember(Number(this.#insert.run(text).lastInsertRowid), text);
  }

  /** The id of a number. Throws `DamagedRowError` when there is none. */
  textOf(number: number): string {
    const known = this.#texts.get(number);
    if (known !== undefined) return known;
    const text = this.#read.get(number)?.['text'];
    if (typeof text !== 'string') throw new DamagedRowError(`no name has the number ${number}`);
    this.#remember(number, text);
    return text;
  }

  /** Drops what is remembered; it is read again when needed. */
  forget(): void {
    this.#numbers.clear();
    this.#texts.clear();
  }

  #remember(number: number, text: string): number {
    this.#numbers.set(text, number);
    this.#texts.set(number, text);
    return number;
  }
}
