/** Frames: whatever the cuts of the stream, the same messages come out; whatever comes in, memory is bounded. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import { frameAt, FrameReader, frameWhole, type Lane } from '../../../core/protocol/frames.ts';
import { WIRE } from '../../../core/protocol/limits.ts';

const filled = (length: number, byte: number) => new Uint8Array(length).fill(byte);
const lane = fc.constantFrom<Lane>('urgent', 'bulk');

describe('frames', () => {
  it('come out whole however the stream is cut', () => {
    const message = fc.record({ lane, bytes: fc.uint8Array({ minLength: 1, maxLength: 40_000, size: 'max' }) });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 4 }), fc.integer({ min: 1, max: 70_000 }), (messages, cut) => {
        const wire = Buffer.concat(messages.map((each) => frameWhole(each.bytes, each.lane)));
        const reader = new FrameReader();
        const read: unknown[] = [];
        for (let position = 0; position < wire.length; position += cut) {
          const result = reader.read(new Uint8Array(wire.subarray(position, position + cut)));
          if (result.ok) read.push(...result.value);
        }
        expect(read).toEqual(messages);
      }),
      { numRuns: 40 },
    );
  });

  it('let an urgent message pass between the parts of a bulk one', () => {
    const reader = new FrameReader();
    const bulk = filled(WIRE.framePayloadBytes + 1, 1);
    const first = frameAt(bulk, 0, 'bulk');
    const last = frameAt(bulk, first.nextOffset, 'bulk');
    const wire = Buffer.concat([first.frame, frameWhole(filled(3, 2), 'urgent'), last.frame]);
    const result = reader.read(new Uint8Array(wire));
    expect(result.ok && result.value.map((message) => message.lane)).toEqual(['urgent', 'bulk']);
  });

  it('are refused when empty, oversized, of unknown kind, or cut into tiny parts', () => {
    for (const head of [
      [0, 0, 0, 0],
      [0, 1, 0, 0],
      [4, 0, 0, 1],
      [1, 0, 0, 1],
    ]) {
      expect(new FrameReader().read(Uint8Array.from([...head, 9])).ok).toBe(false);
    }
  });

  it('are refused when a message outgrows its limit', () => {
    const wire = frameWhole(filled(LIMITS.controlMessageBytes + 1, 1), 'bulk');
    expect(new FrameReader().read(wire)).toEqual({
      ok: false,
      error: `a message is larger than ${LIMITS.controlMessageBytes} bytes`,
    });
    expect(new FrameReader().read(frameWhole(filled(LIMITS.controlMessageBytes, 1), 'bulk')).ok).toBe(true);
  });
});
