/**
 * A piece of output on its way to a reader. As text it ends between two characters, never inside one: what is cut off
 * comes with the next piece, since `nextOffset` counts only the bytes that were given.
 */
import type { RunId } from '../domain/ids.ts';
import { firstSpans, type OutputSpan, type OutputStream } from '../domain/output-spans.ts';
import type { OutputChunk } from '../ports/output-store.ts';
import type { ApiHost } from './api-host.ts';
import type { OutputChunkOutput } from './run-schemas.ts';

export type OutputEncoding = OutputChunkOutput['encoding'];

/** How a reader wants its output: as text or as bytes, of both streams or of one. */
export interface OutputForm {
  readonly encoding: OutputEncoding;
  readonly stream?: OutputStream | undefined;
}

export function chunkOutputOf(
  runId: RunId,
  chunk: OutputChunk,
  form: OutputForm,
  host: Pick<ApiHost, 'decodeText' | 'encodeBase64'>,
): OutputChunkOutput {
  const { encoding, stream } = form;
  const reachesEnd = chunk.offset + chunk.data.length >= chunk.size;
  const last = chunk.complete && reachesEnd;
  const bytes = encoding === 'base64' || last ? chunk.data : chunk.data.subarray(0, wholeCharacters(chunk.data));
  const parts = partsOf(bytes, chunk.errors ?? []).filter((part) => stream === undefined || part.stream === stream);
  return {
    runId,
    ...(encoding === 'base64' ? asBase64(parts, host) : asText(parts, host)),
    encoding,
    offset: chunk.offset,
    nextOffset: chunk.offset + bytes.length,
    size: chunk.size,
    complete: last,
  };
}

/** Bytes that came by one stream. */
interface Part {
  readonly stream: OutputStream;
  readonly bytes: Uint8Array;
}

function partsOf(bytes: Uint8Array, errors: readonly OutputSpan[]): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const [start, end] of firstSpans(errors, bytes.length)) {
    if (start > at) parts.push({ stream: 'stdout', bytes: bytes.subarray(at, start) });
    parts.push({ stream: 'stderr', bytes: bytes.subarray(start, end) });
    at = end;
  }
  if (at < bytes.length) parts.push({ stream: 'stdout', bytes: bytes.subarray(at) });
  return parts;
}

type Encoded = Pick<OutputChunkOutput, 'data' | 'errors'>;

function asText(parts: readonly Part[], host: Pick<ApiHost, 'decodeText'>): Encoded {
  let data = '';
  const errors: Encoded['errors'] = [];
  for (const { stream, bytes } of parts) {
    const from = data.length;
    data += host.decodeText(bytes);
    if (stream === 'stderr') errors.push([from, data.length]);
  }
  return { data, errors };
}

function asBase64(parts: readonly Part[], host: Pick<ApiHost, 'encodeBase64'>): Encoded {
  const data = new Uint8Array(parts.reduce((sum, { bytes }) => sum + bytes.length, 0));
  const errors: Encoded['errors'] = [];
  let at = 0;
  for (const { stream, bytes } of parts) {
    data.set(bytes, at);
    if (stream === 'stderr') errors.push([at, at + bytes.length]);
    at += bytes.length;
  }
  return { data: host.encodeBase64(data), errors };
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
