/**
 * Streams the output of a run: what is there at once, then what is added, until it is complete. A run that has not
 * started yet is waited for. Output that stays incomplete after its run ended (its machine is gone) ends the stream
 * after a grace time. One piece at a time is held, however slow the reader is.
 */
import { LIMITS, TIMES } from '../config/constants.ts';
import type { RunId } from '../domain/ids.ts';
import { FINAL_STATES } from '../domain/run.ts';
import type { PeerHandle } from '../peer/peer-handle.ts';
import { appError } from '../std/app-error.ts';
import { toApiError } from './api-errors.ts';
import type { ApiHost, CancelSignal } from './api-host.ts';
import { type OutputForm, chunkOutputOf } from './output-chunk.ts';
import type { OutputChunkOutput } from './run-schemas.ts';

export interface FollowOptions {
  readonly peer: PeerHandle;
  readonly host: Pick<ApiHost, 'sleep' | 'decodeText' | 'encodeBase64'>;
  readonly run: RunId;
  /** Bytes to leave out at the front. */
  readonly offset: number;
  readonly form: OutputForm;
  readonly signal?: CancelSignal;
}

/** Throws RUN_NOT_FOUND, or OUTPUT_NOT_AVAILABLE when the run has ended and nobody holds its output. */
export async function* followOutput(options: FollowOptions): AsyncGenerator<OutputChunkOutput, void, void> {
  const { peer, host, run, form, signal } = options;
  let offset = options.offset;
  let delayMs: number = TIMES.followMinMs;
  let idleSinceEndMs = 0;
  while (signal?.aborted !== true) {
    const read = await peer.readOutput(run, offset, LIMITS.outputChunkBytes);
    if (!read.ok && read.error.code !== 'OUTPUT_NOT_AVAILABLE') throw toApiError(read.error);
    if (read.ok) {
      const chunk = chunkOutputOf(run, read.value, form, host);
      if (chunk.nextOffset > offset || chunk.complete) {
        offset = chunk.nextOffset;
        delayMs = TIMES.followMinMs;
        idleSinceEndMs = 0;
        yield chunk;
        if (chunk.complete) return;
        if (offset < chunk.size) continue;
      }
    }
    const ended = await hasEnded(peer, run);
    if (ended && idleSinceEndMs >= TIMES.followGraceMs) {
      if (!read.ok) throw toApiError(read.error);
      return;
    }
    await host.sleep(delayMs, signal);
    if (ended) idleSinceEndMs += delayMs;
    delayMs = Math.min(delayMs * 2, TIMES.followMaxMs);
  }
}

async function hasEnded(peer: PeerHandle, run: RunId): Promise<boolean> {
  if (peer.view.activeRun(run) !== undefined) return false;
  const known = await peer.runs.byId(run);
  if (known === undefined) throw toApiError(appError('RUN_NOT_FOUND', `there is no run "${run}"`));
  return FINAL_STATES.has(known.state);
}
