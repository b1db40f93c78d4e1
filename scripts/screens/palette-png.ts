/**
 * Makes a picture of a screen small: a PNG of at most 256 colours from one of millions. A console has few colours, and the
 * shades between them along the edges of letters are many but alike, so that nobody sees the difference at half the size.
 * Chunks, filters and CRC as in the PNG specification (W3C, third edition, 5 and 9).
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

interface Picture {
  readonly width: number;
  readonly height: number;
  /** One a pixel, as `0xRRGGBB`. */
  readonly colors: Uint32Array;
}

const MOST_COLORS = 256;
/** So many of the most frequent stay as they are: grounds, lines and text. */
const KEPT_COLORS = 64;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** How unlike a colour must be those of the palette to get a place in it; less and less, until the palette is full. */
const DISTANCES = [48, 32, 24, 16, 12, 8, 6, 4, 2, 0];

/** @param png 8 bits a channel, with or without alpha, not interlaced: as browsers take pictures. Throws on another kind. */
export function withPalette(png: Uint8Array): Buffer {
  const { width, height, colors } = decodePng(png);
  const palette = paletteOf(colors);
  const nearest = new Map<number, number>();
  const rows = Buffer.alloc(height * (width + 1));
  colors.forEach((color, at) => {
    let index = nearest.get(color);
    if (index === undefined) nearest.set(color, (index = nearestOf(palette, color)));
    const row = Math.floor(at / width);
    rows[row * (width + 1) + 1 + (at % width)] = index;
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunkOf('IHDR', header),
    chunkOf('PLTE', Buffer.from(palette.flatMap((color) => partsOf(color)))),
    chunkOf('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunkOf('IEND', Buffer.alloc(0)),
  ]);
}

/** The colours of a picture, pixel by pixel. */
export function decodePng(png: Uint8Array): Picture {
  const file = Buffer.from(png);
  const parts: Buffer[] = [];
  let header = Buffer.alloc(0);
  let palette = Buffer.alloc(0);
  for (let at = SIGNATURE.length; at < file.length;) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    const data = file.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') header = Buffer.from(data);
    if (type === 'PLTE') palette = Buffer.from(data);
    if (type === 'IDAT') parts.push(data);
    at += length + 12;
  }
  const [depth, kind, , , interlaced] = header.subarray(8);
  const size = kind === 2 ? 3 : kind === 6 ? 4 : kind === 3 ? 1 : 0;
  if (depth !== 8 || size === 0 || interlaced !== 0) throw new Error('this kind of PNG cannot be read');
  const width = header.readUInt32BE(0);
  const height = header.readUInt32BE(4);
  const bytes = unfiltered(inflateSync(Buffer.concat(parts)), width * size, height, size);
  const colorAt = (from: Buffer, at: number): number => from.readUIntBE(at, 3);
  const colors = Uint32Array.from({ length: width * height }, (_, pixel) =>
    size === 1 ? colorAt(palette, 3 * (bytes[pixel] ?? 0)) : colorAt(bytes, pixel * size),
  );
  return { width, height, colors };
}

/** Each row begins with how it was told from the bytes to the left and above. */
function unfiltered(data: Buffer, rowBytes: number, height: number, size: number): Buffer {
  const found = Buffer.alloc(rowBytes * height);
  const at = (row: number, column: number): number =>
    row < 0 || column < 0 ? 0 : (found[row * rowBytes + column] ?? 0);
  for (let row = 0; row < height; row += 1) {
    const filter = data[row * (rowBytes + 1)] ?? 0;
    for (let column = 0; column < rowBytes; column += 1) {
      const [left, above] = [at(row, column - size), at(row - 1, column)];
      const expected = [0, left, above, (left + above) >> 1, paeth(left, above, at(row - 1, column - size))][filter];
      found[row * rowBytes + column] = ((data[row * (rowBytes + 1) + 1 + column] ?? 0) + (expected ?? 0)) & 0xff;
    }
  }
  return found;
}

/** Whichever of the three is nearest to where they lead together (PNG specification, 9.4). */
function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

/** The colours that are seen most, and of the rest those that are least like them. */
function paletteOf(colors: Uint32Array): readonly number[] {
  const counts = new Map<number, number>();
  for (const color of colors) counts.set(color, (counts.get(color) ?? 0) + 1);
  const byCount = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([color]) => color);
  const palette = byCount.slice(0, KEPT_COLORS);
  for (const distance of DISTANCES) {
    for (const color of byCount) {
      if (palette.length === MOST_COLORS) return palette;
      if (palette.every((known) => distanceOf(known, color) > distance)) palette.push(color);
    }
  }
  return palette;
}

function nearestOf(palette: readonly number[], color: number): number {
  let best = 0;
  palette.forEach((known, index) => {
    if (distanceOf(known, color) < distanceOf(palette[best] ?? 0, color)) best = index;
  });
  return best;
}

function partsOf(color: number): [red: number, green: number, blue: number] {
  return [color >> 16, (color >> 8) & 0xff, color & 0xff];
}

function distanceOf(left: number, right: number): number {
  return (
    Math.abs((left >> 16) - (right >> 16)) +
    Math.abs(((left >> 8) & 0xff) - ((right >> 8) & 0xff)) +
    Math.abs((left & 0xff) - (right & 0xff))
  );
}

function chunkOf(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(4);
  frame.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([frame, body, sum]);
}
