/**
 * How much of what others send is looked at in one turn of the event loop: so many units of work and so many bytes, of all
 * of them together. What is beyond waits for a later turn, in the order in which it came to wait, one piece of each at a time:
 * so many who flood this machine slow down each other, and everything else has its turn in between. By counts alone, since a
 * clock would let more through the quicker the machine is, and tell nothing about the next piece.
 *
 *   a piece comes ──room in this turn──► done, and counted
 *         └──none──► waits ──next turn, round robin──► done, and counted
 */
import { channel } from 'node:diagnostics_channel';
import { NETWORK } from './network-limits.ts';

/** What was done in one turn, told on the diagnostics channel `carillon:turn` to whoever listens. */
export interface TurnFigures {
  readonly units: number;
  readonly bytes: number;
  /** Pieces that wait for a later turn. */
  readonly waiting: number;
}

const FIGURES = channel('carillon:turn');

export class FairTurns {
  #units = 0;
  #bytes = 0;
  #armed = false;
  /** One for each stream at most. */
  readonly #waiting: (() => void)[] = [];

  /** May anything more be done in this turn? The last piece may exceed what is left. */
  get hasRoom(): boolean {
    return this.#units < NETWORK.turnUnits && this.#bytes < NETWORK.turnBytes;
  }

  /** Counts a piece that is being done. @param units one for a small message */
  spend(units: number, sizeBytes: number): void {
    this.#units += units;
    this.#bytes += sizeBytes;
    this.#arm();
  }

  /** Calls in a later turn, in which there is room for at least one piece. */
  later(work: () => void): void {
    this.#waiting.push(work);
    this.#arm();
  }

  /** Counts a piece; resolves when it may be done. Undefined: at once. */
  acquire(units: number, sizeBytes: number): Promise<void> | undefined {
    if (this.hasRoom && this.#waiting.length === 0) {
      this.spend(units, sizeBytes);
      return undefined;
    }
    return new Promise((resolve) => {
      this.later(() => {
        this.spend(units, sizeBytes);
        resolve();
      });
    });
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    setImmediate(() => this.#begin());
  }

  #begin(): void {
    if (FIGURES.hasSubscribers) this.#tell();
    this.#armed = false;
    this.#units = 0;
    this.#bytes = 0;
    for (let calls = 0; calls < NETWORK.turnUnits && this.hasRoom; calls += 1) {
      const work = this.#waiting.shift();
      if (work === undefined) return;
      work();
    }
    if (this.#waiting.length > 0) this.#arm();
  }

  #tell(): void {
    const figures: TurnFigures = { units: this.#units, bytes: this.#bytes, waiting: this.#waiting.length };
    FIGURES.publish(figures);
  }
}
