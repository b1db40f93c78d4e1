/**
 * Writes what a run puts out into its output file: the first `limitBytes`, in the order of arrival; the rest is read
 * and counted, so that a talkative task neither fills the disk nor stands still. While a write is under way its sources
 * are paused, so that the task waits for the disk and memory stays bounded. A full disk drops output, never the task.
 * Where it changes between standard output and standard error is noted in a second file, before the bytes concerned.
 */
import { close, openSync, write } from 'node:fs';
import type { Readable } from 'node:stream';
import type { OutputStream } from '../../domain/output-spans.ts';
import { encodeSwitches, MOST_SWITCHES } from './stream-switches.ts';

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
  readonly #streamsPath: string;
  #streamsFile: number | undefined;
  #stream: OutputStream = 'stdout';
  #switchCount = 0;
  /** Offsets that are yet to be written. */
  #switches: number[] = [];

  /** Creates the file (0600); that of the streams only when it is needed. Throws the file system's error when it cannot. */
  constructor(paths: { readonly output: string; readonly streams: string }, limitBytes: number) {
    this.#file = openSync(paths.output, 'a', 0o600);
    this.#streamsPath = paths.streams;
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

  push(data: Buffer, stream: OutputStream = 'stdout'): void {
    const room = Math.max(0, this.#limitBytes - this.#acceptedBytes);
    const kept = data.length <= room ? data : data.subarray(0, room);
    this.#droppedBytes += data.length - kept.length;
    if (kept.length === 0 || this.#file === undefined) return;
    this.#noteStream(stream);
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
    const files = [this.#file, this.#streamsFile];
    this.#file = undefined;
    this.#streamsFile = undefined;
    for (const file of files) {
      if (file !== undefined) await new Promise<void>((resolve) => close(file, () => resolve()));
    }
  }

  #noteStream(stream: OutputStream): void {
    if (stream === this.#stream || this.#switchCount >= MOST_SWITCHES) return;
    this.#stream = stream;
    this.#switchCount += 1;
    this.#switches.push(this.#acceptedBytes);
  }

  #writeNext(): void {
    const data = this.#waiting.length === 1 ? (this.#waiting[0] as Buffer) : Buffer.concat(this.#waiting);
    this.#waiting = [];
    if (this.#switches.length === 0) return this.#write(data, 0);
    const switches = encodeSwitches(this.#switches);
    this.#switches = [];
    try {
      this.#streamsFile ??= openSync(this.#streamsPath, 'a', 0o600);
    } catch {
      // The bytes matter more than which stream they came by: nothing is told apart from here on.
      this.#switchCount = MOST_SWITCHES;
      return this.#write(data, 0);
    }
    write(this.#streamsFile, switches, 0, switches.length, null, (error, written) => {
      // What is torn ends the notes.
      if (error !== null || written !== switches.length) this.#switchCount = MOST_SWITCHES;
      this.#write(data, 0);
    });
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
