/**
 * Local health (Dadgar, Phillips, Currey: Lifeguard, 2018): a machine that is itself slow hears others late and would
 * blame them. So our own lateness stretches our own time-outs.
 */
const MAX_SCORE = 4;
const LATE_MS = 200;
const RECOVER_EVERY = 10;

export class LocalHealth {
  #score = 0;
  #punctual = 0;

  /** Notes by how much an expected tick came late. */
  tick(latenessMs: number): void {
    if (latenessMs > LATE_MS) {
      this.#score = Math.min(MAX_SCORE, this.#score + Math.ceil(latenessMs / (5 * LATE_MS)));
      this.#punctual = 0;
      return;
    }
    this.#punctual += 1;
    if (this.#punctual % RECOVER_EVERY === 0) this.#score = Math.max(0, this.#score - 1);
  }

  /** By this factor all time-outs are stretched: 1 (healthy) to 5. */
  get multiplier(): number {
    return 1 + this.#score;
  }
}
