/** Base64 with the URL alphabet: what Node writes and reads, of any length, and nothing else is read. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromBase64Url, toBase64Url } from '../../../core/security/base64url.ts';

test('bytes become the text that Node makes of them, and come back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(0, 3000, 3072, 6144, 7000), (bytes, more) => {
      const all = new Uint8Array([...bytes, ...new Uint8Array(more).fill(0xa7)]);
      const text = toBase64Url(all);
      expect(text).toBe(Buffer.from(all).toString('base64url'));
      expect(fromBase64Url(text)).toEqual(all);
    }),
  );
});

test('other letters, impossible lengths and stray bits are refused', () => {
  for (const text of ['A', 'AA=', 'AA==', 'A+', 'A/', 'ÄA', 'AB', 'AAB']) expect(fromBase64Url(text)).toBeUndefined();
});
