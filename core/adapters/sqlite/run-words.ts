/**
 * The index of the texts of runs (`run_words`): every three characters in a row of a text lead to its run.
 *
 * A row's number is its place: the due instant, then the first three characters of the run's id, as 15 bits. So the
 * index is read newest first, in the order of pages, and a text that many runs have costs no more than one that few
 * have. Runs that share a place share a row; it is written anew, whole, whenever one of them changes. Honest runs share
 * one by chance, a few at most; ids can be made to, so a row holds the newest alone, and the others are not found by their
 * text. What the index finds is only a candidate: that the three characters follow each other is for the reader to see.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { STORAGE } from '../../config/storage.ts';
import type { RunPosition } from './run-cursor.ts';

/** Shorter texts cannot be looked for in the index. */
export const SHORTEST_INDEXED = 3;
/** Name of the fact that says up to which place older runs are indexed; absent when all are. */
export const WORDS_INDEXED_TO = 'wordsIndexedTo';

/** Base 32 as ids are written, in the order in which ids are compared. */
const DIGITS = '234567abcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 20;
const PLACE_DIGITS = 3;
const DIGIT_BITS = 5;
const PLACE_BITS = BigInt(PLACE_DIGITS * DIGIT_BITS);
const PLACE_MASK = (1 << (PLACE_DIGITS * DIGIT_BITS)) - 1;

/** All runs that are due at this instant and whose ids begin so. */
export interface Place {
  readonly dueAt: number;
  readonly start: string;
}

/** Writes the index, inside the transaction of whoever changes runs. */
export class RunWordsWriter {
  readonly #remove: StatementSync;
  readonly #insert: StatementSync;
  readonly #stale = new Map<bigint, Place>();

  constructor(database: DatabaseSync) {
    this.#remove = database.prepare('delete from run_words where rowid = ?');
    this.#insert = database.prepare(`
      insert into run_words (rowid, text)
        select ?, group_concat(search, char(10)) from (
          select search from runs indexed by runs_by_due
          where due_at = ? and id >= ? and id < ? and search is not null
          order by id desc limit ${STORAGE.runsPerIndexRow}
        ) having count(*) > 0`);
  }

  /** The text of this run has changed, or it is gone, or it has come. */
  touch(run: RunPosition): void {
    const place = placeOf(run);
    this.#stale.set(rowOf(place), place);
  }

  /** Writes what was touched, in the order of the index, which spares it from writing parts of itself. */
  flush(): void {
    if (this.#stale.size === 0) return;
    const rows = [...this.#stale].sort(([left], [right]) => (left < right ? -1 : 1));
    this.#stale.clear();
    for (const [row, { dueAt, start }] of rows) {
      this.#remove.run(row);
      this.#insert.run(row, dueAt, start, endOf(start));
    }
  }

  /** After a rolled back transaction. */
  forget(): void {
    this.#stale.clear();
  }
}

/** Places, newest first, where all these three characters are, at or before a position. */
export class RunWordsReader {
  readonly #find: StatementSync;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare(`
      select rowid >> ${PLACE_BITS} as due_at, rowid & ${PLACE_MASK} as start from run_words
      where run_words match ? and rowid <= ? order by rowid desc limit ?`);
  }

  find(text: string, notAfter: RunPosition | undefined, limit: number): Place[] {
    const bound = notAfter === undefined ? BigInt(Number.MAX_SAFE_INTEGER) << 10n : rowOf(placeOf(notAfter));
    return this.#find
      .all(matchOf(text), bound, limit)
      .map((row) => ({ dueAt: Number(row['due_at']), start: startOf(Number(row['start'])) }));
  }
}

/** Whether the index can be asked for this text. */
export function isIndexable(text: string): boolean {
  return [...text].length >= SHORTEST_INDEXED && !text.includes('\0');
}

/** Condition on `due_at` and `id` for the runs at a place, and its values. */
export function atPlace({ dueAt, start }: Place): { readonly text: string; readonly values: SQLInputValue[] } {
  return { text: 'due_at = ? and id >= ? and id < ?', values: [dueAt, start, endOf(start)] };
}

/** Comes after all runs at the place, newest first. */
export function leastIdAt({ start }: Place): string {
  return start.padEnd(ID_LENGTH, DIGITS[0]);
}

/** Every three characters that follow each other in the text, all of them wanted. */
function matchOf(text: string): string {
  const characters = [...text];
  const wanted = new Set<string>();
  for (let at = 0; at + SHORTEST_INDEXED <= characters.length; at += 1) {
    wanted.add(
      `"${characters
        .slice(at, at + SHORTEST_INDEXED)
        .join('')
        .replaceAll('"', '""')}"`,
    );
  }
  return [...wanted].join(' AND ');
}

function placeOf({ dueAt, id }: RunPosition): Place {
  return { dueAt, start: id.slice(0, PLACE_DIGITS) };
}

function rowOf({ dueAt, start }: Place): bigint {
  let number = 0;
  for (let at = 0; at < PLACE_DIGITS; at += 1) number = number * 32 + Math.max(0, DIGITS.indexOf(start[at] ?? '2'));
  return (BigInt(dueAt) << PLACE_BITS) | BigInt(number);
}

function startOf(number: number): string {
  return [10, 5, 0].map((shift) => DIGITS[(number >> shift) & 31] ?? '').join('');
}

/** The first text that is greater than all that begin so: letters come before the brace. */
function endOf(start: string): string {
  return `${start}{`;
}
