/** Bounds how many streams are read at once: beyond it a new one is refused with BUSY, and those that run go on. */
import { appError } from '../std/app-error.ts';
import { toApiError } from './api-errors.ts';

export class StreamGate {
  #open = 0;
  readonly #limit: number;

  /** @param limit how many streams may be open at once. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get open(): number {
    return this.#open;
  }

  /** The same stream, counted from its first read to its end. */
  async *pass<T>(source: AsyncGenerator<T, void, void>): AsyncGenerator<T, void, void> {
    if (this.#open >= this.#limit) {
      throw toApiError(appError('BUSY', `${this.#limit} streams are open already`));
    }
    this.#open += 1;
    try {
      yield* source;
    } finally {
      this.#open -= 1;
    }
  }
}
