/** The way of every view-model to the agent: the state of the connection, and calls that never throw. */
import type { ApiClient } from '../../../core/api/contract.ts';
import type { ConnectionState } from '../client/connection.ts';
import { type Outcome, type Refusal, offline, refusalOf } from '../client/refusal.ts';
import type { Translate } from '../i18n/language.svelte.ts';

const CALL_TIMEOUT_MS = 20_000;

export class ApiAccess {
  #connection = $state.raw<ConnectionState>({ kind: 'connecting' });
  readonly #t: Translate;

  constructor(t: Translate) {
    this.#t = t;
  }

  get connection(): ConnectionState {
    return this.#connection;
  }

  set connection(state: ConnectionState) {
    this.#connection = state;
  }

  get live(): boolean {
    return this.#connection.kind === 'live';
  }

  /** What went wrong, in the words of the page. */
  refusalOf(fault: unknown): Refusal {
    return refusalOf(fault, this.#t);
  }

  /** Makes one call; what goes wrong comes back as a refusal. @param timeoutMs for what takes longer than calls do */
  async call<T>(
    work: (api: ApiClient, signal: AbortSignal) => Promise<T>,
    timeoutMs = CALL_TIMEOUT_MS,
  ): Promise<Outcome<T>> {
    const connection = this.#connection;
    if (connection.kind !== 'live') return { ok: false, refusal: offline(this.#t) };
    try {
      const signal = AbortSignal.any([connection.ended, AbortSignal.timeout(timeoutMs)]);
      return { ok: true, value: await work(connection.api, signal) };
    } catch (fault) {
      return { ok: false, refusal: this.refusalOf(fault) };
    }
  }
}
