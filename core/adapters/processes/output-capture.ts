/**
 * Writes what a run puts out into its output file: the first `limitBytes`, in the order of arrival; the rest is read
 * and counted, so that a talkative task neither fills the disk nor stands still. While a write is under way its sources
 * are paused, so that the task waits for the disk and memory stays bounded. A full disk drops output, never the task.
 */
import { close, openSync, write } from 'node:fs';
import type { Readable } from 'node:stream';

export class OutputCapture {
  #file: number | undefined;
  readonly #limitBytes: number;
  readonly #sources = new Set<Readable>();
  #waiting: Buffer[] = [];
  #writing = false;
  #keptBytes = 0;
  #droppedBytes = 0;
  #acceptedBytes = 0;
  #whenIdle: (() => void)[] = [];

  /** Creates the file (0600). Throws the file system's error when it cannot. */
  constructor(path: string, limitBytes: number) {
    this.#file = openSync(path, 'a', 0o600);
    this.#limitBytes = limitBytes;
  }

  /** Bytes in the file. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Bytes that came in beyond the limit, or that the disk did not take. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** True when nothing of what comes will be kept: it is only counted. */
  get full(): boolean {
    return this.#acceptedBytes >= this.#limitBytes;
  }

  /** Adds a stream that is paused while the disk is busy. Its `data` is still to be given to `push` by the caller. */
  addSource(source: Readable): void {
    this.#sources.add(source);
    if (this.#writing) source.pause();
  }

  removeSource(source: Readable): void {
    this.#sources.delete(source);
  }

  push(data: Buffer): void {
    const room = Math.max(0, this.#limitBytes - this.#acceptedBytes);
    const kept = data.length <= room ? data : data.subarray(0, room);
    this.#droppedBytes += data.length - kept.length;
    if (kept.length === 0 || this.#file === undefined) return;
    this.#acceptedBytes += kept.length;
    this.#waiting.push(kept);
    if (this.#writing) return;
    this.#writing = true;
    for (const source of this.#sources) source.pause();
    this.#writeNext();
  }

  /** Resolves when all that was pushed is in the file and the file is closed. */
  async end(): Promise<void> {
    if (this.#writing) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) await new Promise<void>((resolve) => close(file, () => resolve()));
  }

  #writeNext(): void {
    const data = this.#waiting.length === 1 ? (this.#waiting[0] as Buffer) : Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#write(data, 0);
  }

  #write(data: Buffer, from: number): void {
    write(this.#file as number, data, from, data.length - from, null, (error, written) => {
      this.#keptBytes += written ?? 0;
      const at = from + (written ?? 0);
      if (error !== null) {
        this.#droppedBytes += data.length - at;
        // What follows is dropped too: output with a hole in it would mislead.
        this.#acceptedBytes = this.#limitBytes;
      } else if (at < data.length) return this.#write(data, at);
      if (this.#waiting.length > 0) return this.#writeNext();
      this.#writing = false;
      for (const source of this.#sources) source.resume();
      for (const resolve of this.#whenIdle.splice(0)) resolve();
    });
  }
}
