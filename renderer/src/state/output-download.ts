/** The whole output of a run, byte for byte, as it is held now. */
import type { Outcome } from '../client/refusal.ts';
import type { ApiAccess } from './api-access.svelte.ts';

/** @param progressed is told how many bytes have come */
export async function outputParts(
  access: ApiAccess,
  run: string,
  progressed: (bytes: number) => void,
): Promise<Outcome<Uint8Array<ArrayBuffer>[]>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (;;) {
    const from = offset;
    const chunk = await access.call((api, signal) =>
      api.runs.output({ run, offset: from, encoding: 'base64' }, { signal }),
    );
    if (!chunk.ok) return chunk;
    parts.push(Uint8Array.from(atob(chunk.value.data), (character) => character.charCodeAt(0)));
    offset = chunk.value.nextOffset;
    progressed(offset);
    if (offset === from || offset >= chunk.value.size) return { ok: true, value: parts };
  }
}
