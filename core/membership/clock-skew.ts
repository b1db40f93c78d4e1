/**
 * How far a peer's clock is from ours. Each message carries its sending time; transit only ever makes the peer look
 * behind, so the largest difference among the last few is the nearest to the truth.
 */
const WINDOW = 16;

export class ClockSkew {
  #differences: number[] = [];
  #next = 0;

  /** @param sentAt peer's wall clock; @param receivedAt ours; both epoch milliseconds. */
  sample(sentAt: number, receivedAt: number): void {
    this.#differences[this.#next] = sentAt - receivedAt;
    this.#next = (this.#next + 1) % WINDOW;
  }

  /** Peer's clock less ours, milliseconds; undefined before the first sample. */
  get skewMs(): number | undefined {
    if (this.#differences.length === 0) return undefined;
    let nearest = -Infinity;
    for (const difference of this.#differences) nearest = Math.max(nearest, difference);
    return nearest;
  }
}
