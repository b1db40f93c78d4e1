/** The secrets of the cluster, without their values: a value goes to the agent and is never held or shown here again. */
import type { ApiClient } from '../../../core/api/contract.ts';
import type { SecretOutput } from '../../../core/api/secret-schemas.ts';
import type { Outcome } from '../client/refusal.ts';
import type { ConsoleState } from './console.svelte.ts';
import { Refresher } from './refresher.ts';

const REFRESH_PAUSE_MS = 1000;

/** Where a secret may be used, as a form has it: nothing given restricts nothing. */
export interface ScopeDraft {
  readonly tasks: string;
  readonly labels: string;
}

export class SecretsState {
  #list = $state.raw<readonly SecretOutput[]>([]);
  #loaded = $state(false);
  readonly #page: Pick<ConsoleState, 'access' | 'scheduler' | 'onSignal'>;
  readonly #refresher: Refresher;
  #stop: () => void = () => undefined;

  constructor(page: Pick<ConsoleState, 'access' | 'scheduler' | 'onSignal'>) {
    this.#page = page;
    this.#refresher = new Refresher(() => this.#load(), REFRESH_PAUSE_MS, page.scheduler);
  }

  get list(): readonly SecretOutput[] {
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

  /** Sets a value; of a secret that is there, the scope stays unless one is given. */
  set(name: string, value: string, scope?: ScopeDraft): Promise<Outcome<unknown>> {
    return this.#command((api, signal) =>
      api.secrets.set({ name, value, ...(scope === undefined ? {} : { scope: scopeOf(scope) }) }, { signal }),
    );
  }

  rescope(name: string, scope: ScopeDraft): Promise<Outcome<unknown>> {
    return this.#command((api, signal) => api.secrets.scope({ name, scope: scopeOf(scope) }, { signal }));
  }

  remove(name: string): Promise<Outcome<unknown>> {
    return this.#command((api, signal) => api.secrets.delete({ name }, { signal }));
  }

  async #command(work: (api: ApiClient, signal: AbortSignal) => Promise<unknown>): Promise<Outcome<unknown>> {
    const outcome = await this.#page.access.call(work);
    if (outcome.ok) await this.#load();
    return outcome;
  }

  async #load(): Promise<void> {
    const outcome = await this.#page.access.call((api, signal) => api.secrets.list({}, { signal }));
    if (!outcome.ok) return;
    this.#list = [...outcome.value.secrets].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#loaded = true;
  }
}

/** `a, b` and `os=linux, site=attic` as the agent takes them. */
export function scopeOf({ tasks, labels }: ScopeDraft): { tasks?: string[]; labels?: Record<string, string> } {
  const ids = partsOf(tasks);
  const pairs = partsOf(labels).map((pair): [string, string] => {
    const [key = '', ...value] = pair.split('=');
    return [key.trim(), value.join('=').trim()];
  });
  return {
    ...(ids.length === 0 ? {} : { tasks: ids }),
    ...(pairs.length === 0 ? {} : { labels: Object.fromEntries(pairs) }),
  };
}

export function scopeDraftOf({ tasks, labels }: SecretOutput['scope']): ScopeDraft {
  return {
    tasks: (tasks ?? []).join(', '),
    labels: Object.entries(labels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(', '),
  };
}

function partsOf(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
