/**
 * The table of runs: what the filter in the address lets through, newest first, fetched in pages as one reads on. New
 * runs come in at once while one looks at the newest; while one reads further down they wait to be asked for, so that
 * nothing moves under the eyes. Runs that are shown are brought up to date where they stand.
 */
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import type { Outcome, Refusal } from '../client/refusal.ts';
import { RUN_LOOKS } from '../format/run-state.ts';
import type { ConsoleState } from './console.svelte.ts';
import { Refresher } from './refresher.ts';
import type { Query, Router } from './router.svelte.ts';
import { RUN_FILTER_KEYS, type RunFilter, belongs, isFiltering, questionOf, runFilterOf } from './run-filter.ts';
import { type RunPage, type ShownRun, isNewer, newestFirst } from './run-list.ts';

const PAGE_SIZE = 100;
/** More rows than this are not kept; the filter finds the rest. */
export const MOST_ROWS = 20_000;
/** New runs that wait at most; with more the list is fetched anew. */
const MOST_WAITING = 500;
/** A search may find nothing in a page and go on; after so many pages a person is asked. */
const PAGES_AT_ONCE = 20;
const RELOAD_PAUSE_MS = 250;

export type RunTableParts = Pick<ConsoleState, 'access' | 'tasks' | 'scheduler'>;

export class RunTable {
  readonly filter: RunFilter = $derived.by(() => runFilterOf(this.#router.query));
  readonly filtering = $derived.by(() => isFiltering(this.filter));
  #rows = $state.raw<readonly ShownRun[]>([]);
  #waiting = $state.raw<ReadonlyMap<string, ShownRun>>(new Map());
  #cursor = $state.raw<string | null>(null);
  #loaded = $state(false);
  #loading = $state(false);
  #truncated = $state(false);
  #refusal = $state.raw<Refusal | undefined>();
  #atTop = true;
  readonly #parts: RunTableParts;
  readonly #router: Router;
  readonly #reloader: Refresher;
  readonly #names = {
    task: (id: string): string => this.#parts.tasks.nameOf(id),
  };

  constructor(parts: RunTableParts, router: Router) {
    this.#parts = parts;
    this.#router = router;
    this.#reloader = new Refresher(() => this.#load(), RELOAD_PAUSE_MS, parts.scheduler);
  }

  get rows(): readonly ShownRun[] {
    return this.#rows;
  }

  /** New runs that are not shown yet. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** False until the first answer to the filter in force. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** Older runs are on their way. */
  get loading(): boolean {
    return this.#loading;
  }

  /** There may be older runs. */
  get hasOlder(): boolean {
    return this.#cursor !== null;
  }

  /** There are more than are kept. */
  get truncated(): boolean {
    return this.#truncated;
  }

  /** Why the last question came to nothing. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** Changes part of the filter; the address says it. */
  refine(change: Query): void {
    this.#router.refine(change);
  }

  showAll(): void {
    this.#router.refine(Object.fromEntries(RUN_FILTER_KEYS.map((key) => [key, undefined])));
  }

  /** The filter is another one: what is shown does not belong any more. */
  refiltered(): void {
    this.#loaded = false;
    this.#refusal = undefined;
    this.#cursor = null;
    this.#truncated = false;
    this.#waiting = new Map();
    const now = this.#parts.scheduler.now();
    this.#rows = this.#rows.filter((run) => belongs(run, this.filter, this.#names, now));
    this.#reloader.ask();
  }

  reload(): void {
    this.#reloader.ask();
  }

  stop(): void {
    this.#reloader.cancel();
  }

  /** Whether the newest row is in sight. */
  scrolled(atTop: boolean): void {
    this.#atTop = atTop;
    if (atTop) this.showWaiting();
  }

  showWaiting(): void {
    if (this.#waiting.size === 0) return;
    this.#show([...this.#waiting.values()]);
    this.#waiting = new Map();
  }

  /** New records of runs, from a signal. */
  note(records: readonly RunRecordOutput[]): void {
    const now = this.#parts.scheduler.now();
    const fresh: ShownRun[] = [];
    const changed = new Map<string, ShownRun | undefined>();
    const known = new Map(this.#rows.map((run) => [run.id, run]));
    for (const record of records) {
      const row = known.get(record.id) ?? this.#waiting.get(record.id);
      const run = { ...record, duplicate: row?.duplicate ?? false };
      if (row !== undefined && !isNewer(record, row)) continue;
      const fits = belongs(run, this.filter, this.#names, now);
      if (known.has(record.id)) changed.set(record.id, fits ? run : undefined);
      else if (fits && this.#isInReach(run)) fresh.push(run);
      // A note that an attempt waits is gone once a machine has started it.
      for (const note of this.#rows) if (takesPlaceOf(run, note)) changed.set(note.id, undefined);
    }
    if (changed.size > 0) {
      this.#rows = this.#rows.flatMap((run) => (changed.has(run.id) ? (changed.get(run.id) ?? []) : run));
    }
    if (fresh.length > 0) this.#take(fresh);
  }

  /** Fetches what comes after the last row. */
  async loadOlder(): Promise<void> {
    const cursor = this.#cursor;
    if (cursor === null || this.#loading || this.#rows.length >= MOST_ROWS) return;
    await this.#fetch(cursor);
  }

  async #load(): Promise<void> {
    await this.#fetch(undefined);
  }

  /** Reads pages until one has something, there are no more, or a person should decide. */
  async #fetch(from: string | undefined): Promise<void> {
    const { filter } = this;
    const question = questionOf(filter, this.#parts.scheduler.now());
    let cursor: string | null | undefined = from;
    this.#loading = true;
    for (let page = 0; page < PAGES_AT_ONCE; page += 1) {
      const after: string | undefined = cursor ?? undefined;
      const answer: Outcome<RunPage> = await this.#parts.access.call((api, signal) =>
        api.runs.list({ ...question, limit: PAGE_SIZE, ...(after === undefined ? {} : { cursor: after }) }, { signal }),
      );
      if (filter !== this.filter) return;
      this.#refusal = answer.ok ? undefined : answer.refusal;
      if (!answer.ok) break;
      cursor = answer.value.nextCursor;
      if (from === undefined && page === 0 && this.#joins(answer.value.runs)) break;
      this.#cursor = cursor;
      if (from === undefined && page === 0) this.#begin(answer.value.runs);
      else this.#show(answer.value.runs);
      if (answer.value.runs.length > 0 || cursor === null) break;
    }
    this.#loaded ||= this.#refusal === undefined;
    this.#loading = false;
  }

  /** The newest page when it reaches down to what is shown already: all of that stays, however far one has read. */
  #joins(runs: readonly ShownRun[]): boolean {
    const known = new Set(this.#rows.map((run) => run.id));
    if (!this.#loaded || !runs.some((run) => known.has(run.id))) return false;
    this.#show(runs.filter((run) => known.has(run.id)));
    const fresh = runs.filter((run) => !known.has(run.id) && !this.#waiting.has(run.id));
    if (fresh.length > 0) this.#take(fresh);
    return true;
  }

  /** The newest page: it takes the place of all rows, but for those that came by signal meanwhile. */
  #begin(runs: readonly ShownRun[]): void {
    const ids = new Set(runs.map((run) => run.id));
    const last = runs.at(-1);
    const newer = this.#rows.filter(
      (run) => ids.has(run.id) || (last !== undefined && run.dueAt > last.dueAt && run.recordedAt > last.recordedAt),
    );
    this.#rows = [];
    this.#truncated = false;
    this.#show([...runs, ...newer]);
    for (const id of ids) if (this.#waiting.has(id)) this.#waiting = without(this.#waiting, id);
  }

  #take(fresh: readonly ShownRun[]): void {
    if (this.#atTop) this.#show(fresh);
    else if (this.#waiting.size + fresh.length <= MOST_WAITING) {
      this.#waiting = new Map([...this.#waiting, ...fresh.map((run) => [run.id, run] as const)]);
    }
  }

  #show(runs: readonly ShownRun[]): void {
    const byId = new Map(this.#rows.map((run) => [run.id, run]));
    for (const run of runs) {
      const known = byId.get(run.id);
      if (known === undefined || isNewer(run, known)) byId.set(run.id, run);
    }
    const rows = [...byId.values()].sort(newestFirst);
    if (rows.length >= MOST_ROWS && (this.#cursor !== null || rows.length > MOST_ROWS)) {
      this.#cursor = null;
      this.#truncated = true;
    }
    this.#rows = rows.slice(0, MOST_ROWS);
  }

  /** Older runs than the last row come with their page. */
  #isInReach(run: ShownRun): boolean {
    const last = this.#rows.at(-1);
    return last === undefined || this.#cursor === null || newestFirst(run, last) < 0;
  }
}

function takesPlaceOf(run: ShownRun, note: ShownRun): boolean {
  return (
    run.id !== note.id &&
    run.occurrenceId === note.occurrenceId &&
    run.attempt === note.attempt &&
    run.startedAt !== null &&
    RUN_LOOKS[note.state].group === 'waiting'
  );
}

function without(map: ReadonlyMap<string, ShownRun>, id: string): ReadonlyMap<string, ShownRun> {
  return new Map([...map].filter(([key]) => key !== id));
}
