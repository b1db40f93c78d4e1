/**
 * A look over encoded CBOR (RFC 8949) before it is decoded: how deep it nests and how many values it holds. It allocates
 * nothing but a small stack, so that hostile bytes cannot make the decoder build more than `WIRE` allows.
 */
import { WIRE } from './limits.ts';

/** Undefined when `bytes` is one well-formed value within the limits; otherwise the reason, in words. */
export function shapeFault(bytes: Uint8Array): string | undefined {
  /** For each open container the values that it still lacks. */
  const open: number[] = [];
  let position = 0;
  let items = 0;
  do {
    if (position >= bytes.length) return 'ends too early';
    items += 1;
    if (items > WIRE.items) return `holds more than ${WIRE.items} values`;
    const first = bytes[position] as number;
    const major = first >> 5;
    const argument = readArgument(bytes, position);
    if (argument === undefined) return 'has a malformed length';
    position = argument.next;
    closeCompleted(open);
    if (major === 2 || major === 3) {
      position += argument.value;
      if (position > bytes.length) return 'ends too early';
    } else if (major === 4 || major === 5) {
      const children = argument.value * (major === 5 ? 2 : 1);
      if (children > bytes.length - position) return 'ends too early';
      if (children > 0) open.push(children);
      if (open.length > WIRE.depth) return `nests deeper than ${WIRE.depth}`;
    } else if (major === 6) {
      return 'holds a tag';
    }
    while (open.length > 0 && open.at(-1) === 0) open.pop();
  } while (open.length > 0);
  return position === bytes.length ? undefined : 'is followed by more bytes';
}

/** Counts one value off the innermost open container. */
function closeCompleted(open: number[]): void {
  const last = open.length - 1;
  if (last >= 0) open[last] = (open[last] as number) - 1;
}

/** The argument of the head at `position`; undefined for indefinite lengths, reserved codes and numbers beyond 2^53. */
function readArgument(bytes: Uint8Array, position: number): { value: number; next: number } | undefined {
  const code = (bytes[position] as number) & 31;
  if (code < 24) return { value: code, next: position + 1 };
  if (code > 27) return undefined;
  const size = 1 << (code - 24);
  if (position + 1 + size > bytes.length) return undefined;
  const major = (bytes[position] as number) >> 5;
  let value = 0;
  for (let index = 0; index < size; index += 1) value = value * 256 + (bytes[position + 1 + index] as number);
  // Floating-point numbers (major 7) and integers carry any value; lengths must be countable.
  if (major >= 2 && major <= 5 && !Number.isSafeInteger(value)) return undefined;
  return { value, next: position + 1 + size };
}
