/** Signatures in the database: 64 bytes instead of their 86 characters. */
import type { SQLOutputValue } from 'node:sqlite';

/** What is stored for a signature in base64url; nothing when there is none. */
export function signatureBytes(signature: string | undefined): Uint8Array | null {
  return signature === undefined ? null : Buffer.from(signature, 'base64url');
}

/** The signature of a stored value, base64url; undefined when none was stored. */
export function signatureText(stored: SQLOutputValue | undefined): string | undefined {
  return stored instanceof Uint8Array ? Buffer.from(stored).toString('base64url') : undefined;
}
