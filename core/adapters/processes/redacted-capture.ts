/** What one stream of a run puts out, on its way to the run's output, with the secrets taken out. */
import type { Readable } from 'node:stream';
import type { OutputStream } from '../../domain/output-spans.ts';
import type { OutputCapture } from './output-capture.ts';
import type { RedactedStream, Redaction } from './redaction.ts';

export class RedactedCapture {
  readonly #capture: OutputCapture;
  readonly #name: OutputStream;
  readonly #stream: RedactedStream | undefined;

  /** @param redaction undefined: everything passes as it is. */
  constructor(capture: OutputCapture, redaction: Redaction | undefined, name: OutputStream = 'stdout') {
    this.#capture = capture;
    this.#name = name;
    this.#stream = redaction?.stream();
  }

  push(data: Buffer): void {
    // What is not kept is only counted.
    if (this.#stream === undefined || this.#capture.full) return this.#capture.push(data, this.#name);
    for (const part of this.#stream.push(data)) this.#capture.push(part, this.#name);
  }

  /** The stream has ended: what was held back, because it might have become a secret, is none. */
  end(): void {
    for (const part of this.#stream?.end() ?? []) this.#capture.push(part, this.#name);
  }

  addSource(source: Readable): void {
    this.#capture.addSource(source);
  }

  removeSource(source: Readable): void {
    this.#capture.removeSource(source);
  }
}
