/**
 * The state of one direction between two machines: whole or cut, quick or slow, clean or lossy. Each state has an
 * instant at which it ends by itself, so that nothing has to be scheduled; and a link that has healed stays whole for a
 * while, as has one that was cut: real networks do not change their mind with every packet.
 */
export interface DelayRange {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

/** A cut that was asked for: how long it lasts, and how long the link is whole afterwards, whatever is asked for. */
export interface Cut {
  readonly forMs: number;
  readonly wholeForMs: number;
}

export class SimLink {
  #cutUntilMs = 0;
  #wholeUntilMs = 0;
  #delay: DelayRange | undefined;
  #slowUntilMs = 0;
  #lossRate = 0;
  #lossyUntilMs = 0;

  /** Does what is sent now arrive? */
  passes(nowMs: number): boolean {
    return nowMs >= this.#cutUntilMs;
  }

  /** Loses everything until told otherwise. */
  cut(): void {
    this.#cutUntilMs = Infinity;
  }

  /** Loses everything for a while. False when the link has healed too short a time ago to be cut again. */
  cutFor(nowMs: number, { forMs, wholeForMs }: Cut): boolean {
    if (nowMs >= this.#cutUntilMs && nowMs < this.#wholeUntilMs) return false;
    this.#cutUntilMs = Math.max(this.#cutUntilMs, nowMs + forMs);
    this.#wholeUntilMs = this.#cutUntilMs + wholeForMs;
    return true;
  }

  heal(): void {
    this.#cutUntilMs = 0;
    this.#wholeUntilMs = 0;
  }

  /** Takes other delays than the network's for a while. */
  slowFor(nowMs: number, forMs: number, delay: DelayRange): void {
    this.#delay = delay;
    this.#slowUntilMs = nowMs + forMs;
  }

  /** Loses a share of all packets for a while, 0 to 1, besides what the network loses. */
  loseFor(nowMs: number, forMs: number, lossRate: number): void {
    this.#lossRate = lossRate;
    this.#lossyUntilMs = nowMs + forMs;
  }

  /** Whole, and neither slow nor lossy. */
  restore(): void {
    this.heal();
    this.#slowUntilMs = 0;
    this.#lossyUntilMs = 0;
  }

  /** The delays of this link, when they are not those of the network. */
  delayAt(nowMs: number): DelayRange | undefined {
    return nowMs < this.#slowUntilMs ? this.#delay : undefined;
  }

  lossRateAt(nowMs: number): number {
    return nowMs < this.#lossyUntilMs ? this.#lossRate : 0;
  }
}
