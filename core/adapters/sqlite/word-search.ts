/**
 * Finds runs by words, newest first. One word leads: its runs are read in the order of pages from the index of texts
 * and from those of the tasks and machines that it names, and each is looked at for the other words. A page looks at a
 * bounded number of runs; it may be short, and its cursor goes on behind the last run looked at.
 *
 * No word can lead that is too short for the index, or names many tasks, or while earlier runs are still being indexed.
 * Then all runs that the other filters let through are looked at instead.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { STORAGE } from '../../config/storage.ts';
import type { SearchWord } from '../../ports/run-queries.ts';
import type { NameTable } from './name-table.ts';
import type { RunPosition } from './run-cursor.ts';
import { atPlace, isIndexable, leastIdAt, RunWordsReader, WORDS_INDEXED_TO } from './run-words.ts';

export interface Candidate extends RunPosition {
  readonly number: number;
}

/** Where the leading word's runs come from. */
export interface CandidateSource {
  /** No run that was due before it is wanted. */
  readonly since: number | undefined;
  /** Runs by the other filters, newest first, behind a position; of one task or machine when it is named. */
  walk(after: RunPosition | undefined, limit: number, only?: { task?: number; machine?: number }): Candidate[];
  /** Those of them that are at a place. */
  at(place: { text: string; values: SQLInputValue[] }, after: RunPosition | undefined): Candidate[];
}

interface Word {
  readonly text: string;
  readonly tasks: ReadonlySet<number>;
  readonly machines: ReadonlySet<number>;
}

/** What was found of a stretch of the history. */
interface Stretch {
  readonly candidates: readonly Candidate[];
  /** All that is newer is among them; undefined when the stretch has no end. */
  readonly upTo: RunPosition | undefined;
}

export interface FoundRuns {
  readonly numbers: number[];
  /** Set when there may be more. */
  readonly last: RunPosition | undefined;
}

const SMALLEST_BATCH = 16;
const FIRST_BATCH = 128;
const LARGEST_BATCH = 2048;

export class WordSearch {
  readonly #names: NameTable;
  readonly #reader: RunWordsReader;
  readonly #texts: StatementSync;
  readonly #tasksNamed: StatementSync;
  readonly #backlog: StatementSync;

  constructor(database: DatabaseSync, names: NameTable) {
    this.#names = names;
    this.#reader = new RunWordsReader(database);
    this.#texts = database.prepare('select task, machine, search from runs where number = ?');
    this.#tasksNamed = database.prepare('select number from names where instr(text, ?) > 0');
    this.#backlog = database.prepare('select 1 from facts where key = ?');
  }

  /** The words that still say something of runs of this task and machine, in lower case, names by number. */
  wordsOf(words: readonly SearchWord[], task: number | undefined, machine: number | undefined): Word[] {
    return words
      .slice(0, STORAGE.searchedWords)
      .filter(({ text }) => text !== '')
      .map((word) => this.#wordOf(word))
      .filter(({ tasks, machines }) => !tasks.has(task ?? -1) && !machines.has(machine ?? -1));
  }

  /** @param searchLimit how many runs are looked at in at most */
  page(
    words: readonly Word[],
    source: CandidateSource,
    limit: number,
    after: RunPosition | undefined,
    searchLimit: number,
  ): FoundRuns {
    const leading = this.#leading(words);
    const numbers: number[] = [];
    let position = after;
    let looked = 0;
    for (let size = FIRST_BATCH; ; size = Math.min(2 * size, LARGEST_BATCH)) {
      const most = Math.min(size, searchLimit - looked);
      const { candidates, upTo } =
        leading === undefined ? walk(source, position, most) : this.#follow(leading, source, position, most);
      for (const candidate of candidates) {
        if (numbers.length === limit) return { numbers, last: position };
        position = { dueAt: candidate.dueAt, id: candidate.id };
        if (this.#fits(candidate.number, words)) numbers.push(candidate.number);
      }
      if (upTo === undefined || upTo.dueAt < (source.since ?? -Infinity)) return { numbers, last: undefined };
      position = upTo;
      looked += most;
      if (looked >= searchLimit) return { numbers, last: position };
    }
  }

  #wordOf({ text, taskIds = [], machineIds = [] }: SearchWord): Word {
    const lower = text.toLowerCase();
    const numbersOf = (ids: readonly string[]): number[] => ids.flatMap((id) => this.#names.find(id) ?? []);
    const named = this.#tasksNamed.all(lower).map((row) => Number(row['number']));
    return { text: lower, tasks: new Set([...named, ...numbersOf(taskIds)]), machines: new Set(numbersOf(machineIds)) };
  }

  /** The longest word that the indexes can be asked for. */
  #leading(words: readonly Word[]): Word | undefined {
    if (this.#backlog.get(WORDS_INDEXED_TO) !== undefined) return undefined;
    return words
      .filter((word) => isIndexable(word.text) && word.tasks.size + word.machines.size <= STORAGE.searchedNames)
      .reduce<Word | undefined>((best, word) => (word.text.length > (best?.text.length ?? 0) ? word : best), undefined);
  }

  #fits(number: number, words: readonly Word[]): boolean {
    const row = this.#texts.get(number);
    if (row === undefined) return false;
    const { task, machine, search } = row;
    return words.every(
      (word) =>
        word.tasks.has(Number(task)) ||
        word.machines.has(Number(machine)) ||
        (typeof search === 'string' && search.includes(word.text)),
    );
  }

  /** A stretch of the runs of one word. */
  #follow(word: Word, source: CandidateSource, after: RunPosition | undefined, limit: number): Stretch {
    const each = Math.max(SMALLEST_BATCH, Math.ceil(limit / (1 + word.tasks.size + word.machines.size)));
    const stretches = [this.#texted(word.text, source, after, each)];
    for (const task of word.tasks) stretches.push(walk(source, after, each, { task }));
    for (const machine of word.machines) stretches.push(walk(source, after, each, { machine }));
    const ends = stretches.flatMap(({ upTo }) => upTo ?? []).sort(newestFirst);
    const upTo = ends[0];
    const byId = new Map<number, Candidate>();
    for (const { candidates } of stretches) {
      for (const candidate of candidates) {
        if (upTo === undefined || newestFirst(candidate, upTo) <= 0) byId.set(candidate.number, candidate);
      }
    }
    return { candidates: [...byId.values()].sort(newestFirst), upTo };
  }

  #texted(text: string, source: CandidateSource, after: RunPosition | undefined, limit: number): Stretch {
    // One more, because the place of `after` itself comes again.
    const places = this.#reader.find(text, after, limit + 1);
    const last = places.at(-1);
    return {
      candidates: places.flatMap((place) => source.at(atPlace(place), after)),
      // The least id of the last place: all runs there were read.
      upTo: last === undefined || places.length <= limit ? undefined : { dueAt: last.dueAt, id: leastIdAt(last) },
    };
  }
}

function walk(
  source: CandidateSource,
  after: RunPosition | undefined,
  limit: number,
  only?: { task?: number; machine?: number },
): Stretch {
  const candidates = source.walk(after, limit, only);
  const last = candidates.at(-1);
  return { candidates, upTo: candidates.length < limit ? undefined : last };
}

/** As pages are sorted. */
export function newestFirst(left: RunPosition, right: RunPosition): number {
  return right.dueAt - left.dueAt || (left.id < right.id ? 1 : left.id > right.id ? -1 : 0);
}
