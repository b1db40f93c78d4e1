/** What the host and its worker say to each other, and which memory moves instead of being copied. */
import type { DocumentCommand, DocumentEvent } from '../../document/document-protocol.ts';

/** What the worker is started with. */
export interface WorkerStart {
  /** The 32 bytes of this machine's private key. */
  readonly seed: Uint8Array;
}

export type HostMessage =
  | { readonly kind: 'command'; readonly command: DocumentCommand }
  /** An event was handled: another may be sent. */
  | { readonly kind: 'taken' };

export type WorkerMessage =
  | { readonly kind: 'event'; readonly event: DocumentEvent }
  /** The oldest command is carried out. */
  | { readonly kind: 'done' };

/** Below this, copying is cheaper than handing memory over. */
const MIN_TRANSFER_BYTES = 4096;

/** The buffers of an event that the worker does not need any more once it is sent. */
export function transferOf(event: DocumentEvent): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const add = (bytes: Uint8Array): void => {
    const { buffer } = bytes;
    const whole = bytes.byteLength === buffer.byteLength && bytes.byteLength >= MIN_TRANSFER_BYTES;
    if (whole && buffer instanceof ArrayBuffer) buffers.add(buffer);
  };
  if (event.type === 'snapshot') add(event.bytes);
  if (event.type === 'changed') for (const change of event.changes) add(change.bytes);
  return [...buffers];
}
