/** The quick encoding of plain values is that of the dag-cbor library, byte for byte; what is not plain is left to it. */
import { encode } from '@ipld/dag-cbor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodePlain, lendPlain } from '../../../core/protocol/plain-encoding.ts';

/** Its bytes as such: the library may return a buffer of Node. */
function byLibrary(value: unknown): Uint8Array {
  return Uint8Array.from(encode(value));
}

const plainKey = fc.string({ unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)) });
const key = plainKey.filter((name) => name !== '__proto__' && name !== '/');
const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
  fc.constantFrom(
    0,
    -0,
    23,
    24,
    255,
    256,
    65_535,
    65_536,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53 - 1,
    -1,
    -24,
    -25,
    -(2 ** 53) + 1,
  ),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme-ascii', minLength: 200, maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }),
);
const { plain } = fc.letrec<{ plain: unknown }>((tie) => ({
  plain: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('plain'), { maxLength: 30 }),
    fc.dictionary(key, tie('plain'), { maxKeys: 30 }),
  ),
}));

describe('the encoding of plain values', () => {
  test('is the one that the library makes', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(encodePlain(value)).toEqual(byLibrary(value));
      }),
      { numRuns: 500 },
    );
  });

  test('leaves out fields that are undefined', () => {
    expect(encodePlain({ b: undefined, a: { c: undefined, d: 1 } })).toEqual(byLibrary({ a: { d: 1 } }));
  });

  test('belongs to the caller, unless it was lent', () => {
    const own = encodePlain({ a: 'first' });
    const lent = lendPlain({ a: 'other' }, new Uint8Array(0));
    expect(lent).toEqual(byLibrary({ a: 'other' }));
    encodePlain({ b: 'third' });
    expect(own).toEqual(byLibrary({ a: 'first' }));
    expect(lent).not.toEqual(byLibrary({ a: 'other' }));
  });

  test('stands after a prefix and goes without a field of the value itself, whatever the order of its fields', () => {
    const prefix = new Uint8Array([9, 8, 7]);
    const letters = [...'abcdefghijklmnopqrstuvwxyzABCD'];
    fc.assert(
      fc.property(fc.shuffledSubarray(letters), fc.constantFrom(...letters), (keys, without) => {
        const value = Object.fromEntries(keys.map((name) => [name, { [without]: name }]));
        const { [without]: _left, ...rest } = value;
        expect(encodePlain(value, prefix, without)).toEqual(new Uint8Array([...prefix, ...byLibrary(rest)]));
      }),
      { numRuns: 500 },
    );
  });

  test('is right for values larger than the buffer, and for those after them', () => {
    const large = {
      texts: Array.from({ length: 300 }, () => 'x'.repeat(1000)),
      bytes: new Uint8Array(100_000).fill(7),
    };
    expect(encodePlain(large)).toEqual(byLibrary(large));
    expect(encodePlain(['ä'.repeat(5000), 1])).toEqual(byLibrary(['ä'.repeat(5000), 1]));
  });

  test.each([
    ['a number that is none', NaN],
    ['a number without end', [Infinity]],
    ['a whole number that cannot be counted to', 2 ** 53],
    ['nothing in a list', [undefined]],
    ['a large integer', { n: 1n }],
    ['a key of more than plain characters', { größe: 1 }],
    ['what is nested too deeply', Array.from({ length: 20 }).reduce<unknown>((inner) => [inner], 1)],
  ])('is not for %s', (_name, value) => {
    expect(encodePlain(value)).toBeUndefined();
    expect(encodePlain('and the next value is as ever')).toEqual(byLibrary('and the next value is as ever'));
  });
});
