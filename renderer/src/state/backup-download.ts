/**
 * The file of a backup, byte for byte, asked for piece by piece over the connection that the page has anyway. What has
 * come is handed to the browser every few megabytes, which may keep it on the disk: a large history fits into no heap.
 */
import type { Outcome } from '../client/refusal.ts';
import type { ApiAccess } from './api-access.svelte.ts';

const HANDED_OVER_BYTES = 8 * 2 ** 20;

/**
 * @param progressed is told how many bytes are there, and answers whether more are wanted.
 * @returns undefined when they are not.
 */
export async function backupFile(
  access: ApiAccess,
  name: string,
  progressed: (bytes: number) => boolean,
): Promise<Outcome<Blob | undefined>> {
  const handedOver: Blob[] = [];
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let heldBytes = 0;
  let offset = 0;
  for (;;) {
    if (!progressed(offset)) return { ok: true, value: undefined };
    const from = offset;
    const piece = await access.call((api, signal) => api.backups.download({ name, offset: from }, { signal }));
    if (!piece.ok) return piece;
    const bytes = Uint8Array.from(atob(piece.value.data), (character) => character.charCodeAt(0));
    parts.push(bytes);
    heldBytes += bytes.length;
    offset = piece.value.nextOffset;
    const atEnd = offset >= piece.value.sizeBytes || offset === from;
    if (heldBytes >= HANDED_OVER_BYTES || atEnd) {
      handedOver.push(new Blob(parts));
      parts = [];
      heldBytes = 0;
    }
    if (atEnd) return { ok: true, value: new Blob(handedOver) };
  }
}
