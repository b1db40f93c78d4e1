/**
 * How often strangers have tried something within a while: each of them, and all together, since a new key costs nothing.
 * Bounded by what all together may do. Pure; time is passed in.
 */
import type { MachineId } from '../domain/ids.ts';

export interface TryLimits {
  readonly ofOne: number;
  readonly inAll: number;
  readonly windowMs: number;
}

export class StrangerTries {
  readonly #limits: TryLimits;
  /** Oldest first. */
  #tries: { readonly machine: MachineId; readonly atMs: number }[] = [];

  constructor(limits: TryLimits) {
    this.#limits = limits;
  }

  /** Tries that are remembered. */
  get size(): number {
    return this.#tries.length;
  }

  /** The machine has used up its own tries. @param nowMs monotonic. */
  isBarred(machine: MachineId, nowMs: number): boolean {
    this.#forget(nowMs);
    return this.#tries.filter((each) => each.machine === machine).length >= this.#limits.ofOne;
  }

  /** All together have used up theirs. @param nowMs monotonic. */
  isExhausted(nowMs: number): boolean {
    this.#forget(nowMs);
    return this.#tries.length >= this.#limits.inAll;
  }

  /** Counts a try; when there are too many, the oldest is forgotten. @param nowMs monotonic. */
  note(machine: MachineId, nowMs: number): void {
    this.#forget(nowMs);
    this.#tries.push({ machine, atMs: nowMs });
    if (this.#tries.length > this.#limits.inAll) this.#tries.shift();
  }

  #forget(nowMs: number): void {
    this.#tries = this.#tries.filter(({ atMs }) => nowMs - atMs < this.#limits.windowMs);
  }
}
