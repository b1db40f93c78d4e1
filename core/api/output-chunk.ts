/**
 * A piece of output on its way to a reader. As text it ends between two characters, never inside one: what is cut off
 * comes with the next piece, since `nextOffset` counts only the bytes that were given.
 */
import type { RunId } from '../domain/ids.ts';
import type { OutputChunk } from '../ports/output-store.ts';
import type { ApiHost } from './api-host.ts';
import type { OutputChunkOutput } from './run-schemas.ts';

export type OutputEncoding = OutputChunkOutput['encoding'];

export function chunkOutputOf(
  runId: RunId,
  chunk: OutputChunk,
  encoding: OutputEncoding,
  host: Pick<ApiHost, 'decodeText' | 'encodeBase64'>,
): OutputChunkOutput {
  const reachesEnd = chunk.offset + chunk.data.length >= chunk.size;
  const last = chunk.complete && reachesEnd;
  const bytes = encoding === 'base64' || last ? chunk.data : chunk.data.subarray(0, wholeCharacters(chunk.data));
  return {
    runId,
    data: encoding === 'base64' ? host.encodeBase64(bytes) : host.decodeText(bytes),
    encoding,
    offset: chunk.offset,
    nextOffset: chunk.offset + bytes.length,
    size: chunk.size,
    complete: last,
  };
}

/**
 * How many bytes at the front are whole UTF-8 characters (RFC 3629: a lead byte tells how many follow). Bytes that are
 * not UTF-8 count as whole, so that a reader always gets on; so do pieces of less than one character's length.
 */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back < bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue;
    return sequenceLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function sequenceLength(lead: number): number {
  if (lead >= 0b1111_0000) return 4;
  if (lead >= 0b1110_0000) return 3;
  return lead >= 0b1100_0000 ? 2 : 1;
}
