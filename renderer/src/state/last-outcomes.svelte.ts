/**
 * How each task went the last time. Runs that pass by are noted; for rows that are shown and of which nothing is known
 * the agent is asked, a few at a time and once the rows stand still, so that ten thousand tasks cost no more than what is
 * looked at, and scrolling past them costs nothing.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import { isFinal, statesOf } from '../format/run-state.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import type { Scheduler } from './scheduler.ts';

const AT_ONCE = 4;
/** Rows that were in sight for less than this were only passed. */
const STILL_MS = 100;
const MOST_WAITING = 500;
const MOST_KNOWN = 20_000;
const FINAL = [...(statesOf('succeeded') ?? []), ...(statesOf('failed') ?? []), ...(statesOf('not-run') ?? [])];

/** `null`: it has never run. */
export type LastOutcome = RunRecordOutput | null;

export class LastOutcomes {
  readonly #known = new SvelteMap<string, LastOutcome>();
  readonly #asked = new Set<string>();
  #waiting: string[] = [];
  #asking = 0;
  #cancelTimer: (() => void) | undefined;
  readonly #access: ApiAccess;
  readonly #scheduler: Scheduler;

  constructor(access: ApiAccess, scheduler: Scheduler) {
    this.#access = access;
    this.#scheduler = scheduler;
  }

  /** Undefined while it is not known yet. */
  of(taskId: string): LastOutcome | undefined {
    return this.#known.get(taskId);
  }

  note(runs: readonly RunRecordOutput[]): void {
    for (const run of runs) {
      if (!isFinal(run.state)) continue;
      const before = this.#known.get(run.taskId);
      if (before == null || endOf(run) >= endOf(before)) this.#set(run.taskId, run);
    }
  }

  /** These rows are on the screen. */
  want(taskIds: readonly string[]): void {
    const fresh = taskIds.filter((id) => !this.#asked.has(id) && !this.#known.has(id));
    if (fresh.length === 0) return;
    const before = new Set(this.#waiting);
    const coming = fresh.some((id) => !before.has(id));
    for (const id of fresh) before.delete(id);
    this.#waiting = [...fresh, ...before].slice(0, MOST_WAITING);
    // The same rows told again, as with every change to one of them, do not put it off.
    if (!coming) return;
    this.#cancelTimer?.();
    this.#cancelTimer = this.#scheduler.after(STILL_MS, () => {
      this.#cancelTimer = undefined;
      this.#askNext();
    });
  }

  /** Forgets everything, for a new look after a lost connection. */
  forget(): void {
    this.#known.clear();
    this.#asked.clear();
    this.#waiting = [];
  }

  #askNext(): void {
    while (this.#asking < AT_ONCE && this.#cancelTimer === undefined) {
      const id = this.#waiting.shift();
      if (id === undefined) return;
      this.#asked.add(id);
      this.#asking += 1;
      void this.#ask(id).finally(() => {
        this.#asking -= 1;
        this.#askNext();
      });
    }
  }

  async #ask(id: string): Promise<void> {
    const outcome = await this.#access.call((api, signal) =>
      api.runs.list({ task: id, states: FINAL, limit: 1 }, { signal }),
    );
    if (!outcome.ok) {
      this.#asked.delete(id);
      return;
    }
    const [run] = outcome.value.runs;
    if (run !== undefined) this.note([run]);
    else if (!this.#known.has(id)) this.#set(id, null);
  }

  #set(id: string, outcome: LastOutcome): void {
    if (this.#known.size >= MOST_KNOWN && !this.#known.has(id)) this.forget();
    this.#known.set(id, outcome);
  }
}

function endOf(run: RunRecordOutput): string {
  return run.finishedAt ?? run.dueAt;
}
