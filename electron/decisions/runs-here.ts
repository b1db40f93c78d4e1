/**
 * Whether tasks run on this machine, as far as the app knows: a core that is gone, or that was not looked at yet, says nothing,
 * and its runs live on without it. So there are three answers, and none of them is guessed.
 *
 *   unknown ──looked──► busy | idle ──looked──► busy | idle
 *      ▲                     │
 *      └──────── lost ───────┘      what was known last is kept beside it
 */
export class RunsHere {
  #isKnown = false;
  #wasBusy = false;

  /** The core was looked at. */
  looked(isBusy: boolean): void {
    this.#isKnown = true;
    this.#wasBusy = isBusy;
  }

  /** There is no core that could be asked. */
  lost(): void {
    this.#isKnown = false;
  }

  /** Undefined: nobody knows, and nobody may take it for idle. */
  get isBusy(): boolean | undefined {
    return this.#isKnown ? this.#wasBusy : undefined;
  }

  /** Tasks run here, or ran when that was last known: the machine is kept awake until an answer says that they do not. */
  get mayBeBusy(): boolean {
    return this.#wasBusy;
  }
}
