/** Who wants to come in: machines that ask to join, and the invitations that this machine has made. */
import type { PairingList } from '../../../core/api/pairing-schemas.ts';
import type { Role } from '../../../core/domain/machine.ts';
import type { Outcome } from '../client/refusal.ts';
import type { Translate } from '../i18n/language.svelte.ts';
import type { ConsoleState } from './console.svelte.ts';
import { every } from './every.ts';
import { Refresher } from './refresher.ts';

const PAUSE_MS = 1000;
/** Requests and invitations expire without a signal. */
const LOOK_MS = 10_000;

export type AskedPairing = PairingList['asked'][number];
export interface Invitation {
  readonly id: string;
  readonly roles: readonly Role[];
  readonly expiresAt: string;
}
/** What a machine is let in with. */
export interface Admission {
  readonly roles: readonly Role[];
  readonly labels?: Readonly<Record<string, string>>;
}
/** An invitation while its token is known: just made. */
export interface MadeInvitation {
  readonly id: string;
  readonly token: string;
  readonly expiresAt: string;
}
export type PairingPage = Pick<ConsoleState, 'access' | 'scheduler' | 'notices' | 'onSignal'>;

export class PairingState {
  #asked = $state.raw<readonly AskedPairing[]>([]);
  #invitations = $state.raw<readonly Invitation[]>([]);
  #loaded = $state(false);
  readonly #page: PairingPage;
  readonly #t: Translate;
  readonly #refresher: Refresher;
  #stop: () => void = () => undefined;

  constructor(page: PairingPage, t: Translate) {
    this.#page = page;
    this.#t = t;
    this.#refresher = new Refresher(() => this.#load(), PAUSE_MS, page.scheduler);
  }

  /** Oldest first. */
  get asked(): readonly AskedPairing[] {
    return this.#asked;
  }

  /** Those that are open and have not expired, as the agent last told. */
  get invitations(): readonly Invitation[] {
    return this.#invitations;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  start(): void {
    this.#refresher.ask();
    const stopHearing = this.#page.onSignal((signal) => {
      if (signal.kind === 'cluster' || signal.kind === 'resync') this.#refresher.ask();
    });
    const stopLooking = every(this.#page.scheduler, LOOK_MS, () => this.#refresher.ask());
    this.#stop = () => {
      stopHearing();
      stopLooking();
    };
  }

  stop(): void {
    this.#stop();
    this.#refresher.cancel();
  }

  /** True when it is approved; what was refused is told in a notice. */
  async approve(pairing: AskedPairing, { roles, labels }: Admission): Promise<boolean> {
    const outcome = await this.#page.access.call((api, signal) =>
      api.pairing.approve(
        { machine: pairing.id, roles: [...roles], ...(labels === undefined ? {} : { labels: { ...labels } }) },
        { signal },
      ),
    );
    if (outcome.ok) {
      const key = outcome.value.state === 'admitted' ? 'machines.admitted' : 'machines.approved';
      this.#page.notices.done(this.#t(key, { name: pairing.name }));
    }
    return this.#told(outcome);
  }

  async refuse(pairing: AskedPairing): Promise<boolean> {
    const outcome = await this.#page.access.call((api, signal) =>
      api.pairing.refuse({ machine: pairing.id }, { signal }),
    );
    if (outcome.ok) this.#page.notices.done(this.#t('machines.refused', { name: pairing.name }));
    return this.#told(outcome);
  }

  /** @param expiresMs how long it can be used. */
  async invite({ roles, labels }: Admission, expiresMs: number): Promise<Outcome<MadeInvitation>> {
    const outcome = await this.#page.access.call((api, signal) =>
      api.cluster.invite(
        { roles: [...roles], expiresMs, ...(labels === undefined ? {} : { labels: { ...labels } }) },
        { signal },
      ),
    );
    this.#refresher.ask();
    return outcome;
  }

  async takeBack(id: string): Promise<boolean> {
    const outcome = await this.#page.access.call((api, signal) => api.cluster.cancelInvitation({ id }, { signal }));
    if (outcome.ok) this.#page.notices.done(this.#t('machines.takenBack'));
    return this.#told(outcome);
  }

  #told(outcome: Outcome<unknown>): boolean {
    if (!outcome.ok) this.#page.notices.refused(outcome.refusal);
    this.#refresher.ask();
    return outcome.ok;
  }

  async #load(): Promise<void> {
    const [pairings, invitations] = await Promise.all([
      this.#page.access.call((api, signal) => api.pairing.list({}, { signal })),
      this.#page.access.call((api, signal) => api.cluster.invitations({}, { signal })),
    ]);
    if (pairings.ok) {
      this.#asked = pairings.value.asked;
      this.#loaded = true;
    }
    if (!invitations.ok) return;
    const now = this.#page.scheduler.now();
    this.#invitations = invitations.value.invitations.filter(
      ({ state, expiresAt }) => state === 'open' && Date.parse(expiresAt) > now,
    );
  }
}
