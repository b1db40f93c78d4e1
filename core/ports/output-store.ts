/** The captured output of runs: of those executed here, and copies kept for others. */
import type { RunId } from '../domain/ids.ts';
import type { OutputSpan } from '../domain/output-spans.ts';

export interface OutputChunk {
  readonly data: Uint8Array;
  readonly offset: number;
  /** Bytes held so far. */
  readonly size: number;
  /** Nothing will be added. */
  readonly complete: boolean;
  /** What of `data` was written to standard error; absent when nothing was, or when nobody noted it. */
  readonly errors?: readonly OutputSpan[];
}

export interface OutputStore {
  /** Undefined when nothing of the run is held here. */
  read(runId: RunId, offset: number, limit: number): Promise<OutputChunk | undefined>;
  /**
   * Appends to a copy kept for another machine; `offset` must be its size so far, else nothing is written.
   * @param errors what of `data` was written to standard error: see `areSpansWithin`
   */
  append(
    runId: RunId,
    offset: number,
    data: Uint8Array,
    complete: boolean,
    errors?: readonly OutputSpan[],
  ): Promise<void>;
  /** Removes output older than the instant (epoch milliseconds). */
  prune(before: number): Promise<void>;
}
