/**
 * How often strangers may ask to be paired. Two things are counted apart, each by key and by address:
 *
 * - **Comparisons**: pairings whose digits came to be shown. Each is one chance in a million for whoever stands between two
 *   machines, so those of all strangers together are few.
 * - **Questions**: all others. They tell nobody anything, since both sides are bound to nonces that they have not told yet;
 *   they are counted so that one key, or one address, does not take up everybody's time.
 *
 * Pure; time is passed in.
 */
import { LIMITS, TIMES } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import { StrangerTries } from './stranger-tries.ts';

const windowMs = TIMES.attemptsMs;

export class PairingTries {
  readonly #questions = new StrangerTries({
    ofOne: LIMITS.pairingAsksPerStranger,
    inAll: LIMITS.pairingAsks,
    windowMs,
  });
  readonly #questionsAt = new StrangerTries({
    ofOne: LIMITS.pairingAsksPerAddress,
    inAll: LIMITS.pairingAsks,
    windowMs,
  });
  readonly #comparisons = new StrangerTries({
    ofOne: LIMITS.pairingsPerStranger,
    inAll: LIMITS.pairingsInAll,
    windowMs,
  });
  readonly #comparisonsAt = new StrangerTries({
    ofOne: LIMITS.pairingsPerAddress,
    inAll: LIMITS.pairingsInAll,
    windowMs,
  });

  /** Tries that are remembered. */
  get size(): number {
    return this.#questions.size + this.#questionsAt.size + this.#comparisons.size + this.#comparisonsAt.size;
  }

  /**
   * Who has used up what it may ask; undefined when this machine may ask.
   * @param share what is counted of its address: see `addressShare`
   * @param nowMs monotonic
   */
  whoAskedTooOften(machine: MachineId, share: string, nowMs: number): string | undefined {
    if (this.#questions.isBarred(machine, nowMs)) return 'this machine has';
    if (this.#questionsAt.isBarred(share, nowMs)) return `machines at ${share} have`;
    return this.whoComparedTooOften(machine, share, nowMs);
  }

  /** The same, for digits that are to be shown. */
  whoComparedTooOften(machine: MachineId, share: string, nowMs: number): string | undefined {
    if (this.#comparisons.isBarred(machine, nowMs)) return 'this machine has';
    if (this.#comparisonsAt.isBarred(share, nowMs)) return `machines at ${share} have`;
    return this.#comparisons.isExhausted(nowMs) ? 'too many machines have' : undefined;
  }

  noteQuestion(machine: MachineId, share: string, nowMs: number): void {
    this.#questions.note(machine, nowMs);
    this.#questionsAt.note(share, nowMs);
  }

  noteComparison(machine: MachineId, share: string, nowMs: number): void {
    this.#comparisons.note(machine, nowMs);
    this.#comparisonsAt.note(share, nowMs);
  }

  /** Forgets all tries. */
  clear(): void {
    for (const tries of [this.#questions, this.#questionsAt, this.#comparisons, this.#comparisonsAt]) tries.clear();
  }
}
