/** The icons of Windows and macOS are those of the project, in all sizes, and made of the pictures as they are now. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ICNS_SIZES, ICO_SIZES, type Picture, icnsOf, icoOf } from '../../scripts/package/icon-files.ts';

const RESOURCES = fileURLToPath(new URL('../../resources', import.meta.url));
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

function pictures(sizes: readonly number[]): Picture[] {
  return sizes.map((size) => ({ size, png: readFileSync(join(RESOURCES, 'icons', `${size}x${size}.png`)) }));
}

/** The width that a PNG says of itself, at its fixed place in the first chunk. */
function widthOf(png: Buffer): number {
  expect(png.subarray(0, 4)).toEqual(PNG);
  return png.readUInt32BE(16);
}

describe('the icon of Windows', () => {
  const icon = readFileSync(join(RESOURCES, 'package', 'icon.ico'));

  test('holds a picture of each size, where its directory says', () => {
    expect([icon.readUInt16LE(0), icon.readUInt16LE(2), icon.readUInt16LE(4)]).toEqual([0, 1, ICO_SIZES.length]);
    const found = ICO_SIZES.map((_, index) => {
      const at = 6 + index * 16;
      const start = icon.readUInt32LE(at + 12);
      return { said: icon.readUInt8(at), width: widthOf(icon.subarray(start, start + icon.readUInt32LE(at + 8))) };
    });
    expect(found).toEqual(ICO_SIZES.map((size) => ({ said: size % 256, width: size })));
  });

  test('is made of the pictures as they are', () => {
    expect(icon.equals(icoOf(pictures(ICO_SIZES)))).toBe(true);
  });
});

describe('the icon of macOS', () => {
  const icon = readFileSync(join(RESOURCES, 'package', 'icon.icns'));

  test('holds chunks of known types to its very end, each with a picture of its size', () => {
    expect([icon.toString('latin1', 0, 4), icon.readUInt32BE(4)]).toEqual(['icns', icon.length]);
    const found: Record<string, number> = {};
    let at = 8;
    while (at < icon.length) {
      const length = icon.readUInt32BE(at + 4);
      found[icon.toString('latin1', at, at + 4)] = widthOf(icon.subarray(at + 8, at + length));
      at += length;
    }
    expect(at).toBe(icon.length);
    // Types of Apple's: the plain ones, and those for sharp screens, which hold twice their size.
    const plain = { icp4: 16, icp5: 32, ic07: 128, ic08: 256, ic09: 512 };
    const sharp = { ic11: 2 * 16, ic12: 2 * 32, ic13: 2 * 128, ic14: 2 * 256 };
    expect(found).toEqual({ ...plain, ...sharp });
  });

  test('is made of the pictures as they are', () => {
    expect(icon.equals(icnsOf(pictures(ICNS_SIZES)))).toBe(true);
  });
});
