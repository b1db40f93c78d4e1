/** The names of the secrets that there are, to choose one from; asked for when the agent is there. */
import type { ApiAccess } from './api-access.svelte.ts';

export class SecretNames {
  #list = $state.raw<readonly string[]>([]);
  readonly #access: ApiAccess;

  constructor(access: ApiAccess) {
    this.#access = access;
  }

  get list(): readonly string[] {
    return this.#list;
  }

  async load(): Promise<void> {
    if (!this.#access.live) return;
    const outcome = await this.#access.call((api, signal) => api.secrets.list({}, { signal }));
    if (outcome.ok) this.#list = outcome.value.secrets.map(({ name }) => name);
  }
}
