/** What one stream of a run puts out, on its way to the run's output, with the secrets taken out. */
import type { Readable } from 'node:stream';
import type { OutputCapture } from './output-capture.ts';
import type { RedactedStream, Redaction } from './redaction.ts';

export class RedactedCapture {
  readonly #capture: OutputCapture;
  readonly #stream: RedactedStream | undefined;

  /** @param redaction undefined: everything passes as it is. */
  constructor(capture: OutputCapture, redaction: Redaction | undefined) {
    this.#capture = capture;
    this.#stream = redaction?.stream();
  }

  push(data: Buffer): void {
    // What is not kept is only counted.
    if (this.#stream === undefined || this.#capture.full) return this.#capture.push(data);
    for (const part of this.#stream.push(data)) this.#capture.push(part);
  }

  /** The stream has ended: what was held back, because it might have become a secret, is none. */
  end(): void {
    for (const part of this.#stream?.end() ?? []) this.#capture.push(part);
  }

  addSource(source: Readable): void {
    this.#capture.addSource(source);
  }

  removeSource(source: Readable): void {
    this.#capture.removeSource(source);
  }
}
