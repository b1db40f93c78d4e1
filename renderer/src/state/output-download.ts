/** The whole output of a run, or of one of its streams, byte for byte, as it is held now. */
import type { Outcome } from '../client/refusal.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import type { ShownStream } from './run-output.svelte.ts';

/** @param progressed is told how many bytes of both streams have been gone through */
export async function outputParts(
  access: ApiAccess,
  run: string,
  stream: ShownStream,
  progressed: (bytes: number) => void,
): Promise<Outcome<Uint8Array<ArrayBuffer>[]>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (;;) {
    const from = offset;
    const wanted = { run, offset: from, encoding: 'base64' as const, ...(stream === 'all' ? {} : { stream }) };
    const chunk = await access.call((api, signal) => api.runs.output(wanted, { signal }));
    if (!chunk.ok) return chunk;
    parts.push(Uint8Array.from(atob(chunk.value.data), (character) => character.charCodeAt(0)));
    offset = chunk.value.nextOffset;
    progressed(offset);
    if (offset === from || offset >= chunk.value.size) return { ok: true, value: parts };
  }
}
