/** The runs that are shown: fetched by the filter in force, kept live by signals, bounded in number. */
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import { type RunGroup, isActive, statesOf } from '../format/run-state.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import { Refresher } from './refresher.ts';
import { MOST_RUNS, type RunFilter, type ShownRun, mergeRuns } from './run-list.ts';
import type { Scheduler } from './scheduler.ts';

const PAGE_SIZE = 100;
const RELOAD_PAUSE_MS = 300;

export class RunsState {
  #list = $state.raw<readonly ShownRun[]>([]);
  #loaded = $state(false);
  #filter = $state.raw<RunFilter>({ group: 'all', text: '', taskId: undefined });
  #cursor = $state.raw<string | null>(null);
  #loadingOlder = $state(false);
  readonly activeCount = $derived(this.#list.filter((run) => isActive(run.state)).length);
  readonly #reloader: Refresher;
  readonly #access: ApiAccess;

  constructor(access: ApiAccess, scheduler: Scheduler) {
    this.#access = access;
    this.#reloader = new Refresher(() => this.#reload(), RELOAD_PAUSE_MS, scheduler);
  }

  get list(): readonly ShownRun[] {
    return this.#list;
  }

  /** False until the first answer to the filter in force. */
  get loaded(): boolean {
    return this.#loaded;
  }

  get filter(): RunFilter {
    return this.#filter;
  }

  get filtered(): boolean {
    return this.#filter.group !== 'all' || this.#filter.text.trim() !== '' || this.#filter.taskId !== undefined;
  }

  /** True when older runs can be fetched and there is room for them. */
  get hasOlder(): boolean {
    return this.#cursor !== null && this.#list.length < MOST_RUNS;
  }

  get loadingOlder(): boolean {
    return this.#loadingOlder;
  }

  /** Changes part of the filter; what is already here and matches stays while the rest is fetched. */
  show(change: { group?: RunGroup | 'all'; text?: string; taskId?: string | undefined }): void {
    this.#filter = { ...this.#filter, ...change };
    this.#list = mergeRuns(this.#list, [], this.#filter);
    this.#loaded = false;
    this.#reloader.ask();
  }

  reload(): void {
    this.#reloader.ask();
  }

  /** New records of runs, from a signal. */
  note(runs: readonly RunRecordOutput[]): void {
    this.#list = mergeRuns(this.#list, runs, this.#filter);
  }

  async loadOlder(): Promise<void> {
    const cursor = this.#cursor;
    if (cursor === null || this.#loadingOlder) return;
    this.#loadingOlder = true;
    const filter = this.#filter;
    const outcome = await this.#access.call((api, signal) =>
      api.runs.list({ ...queryOf(filter), limit: PAGE_SIZE, cursor }, { signal }),
    );
    this.#loadingOlder = false;
    if (!outcome.ok || filter !== this.#filter) return;
    this.#cursor = outcome.value.nextCursor;
    this.#list = mergeRuns(this.#list, outcome.value.runs, filter);
  }

  async #reload(): Promise<void> {
    const filter = this.#filter;
    const query = queryOf(filter);
    const newest = await this.#access.call((api, signal) => api.runs.list({ ...query, limit: PAGE_SIZE }, { signal }));
    if (!newest.ok || filter !== this.#filter) return;
    const incoming = [...newest.value.runs];
    if (filter.group === 'all') {
      // What has been running for long may be older than the newest page.
      const active = await this.#access.call((api, signal) =>
        api.runs.list({ ...query, states: statesOf('active') ?? [], limit: PAGE_SIZE }, { signal }),
      );
      if (filter !== this.#filter) return;
      if (active.ok) incoming.push(...active.value.runs);
    }
    this.#list = mergeRuns([], [...this.#live(incoming), ...incoming], filter);
    this.#cursor = newest.value.nextCursor;
    this.#loaded = true;
  }

  /** Records that came by signal while the list was on its way. */
  #live(incoming: readonly RunRecordOutput[]): readonly ShownRun[] {
    const oldest = incoming.at(-1)?.dueAt ?? '';
    const ids = new Set(incoming.map((run) => run.id));
    return this.#list.filter((run) => ids.has(run.id) || (run.dueAt > oldest && run.recordedAt > oldest));
  }
}

function queryOf(filter: RunFilter) {
  const states = statesOf(filter.group);
  const text = filter.text.trim();
  return {
    ...(states === undefined ? {} : { states }),
    ...(text === '' ? {} : { text }),
    ...(filter.taskId === undefined ? {} : { task: filter.taskId }),
  };
}
