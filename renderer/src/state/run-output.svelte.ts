/**
 * The output of one run while somebody looks at it: begins near the end when there is much, follows what is added,
 * goes on where it was after a lost connection. Of one of its two streams alone, when that is asked for. Shown at most ten times a second, however fast it comes.
 */
import { type AnsiLine, AnsiParser } from '../format/ansi.ts';
import type { Refusal } from '../client/refusal.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import { Refresher } from './refresher.ts';
import type { Scheduler } from './scheduler.ts';

export const MOST_LINES = 100_000;
/** Of a larger output only the end is fetched. */
export const TAIL_BYTES = 8 * 1024 * 1024;
const SHOW_PAUSE_MS = 100;

/** Both streams in the order of their arrival, or one of them. */
export type ShownStream = 'all' | 'stdout' | 'stderr';

export class RunOutputState {
  #lines = $state.raw<readonly AnsiLine[]>([]);
  #complete = $state(false);
  #refusal = $state.raw<Refusal | undefined>();
  #sizeBytes = $state(0);
  #startBytes = $state(0);
  #droppedLines = $state(0);
  #widest = $state(0);
  #stream = $state<ShownStream>('all');
  #turn = new AbortController();
  #measuredTo = 0;
  #offset = 0;
  #started = false;
  #parser = new AnsiParser(MOST_LINES);
  readonly #stopper = new AbortController();
  readonly #shower: Refresher;
  readonly #access: ApiAccess;
  readonly #runId: string;

  constructor(runId: string, access: ApiAccess, scheduler: Scheduler) {
    this.#runId = runId;
    this.#access = access;
    this.#shower = new Refresher(async () => this.#show(), SHOW_PAUSE_MS, scheduler);
  }

  get runId(): string {
    return this.#runId;
  }

  get lines(): readonly AnsiLine[] {
    return this.#lines;
  }

  /** Nothing will be added any more. */
  get complete(): boolean {
    return this.#complete;
  }

  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Bytes at the front that were not fetched. */
  get startBytes(): number {
    return this.#startBytes;
  }

  get droppedLines(): number {
    return this.#droppedLines;
  }

  /** Characters of the longest line so far. */
  get widest(): number {
    return this.#widest;
  }

  get stream(): ShownStream {
    return this.#stream;
  }

  /** Shows both streams, or one: all that is wanted is fetched again. */
  async show(stream: ShownStream): Promise<void> {
    if (stream === this.#stream) return;
    this.#turn.abort();
    this.#turn = new AbortController();
    this.#stream = stream;
    this.#parser = new AnsiParser(MOST_LINES);
    this.#offset = this.#startBytes;
    this.#complete = false;
    this.#widest = 0;
    this.#measuredTo = 0;
    this.#show();
    await this.follow();
  }

  /** Follows until the output is complete or the connection ends; call again after a reconnection. */
  async follow(): Promise<void> {
    const connection = this.#access.connection;
    if (connection.kind !== 'live' || this.#complete || this.#stopper.signal.aborted) return;
    this.#refusal = undefined;
    const stream = this.#stream;
    const signal = AbortSignal.any([connection.ended, this.#stopper.signal, this.#turn.signal]);
    if (!this.#started) await this.#findStart();
    if (signal.aborted) return;
    const wanted = { run: this.#runId, offset: this.#offset, ...(stream === 'all' ? {} : { stream }) };
    try {
      const chunks = await connection.api.runs.follow(wanted, { signal });
      for await (const chunk of chunks) {
        if (signal.aborted) return;
        this.#offset = chunk.nextOffset;
        this.#sizeBytes = chunk.size;
        this.#parser.feed(chunk.data, chunk.errors);
        if (chunk.complete) this.#complete = true;
        this.#shower.ask();
      }
    } catch (fault) {
      if (!signal.aborted) this.#refusal = this.#access.refusalOf(fault);
    }
  }

  stop(): void {
    this.#stopper.abort();
    this.#shower.cancel();
  }

  async #findStart(): Promise<void> {
    const first = await this.#access.call((api, signal) =>
      api.runs.output({ run: this.#runId, offset: 0, limit: 1 }, { signal }),
    );
    if (!first.ok) return;
    this.#started = true;
    this.#sizeBytes = first.value.size;
    this.#startBytes = Math.max(0, first.value.size - TAIL_BYTES);
    this.#offset = this.#startBytes;
  }

  #show(): void {
    if (this.#stopper.signal.aborted) return;
    this.#lines = this.#parser.lines;
    this.#droppedLines = this.#parser.droppedLines;
    this.#measure();
  }

  /** Only lines that have come, or grown, since the last time. */
  #measure(): void {
    const first = this.#lines[0]?.number ?? 1;
    let widest = this.#widest;
    for (let index = Math.max(0, this.#measuredTo - first); index < this.#lines.length; index += 1) {
      const length = this.#lines[index]?.spans.reduce((sum, span) => sum + span.text.length, 0) ?? 0;
      if (length > widest) widest = length;
    }
    this.#widest = widest;
    this.#measuredTo = this.#lines.at(-1)?.number ?? 0;
  }
}
