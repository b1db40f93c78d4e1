/** How the app ends: whoever asks first is put off until the core has taken leave; who asks meanwhile waits for that too. */

export class Ending {
  #isOver = false;
  #isLeaving = false;
  readonly #takeLeave: () => Promise<void>;

  /** @param takeLeave in bounded time. */
  constructor(takeLeave: () => Promise<void>) {
    this.#takeLeave = takeLeave;
  }

  /** The app is asked to end. @param quit asks once more, when nothing holds the app. */
  asked(event: { preventDefault(): void }, quit: () => void): void {
    if (this.#isOver) return;
    event.preventDefault();
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    void this.#takeLeave().then(() => {
      this.#isOver = true;
      quit();
    });
  }
}
