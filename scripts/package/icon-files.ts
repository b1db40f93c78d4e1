/**
 * The icon files of Windows (ICO) and macOS (ICNS), made of PNG pictures: both formats take them as they are, from Windows
 * Vista and Mac OS X 10.7 on. ICO: a directory of entries (size, place), then the pictures. ICNS: chunks of a type of four
 * letters, which says the size, and a length that counts its own eight bytes.
 */

export interface Picture {
  /** Width and height in pixels. */
  readonly size: number;
  readonly png: Uint8Array;
}

export const ICO_SIZES = [16, 24, 32, 48, 64, 128, 256] as const;
/** Each picture is there once for plain and once for sharp screens, where its size is one of those. */
const ICNS_TYPES: Readonly<Record<number, readonly string[]>> = {
  16: ['icp4'],
  32: ['icp5', 'ic11'],
  64: ['ic12'],
  128: ['ic07'],
  256: ['ic08', 'ic13'],
  512: ['ic09', 'ic14'],
};
export const ICNS_SIZES: readonly number[] = Object.keys(ICNS_TYPES).map(Number);

const ICO_HEADER_BYTES = 6;
const ICO_ENTRY_BYTES = 16;
const CHUNK_HEADER_BYTES = 8;

/** @param pictures of at most 256 pixels. */
export function icoOf(pictures: readonly Picture[]): Buffer {
  const header = Buffer.alloc(ICO_HEADER_BYTES + pictures.length * ICO_ENTRY_BYTES);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(pictures.length, 4);
  let offset = header.length;
  pictures.forEach(({ size, png }, index) => {
    const at = ICO_HEADER_BYTES + index * ICO_ENTRY_BYTES;
    // 256 does not fit into a byte, and is written as 0.
    header.writeUInt8(size % 256, at);
    header.writeUInt8(size % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(png.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += png.length;
  });
  return Buffer.concat([header, ...pictures.map(({ png }) => png)]);
}

/** Pictures of sizes that the format does not know are left out. */
export function icnsOf(pictures: readonly Picture[]): Buffer {
  const chunks = pictures.flatMap(({ size, png }) => (ICNS_TYPES[size] ?? []).map((type) => chunkOf(type, png)));
  return chunkOf('icns', Buffer.concat(chunks));
}

function chunkOf(type: string, content: Uint8Array): Buffer {
  const header = Buffer.alloc(CHUNK_HEADER_BYTES);
  header.write(type, 'latin1');
  header.writeUInt32BE(CHUNK_HEADER_BYTES + content.length, 4);
  return Buffer.concat([header, content]);
}
