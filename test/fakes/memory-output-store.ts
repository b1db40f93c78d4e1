/**
 * A store of output in memory that behaves like the one on disk. The launcher's side, which writes the output of the
 * machine's own runs, is `own`; like the disk it outlives the agent.
 */
import { LIMITS } from '../../core/config/constants.ts';
import { OUTPUT } from '../../core/config/processes.ts';
import type { RunId } from '../../core/domain/ids.ts';
import { spansOf, switchesWith, type OutputSpan } from '../../core/domain/output-spans.ts';
import type { OutputChunk, OutputStore } from '../../core/ports/output-store.ts';
import { assert } from '../../core/std/assert.ts';

interface Held {
  bytes: Uint8Array;
  /** The offsets at which the stream changes. */
  switches: readonly number[];
  complete: boolean;
  /** Epoch milliseconds of the last change. */
  touchedAt: number;
}

export class MemoryOutputStore implements OutputStore {
  readonly #now: () => number;
  readonly #own = new Map<RunId, Held>();
  readonly #copies = new Map<RunId, Held>();

  /** @param now epoch milliseconds, by the machine's clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** All that a run of this machine has written so far. */
  own(runId: RunId, bytes: Uint8Array, ended: boolean, errors: readonly OutputSpan[] = []): void {
    const switches = switchesWith([], 0, errors);
    this.#own.set(runId, { bytes: new Uint8Array(bytes), switches, complete: ended, touchedAt: this.#now() });
  }

  /** Makes what is held of a run older. */
  age(runId: RunId, byMs: number): void {
    for (const held of [this.#own.get(runId), this.#copies.get(runId)]) if (held !== undefined) held.touchedAt -= byMs;
  }

  read(runId: RunId, offset: number, limit: number): Promise<OutputChunk | undefined> {
    return Promise.resolve(runId)
      .then(checked)
      .then(() => {
        const held = this.#own.get(runId) ?? this.#copies.get(runId);
        if (held === undefined) return undefined;
        const { bytes, switches, complete } = held;
        const wanted = Math.max(0, Math.min(limit, LIMITS.outputChunkBytes, bytes.length - offset));
        const { spans, lengthBytes } = spansOf(switches, offset, wanted, OUTPUT.spansPerChunk);
        const chunk = { data: bytes.slice(offset, offset + lengthBytes), offset, size: bytes.length, complete };
        return spans.length === 0 ? chunk : { ...chunk, errors: spans };
      });
  }

  append(
    runId: RunId,
    offset: number,
    data: Uint8Array,
    complete: boolean,
    errors: readonly OutputSpan[] = [],
  ): Promise<void> {
    return Promise.resolve(runId)
      .then(checked)
      .then(() => {
        const held = this.#copies.get(runId);
        const size = held?.bytes.length ?? 0;
        if (this.#own.has(runId) || held?.complete === true || size !== offset) return;
        if (offset + data.length > LIMITS.outputBytes) return;
        const bytes = new Uint8Array(size + data.length);
        if (held !== undefined) bytes.set(held.bytes);
        bytes.set(data, size);
        const switches = switchesWith(held?.switches ?? [], offset, errors);
        this.#copies.set(runId, { bytes, switches, complete, touchedAt: this.#now() });
      });
  }

  prune(before: number): Promise<void> {
    for (const [runId, held] of this.#own) {
      const patienceMs = held.complete ? 0 : LIMITS.runTimeoutMs + LIMITS.killGraceMs;
      if (held.touchedAt + patienceMs < before) this.#own.delete(runId);
    }
    for (const [runId, held] of this.#copies) if (held.touchedAt < before) this.#copies.delete(runId);
    return Promise.resolve();
  }
}

function checked(runId: RunId): void {
  assert(/^[a-z2-7]{20}$/.test(runId), 'a run id names no place');
}
