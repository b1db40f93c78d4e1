/** Ids that are hashes: the same on every machine and in every version, whatever they are made of. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashId } from '../../../core/domain/ids.ts';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** The first 100 bits of the SHA-256 of the parts with NUL between them, five at a time. */
function documented(parts: readonly string[]): string {
  const digest = createHash('sha256').update(parts.join('\0')).digest();
  const bits = [...digest].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return Array.from({ length: 20 }, (_, index) => BASE32[parseInt(bits.slice(5 * index, 5 * index + 5), 2)]).join('');
}

test('an id is the documented hash of its parts, long, empty or of other letters', () => {
  const part = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ minLength: 60, maxLength: 300 }));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      expect(hashId(...parts)).toBe(documented(parts));
    }),
    { numRuns: 500 },
  );
});
