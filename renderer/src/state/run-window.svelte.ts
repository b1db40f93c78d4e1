/**
 * Runs of the last hours that are in certain states: fetched once, kept live by signals, bounded in number. What has
 * left the states, or is older than the window, is let go.
 */
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import type { RunState } from '../../../core/domain/run.ts';
import type { Outcome, Refusal } from '../client/refusal.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import { Refresher } from './refresher.ts';
import { type ShownRun, isNewer } from './run-list.ts';
import type { Scheduler } from './scheduler.ts';

const PAGE_SIZE = 500;
const RELOAD_PAUSE_MS = 1000;

export interface RunWindowOptions {
  /** All states when absent. */
  readonly states?: readonly RunState[];
  /** Only runs on this machine. */
  readonly machineId?: string;
  /** All tasks when absent. */
  readonly taskId?: string;
  /** How far back, by the nominal instant, in milliseconds; without end when absent. */
  readonly lengthMs?: number;
  /** The newest of so many at most. */
  readonly most: number;
}

export class RunWindow {
  #list = $state.raw<readonly ShownRun[]>([]);
  #loaded = $state(false);
  #complete = $state(true);
  #refusal = $state.raw<Refusal | undefined>();
  readonly #options: RunWindowOptions;
  readonly #access: ApiAccess;
  readonly #scheduler: Scheduler;
  readonly #reloader: Refresher;

  constructor(options: RunWindowOptions, access: ApiAccess, scheduler: Scheduler) {
    this.#options = options;
    this.#access = access;
    this.#scheduler = scheduler;
    this.#reloader = new Refresher(() => this.#load(), RELOAD_PAUSE_MS, scheduler);
  }

  /** Newest first. */
  get list(): readonly ShownRun[] {
    return this.#list;
  }

  /** False until the first answer. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** False when there are more than fit. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Why the last look came to nothing. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  reload(): void {
    this.#reloader.ask();
  }

  stop(): void {
    this.#reloader.cancel();
  }

  /** New records of runs, from a signal. */
  note(records: readonly RunRecordOutput[]): void {
    this.#list = this.#merged(this.#list, records);
  }

  async #load(): Promise<void> {
    const { most } = this.#options;
    const found: ShownRun[] = [];
    let cursor: string | null = null;
    do {
      const page = await this.#page(cursor);
      this.#refusal = page.ok ? undefined : page.refusal;
      if (!page.ok) return;
      found.push(...page.value.runs);
      cursor = page.value.nextCursor;
    } while (cursor !== null && found.length < most);
    const ids = new Set(found.map((run) => run.id));
    const since = found.at(-1)?.dueAt ?? '';
    const live = this.#list.filter((run) => ids.has(run.id) || run.recordedAt > since);
    this.#complete = cursor === null;
    this.#list = this.#merged(found, live);
    this.#loaded = true;
  }

  #page(cursor: string | null): Promise<Outcome<{ runs: ShownRun[]; nextCursor: string | null }>> {
    const { states, machineId, taskId, lengthMs, most } = this.#options;
    return this.#access.call((api, signal) =>
      api.runs.list(
        {
          ...(states === undefined ? {} : { states: [...states] }),
          ...(machineId === undefined ? {} : { machine: machineId }),
          ...(taskId === undefined ? {} : { task: taskId }),
          ...(lengthMs === undefined ? {} : { since: this.#scheduler.now() - lengthMs }),
          ...(cursor === null ? {} : { cursor }),
          limit: Math.min(PAGE_SIZE, most),
        },
        { signal },
      ),
    );
  }

  #merged(shown: readonly ShownRun[], incoming: readonly (RunRecordOutput & { duplicate?: boolean })[]): ShownRun[] {
    const byId = new Map(shown.map((run) => [run.id, run]));
    for (const record of incoming) {
      const known = byId.get(record.id);
      if (known !== undefined && !isNewer(record, known)) continue;
      byId.set(record.id, { ...record, duplicate: record.duplicate ?? known?.duplicate ?? false });
    }
    const runs = [...byId.values()].filter((run) => this.#belongs(run)).sort(newestFirst);
    if (runs.length > this.#options.most) this.#complete = false;
    return runs.slice(0, this.#options.most);
  }

  #belongs(run: RunRecordOutput): boolean {
    const { states, machineId, taskId, lengthMs } = this.#options;
    if (taskId !== undefined && run.taskId !== taskId) return false;
    if (machineId !== undefined && run.machineId !== machineId) return false;
    if (states !== undefined && !states.includes(run.state)) return false;
    return lengthMs === undefined || Date.parse(run.nominalAt) >= this.#scheduler.now() - lengthMs;
  }
}

function newestFirst(a: RunRecordOutput, b: RunRecordOutput): number {
  if (a.dueAt !== b.dueAt) return a.dueAt < b.dueAt ? 1 : -1;
  return a.id < b.id ? 1 : -1;
}
