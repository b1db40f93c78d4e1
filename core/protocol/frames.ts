/**
 * Frames of the control stream. A message is cut into parts of at most `WIRE.framePayloadBytes`; each frame is a head of
 * four bytes (lane and "more follows" in the first, payload length in the other three, big-endian) and a part. Parts of the
 * two lanes may alternate, so an urgent message passes a bulk one that is under way. Within a lane the order is kept.
 * Every part but the last is full, so that nobody can make a reader keep a million tiny ones.
 *
 *   byte 0: bit 0 = more parts follow, bit 1 = bulk lane, all other bits 0     bytes 1-3: length     then: payload
 */
import { LIMITS } from '../config/constants.ts';
import { err, ok, type Result } from '../std/result.ts';
import { WIRE } from './limits.ts';

export type Lane = 'urgent' | 'bulk';

export const FRAME_HEAD_BYTES = 4;
const MORE = 1;
const BULK = 2;

/** One whole message and the lane in which it came. */
export interface FramedMessage {
  readonly lane: Lane;
  readonly bytes: Uint8Array;
}

/** Builds the frame for the part of `message` that begins at `offset`. */
export function frameAt(message: Uint8Array, offset: number, lane: Lane): { frame: Uint8Array; nextOffset: number } {
  const end = Math.min(message.length, offset + WIRE.framePayloadBytes);
  const length = end - offset;
  const frame = new Uint8Array(FRAME_HEAD_BYTES + length);
  frame[0] = (lane === 'bulk' ? BULK : 0) | (end < message.length ? MORE : 0);
  frame[1] = length >>> 16;
  frame[2] = (length >>> 8) & 0xff;
  frame[3] = length & 0xff;
  frame.set(message.subarray(offset, end), FRAME_HEAD_BYTES);
  return { frame, nextOffset: end };
}

/** All frames of one message, joined. */
export function frameWhole(message: Uint8Array, lane: Lane): Uint8Array {
  const frames: Uint8Array[] = [];
  let offset = 0;
  do {
    const { frame, nextOffset } = frameAt(message, offset, lane);
    frames.push(frame);
    offset = nextOffset;
  } while (offset < message.length);
  return joined(frames);
}

/**
 * Puts frames together again. Holds at most one frame and, for each lane, one message of `LIMITS.controlMessageBytes`.
 * After a fault the stream cannot be understood any more.
 */
export class FrameReader {
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  readonly #parts: Record<Lane, { chunks: Uint8Array[]; bytes: number }> = {
    urgent: { chunks: [], bytes: 0 },
    bulk: { chunks: [], bytes: 0 },
  };

  /** Takes what arrived; the messages that it completed, in order, or the reason why it is no sequence of frames. */
  read(chunk: Uint8Array): Result<FramedMessage[], string> {
    const input = this.#pendingBytes === 0 ? chunk : joined([...this.#pending, chunk]);
    const messages: FramedMessage[] = [];
    let position = 0;
    while (input.length - position >= FRAME_HEAD_BYTES) {
      const head = input[position] as number;
      const length = readLength(input, position + 1);
      if ((head & ~(MORE | BULK)) !== 0) return err('a frame has an unknown kind');
      if (length > WIRE.framePayloadBytes) return err(`a frame is larger than ${WIRE.framePayloadBytes} bytes`);
      if (length === 0) return err('a frame is empty');
      if ((head & MORE) !== 0 && length !== WIRE.framePayloadBytes) return err('a part is cut too short');
      if (input.length - position - FRAME_HEAD_BYTES < length) break;
      const start = position + FRAME_HEAD_BYTES;
      position = start + length;
      const lane: Lane = (head & BULK) === 0 ? 'urgent' : 'bulk';
      const parts = this.#parts[lane];
      parts.chunks.push(input.slice(start, position));
      parts.bytes += length;
      if (parts.bytes > LIMITS.controlMessageBytes) {
        return err(`a message is larger than ${LIMITS.controlMessageBytes} bytes`);
      }
      if ((head & MORE) === 0) {
        messages.push({ lane, bytes: joined(parts.chunks) });
        this.#parts[lane] = { chunks: [], bytes: 0 };
      }
    }
    const rest = input.subarray(position);
    this.#pending = rest.length === 0 ? [] : [rest.slice()];
    this.#pendingBytes = rest.length;
    return ok(messages);
  }
}

function readLength(bytes: Uint8Array, position: number): number {
  const [high, middle, low] = [bytes[position], bytes[position + 1], bytes[position + 2]] as [number, number, number];
  return high * 65_536 + middle * 256 + low;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array;
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let position = 0;
  for (const chunk of chunks) {
    whole.set(chunk, position);
    position += chunk.length;
  }
  return whole;
}
