/**
 * Who is being dialled, and where: one dial at a time for each machine. Newer addresses do not wait for the end of a dial
 * to old ones, which may lead nowhere and take all the time there is: that dial is begun anew, but once only, so that
 * whoever claims ever newer addresses on the network cannot keep it from ending.
 *
 *   idle ──dial──► connecting ──connection──► greeting ──hello──► idle
 *    ▲              │   ↺ newer addresses        │ no hello
 *    └────failed────┴────────────────────────────┘
 */
import type { Multiaddr } from '@multiformats/multiaddr';
import { TIMES } from '../../config/constants.ts';
import type { MachineId } from '../../domain/ids.ts';
import { dialTargets, wasRefused } from './peer-addresses.ts';

export interface DiallingOptions {
  /** Opens a connection to the first of the addresses that answers. */
  connect(targets: Multiaddr[], signal: AbortSignal): Promise<unknown>;
  /** Whether the machine may be dialled. */
  isAllowed(machine: MachineId): boolean;
  hasConnection(machine: MachineId): boolean;
  /** Never called from within a call of `dial`. @param refused every address answered that nobody listens there. */
  failed(machine: MachineId, refused: boolean): void;
}

interface Dial {
  phase: 'connecting' | 'greeting';
  readonly targets: ReadonlySet<string>;
  readonly controller: AbortController;
  /** Begun in place of another one. */
  readonly renewed: boolean;
  /** Where to begin anew as soon as this one has ended. */
  next: readonly string[] | undefined;
}

export class Dialling {
  readonly #options: DiallingOptions;
  readonly #dials = new Map<MachineId, Dial>();
  /** How often a machine was dialled in vain since its first address was last another one. */
  readonly #attempts = new Map<MachineId, { readonly first: string; readonly count: number }>();

  constructor(options: DiallingOptions) {
    this.#options = options;
  }

  /** Dials, or gives a dial that is under way newer addresses. @param addresses the most likely first. */
  dial(machine: MachineId, addresses: readonly string[]): void {
    const current = this.#dials.get(machine);
    if (current === undefined) {
      this.#begin(machine, addresses, false);
      return;
    }
    if (current.phase !== 'connecting' || current.renewed || current.next !== undefined) return;
    const newest = dialTargets(machine, addresses, 0)[0]?.toString();
    if (newest === undefined || current.targets.has(newest)) return;
    current.next = addresses;
    current.controller.abort();
  }

  /** It is connected, and has greeted. */
  succeeded(machine: MachineId): void {
    this.#dials.delete(machine);
    this.#attempts.delete(machine);
  }

  /** The connections to it are gone again, and no greeting came. */
  connectionFailed(machine: MachineId): void {
    if (this.#dials.get(machine)?.phase === 'greeting') queueMicrotask(() => this.#fail(machine, false));
  }

  /** It will not be dialled any more. */
  forget(machine: MachineId): void {
    this.#attempts.delete(machine);
  }

  #begin(machine: MachineId, addresses: readonly string[], renewed: boolean): void {
    const first = dialTargets(machine, addresses, 0)[0]?.toString() ?? '';
    const before = this.#attempts.get(machine);
    const attempt = before?.first === first ? before.count : 0;
    const targets = dialTargets(machine, addresses, attempt);
    const dial: Dial = {
      phase: 'connecting',
      targets: new Set(targets.map((target) => target.toString())),
      controller: new AbortController(),
      renewed,
      next: undefined,
    };
    this.#dials.set(machine, dial);
    if (!this.#options.isAllowed(machine) || targets.length === 0) {
      queueMicrotask(() => this.#fail(machine, false));
      return;
    }
    if (this.#options.hasConnection(machine)) {
      // The other side was quicker; its connection either greets or fails.
      dial.phase = 'greeting';
      return;
    }
    this.#attempts.set(machine, { first, count: attempt + 1 });
    const signal = AbortSignal.any([AbortSignal.timeout(TIMES.dialTimeoutMs), dial.controller.signal]);
    this.#options
      .connect(targets, signal)
      .then(() => {
        if (this.#dials.get(machine) !== dial) return;
        dial.phase = 'greeting';
        if (!this.#options.hasConnection(machine)) this.#fail(machine, false);
      })
      .catch((error: unknown) => {
        if (this.#dials.get(machine) !== dial) return;
        if (dial.next === undefined) this.#fail(machine, wasRefused(error));
        else this.#renew(machine, dial, dial.next);
      });
  }

  /** The library joins a dial to those of the same machine that it has not cleared away yet: it gets a turn to do so. */
  #renew(machine: MachineId, dial: Dial, addresses: readonly string[]): void {
    setImmediate(() => {
      if (this.#dials.get(machine) === dial) this.#begin(machine, addresses, true);
    });
  }

  #fail(machine: MachineId, refused: boolean): void {
    if (this.#dials.delete(machine)) this.#options.failed(machine, refused);
  }
}
