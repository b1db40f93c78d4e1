/** A list of what people keep in the cluster's document (secrets, calendars): read when its view opens, and again when the agent tells of changes. */
import type { ApiClient } from '../../../core/api/contract.ts';
import type { Outcome } from '../client/refusal.ts';
import type { ConsoleState } from './console.svelte.ts';
import { Refresher } from './refresher.ts';

const REFRESH_PAUSE_MS = 1000;

/** What such a list needs of the console. */
export type ListPage = Pick<ConsoleState, 'access' | 'scheduler' | 'onSignal'>;

export abstract class DocumentList<T> {
  #list = $state.raw<readonly T[]>([]);
  #loaded = $state(false);
  readonly #page: ListPage;
  readonly #refresher: Refresher;
  #stop: () => void = () => undefined;

  constructor(page: ListPage) {
    this.#page = page;
    this.#refresher = new Refresher(() => this.#load(), REFRESH_PAUSE_MS, page.scheduler);
  }

  /** Asks the agent for all of it, in the order in which it is shown. */
  protected abstract read(api: ApiClient, signal: AbortSignal): Promise<readonly T[]>;

  get list(): readonly T[] {
    return this.#list;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  start(): void {
    this.#refresher.ask();
    this.#stop = this.#page.onSignal((signal) => {
      if (signal.kind !== 'run') this.#refresher.ask();
    });
  }

  stop(): void {
    this.#stop();
    this.#refresher.cancel();
  }

  /** Has the agent do something; the list is read again when it was done. */
  protected async command(work: (api: ApiClient, signal: AbortSignal) => Promise<unknown>): Promise<Outcome<unknown>> {
    const outcome = await this.#page.access.call(work);
    if (outcome.ok) await this.#load();
    return outcome;
  }

  async #load(): Promise<void> {
    const outcome = await this.#page.access.call((api, signal) => this.read(api, signal));
    if (!outcome.ok) return;
    this.#list = outcome.value;
    this.#loaded = true;
  }
}
