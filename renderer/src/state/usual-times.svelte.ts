/** How long tasks usually take, asked for those that are shown; asked again when one of their runs has ended. */
import { SvelteMap } from 'svelte/reactivity';
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import { isFinal } from '../format/run-state.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import type { UsualTime } from './expected-progress.ts';
import { Refresher } from './refresher.ts';
import type { Scheduler } from './scheduler.ts';

const ASK_PAUSE_MS = 1000;
/** As many as one question of the API takes. */
const MOST_AT_ONCE = 200;
const MOST_KNOWN = 2000;

export class UsualTimes {
  /** Null: it has not run yet. */
  readonly #known = new SvelteMap<string, UsualTime | null>();
  readonly #stale = new Set<string>();
  #wanted: ReadonlySet<string> = new Set();
  readonly #access: ApiAccess;
  readonly #refresher: Refresher;

  constructor(access: ApiAccess, scheduler: Scheduler) {
    this.#access = access;
    this.#refresher = new Refresher(() => this.#ask(), ASK_PAUSE_MS, scheduler);
  }

  /** Undefined while it is not known, or has nothing to tell. */
  of(taskId: string): UsualTime | undefined {
    return this.#known.get(taskId) ?? undefined;
  }

  /** These tasks are shown; those of before are not any more. */
  want(taskIds: Iterable<string>): void {
    this.#wanted = new Set(taskIds);
    if (this.#missing().length > 0) this.#refresher.ask();
  }

  /** New records of runs, from a signal: with the end of a run it is another time that is usual. */
  note(runs: readonly RunRecordOutput[]): void {
    for (const run of runs) if (isFinal(run.state) && this.#known.has(run.taskId)) this.#stale.add(run.taskId);
    if (this.#missing().length > 0) this.#refresher.ask();
  }

  stop(): void {
    this.#refresher.cancel();
  }

  #missing(): string[] {
    return [...this.#wanted].filter((id) => !this.#known.has(id) || this.#stale.has(id)).slice(0, MOST_AT_ONCE);
  }

  async #ask(): Promise<void> {
    const tasks = this.#missing();
    if (tasks.length === 0) return;
    const outcome = await this.#access.call((api, signal) => api.statistics.usual({ tasks }, { signal }));
    if (!outcome.ok) return;
    if (this.#known.size + tasks.length > MOST_KNOWN) this.#known.clear();
    for (const id of tasks) {
      this.#stale.delete(id);
      this.#known.set(id, outcome.value[id] ?? null);
    }
  }
}
