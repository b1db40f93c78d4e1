/**
 * Frames of the control stream: cut anywhere, in any chunks, they give back the messages that were sent; damaged, they
 * give messages within the limits or a reason, and what a reader keeps meanwhile is bounded.
 */
import { expect, test } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import { FrameReader, type FramedMessage, frameWhole } from '../../../core/protocol/frames.ts';
import { WIRE } from '../../../core/protocol/limits.ts';
import type { SeededRandom } from '../../simulator/seeded-random.ts';
import { mutateBytes } from '../mutation.ts';
import { inputRandom, storm } from '../storm.ts';

const payloads = [1, 5, 300, WIRE.framePayloadBytes, WIRE.framePayloadBytes + 1, 40_000].map((size) =>
  new Uint8Array(size).fill(size),
);
const streams = payloads.map((payload, index) => frameWhole(payload, index % 2 === 0 ? 'urgent' : 'bulk'));

/** Reads a stream in chunks whose sizes follow from its length. */
function read(bytes: Uint8Array, random: SeededRandom): { messages: FramedMessage[]; fault: string | undefined } {
  const reader = new FrameReader();
  const messages: FramedMessage[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = 1 + random.below(random.below(4) === 0 ? 40_000 : 700);
    const taken = reader.read(bytes.subarray(at, at + size));
    if (!taken.ok) return { messages, fault: taken.error };
    messages.push(...taken.value);
    at += size;
  }
  return { messages, fault: undefined };
}

test('damaged streams give messages within the limits, or a reason', async () => {
  await storm({
    door: 'frames',
    title: 'streams',
    part: 0.7,
    make: (random) => mutateBytes(random, streams),
    feed: (bytes) => {
      const { messages, fault } = read(bytes, inputRandom(1, 'chunks', bytes.length));
      for (const message of messages) {
        expect(message.bytes.length).toBeGreaterThan(0);
        expect(message.bytes.length).toBeLessThanOrEqual(LIMITS.controlMessageBytes);
      }
      if (fault !== undefined) expect(fault).toMatch(/^[a-z0-9 ]{5,80}$/);
    },
  });
});

test('whole messages come back in order, however the stream is cut', async () => {
  await storm({
    door: 'frames',
    title: 'cuts',
    part: 0.3,
    make: (random) => random.bytes(8),
    feed: (bytes) => {
      const random = inputRandom(bytes[0] ?? 0, 'cuts', Buffer.from(bytes).readUInt32BE(1));
      const sent = Array.from({ length: 1 + random.below(6) }, () => random.pick(payloads));
      const whole = Uint8Array.from(Buffer.concat(sent.map((payload) => frameWhole(payload, 'urgent'))));
      const { messages, fault } = read(whole, random);
      expect(fault).toBeUndefined();
      expect(messages.map((message) => message.bytes.length)).toEqual(sent.map((payload) => payload.length));
    },
  });
});
