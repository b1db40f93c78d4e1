/** Base64 with the URL alphabet and without padding (RFC 4648 §5), for platforms without Buffer. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** By character; 255 for those that are no letters. */
const DIGITS = new Uint8Array(128).fill(255);
for (let digit = 0; digit < ALPHABET.length; digit += 1) DIGITS[ALPHABET.charCodeAt(digit)] = digit;

/** Bytes that become text in one piece: a multiple of three, and fewer letters than a call may have arguments. */
const PIECE_BYTES = 3072;

export function toBase64Url(bytes: Uint8Array): string {
  if (bytes.length <= PIECE_BYTES) return pieceOf(bytes);
  const pieces: string[] = [];
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    pieces.push(pieceOf(bytes.subarray(start, start + PIECE_BYTES)));
  }
  return pieces.join('');
}

function pieceOf(bytes: Uint8Array): string {
  const codes = new Array<number>(Math.ceil((bytes.length * 8) / 6));
  let buffer = 0;
  let bits = 0;
  let position = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    buffer = ((buffer << 8) | (bytes[index] as number)) & 0xffff;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      codes[position] = ALPHABET.charCodeAt((buffer >> bits) & 63);
      position += 1;
    }
  }
  if (bits > 0) codes[position] = ALPHABET.charCodeAt((buffer << (6 - bits)) & 63);
  return String.fromCharCode(...codes);
}

/** Undefined when the text has other letters, an impossible length, or stray bits at its end. */
export function fromBase64Url(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
  let buffer = 0;
  let bits = 0;
  let position = 0;
  for (let index = 0; index < text.length; index += 1) {
    const digit = DIGITS[text.charCodeAt(index)] ?? 255;
    if (digit === 255) return undefined;
    buffer = ((buffer << 6) | digit) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[position] = (buffer >> bits) & 0xff;
      position += 1;
    }
  }
  return bits < 6 && (buffer & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}
