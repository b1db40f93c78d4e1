/** Pictures made small: what has few colours comes back as it was, and what has many comes back nearly so. */
import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodePng, withPalette } from '../../scripts/screens/palette-png.ts';

const HEADER = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** With alpha, each row told by the filter that is asked for; the sums are not looked at. */
function pngOf(width: number, height: number, filter: (row: number) => number, colorOf: (pixel: number) => number) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const pixels = Buffer.alloc(width * height * 4, 0xff);
  for (let pixel = 0; pixel < width * height; pixel += 1) pixels.writeUIntBE(colorOf(pixel), pixel * 4, 3);
  const at = (row: number, byte: number): number => (row < 0 || byte < 0 ? 0 : (pixels[row * width * 4 + byte] ?? 0));
  const rows: number[] = [];
  for (let row = 0; row < height; row += 1) {
    const kind = filter(row);
    rows.push(kind);
    for (let byte = 0; byte < width * 4; byte += 1) {
      const [left, above] = [at(row, byte - 4), at(row - 1, byte)];
      const expected = [0, left, above, Math.floor((left + above) / 2)][kind] ?? 0;
      rows.push((at(row, byte) - expected) & 0xff);
    }
  }
  const chunk = (type: string, data: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)]);
  };
  return Buffer.concat([HEADER, chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.from(rows)))]);
}

test('a picture of few colours is the same picture, whichever way its rows were told', () => {
  const colors = [0x0e1013, 0xe6e8eb, 0x8db2ff, 0xff8f87];
  const colorOf = (pixel: number): number => colors[(pixel * 7) % colors.length] ?? 0;
  const small = decodePng(withPalette(pngOf(9, 8, (row) => row % 4, colorOf)));
  expect(small).toMatchObject({ width: 9, height: 8 });
  expect([...small.colors]).toEqual(Array.from({ length: 72 }, (_, pixel) => colorOf(pixel)));
});

test('a picture of many colours keeps the frequent ones, and the others come near', () => {
  const rare = (pixel: number): number => ((pixel * 5) % 256) * 0x10000 + ((pixel * 3) % 256) * 0x100 + (pixel % 256);
  const colorOf = (pixel: number): number => (pixel % 2 === 0 ? 0x16191d : rare(pixel));
  const { colors } = decodePng(withPalette(pngOf(64, 64, () => 2, colorOf)));
  expect(new Set(colors).size).toBeLessThanOrEqual(256);
  for (const [pixel, color] of colors.entries()) {
    const wanted = colorOf(pixel);
    if (pixel % 2 === 0) expect(color).toBe(wanted);
    for (const shift of [16, 8, 0]) {
      expect(Math.abs(((color >> shift) & 0xff) - ((wanted >> shift) & 0xff))).toBeLessThan(48);
    }
  }
});

test('a picture of another kind is refused', () => {
  const png = pngOf(
    2,
    2,
    () => 0,
    () => 0,
  );
  png[HEADER.length + 8 + 8] = 16;
  expect(() => withPalette(png)).toThrow('cannot be read');
});
