/** The codec refuses whatever does not fit, and never throws. */
import fc from 'fast-check';
import { encode } from '@ipld/dag-cbor';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import type { OccurrenceId, TaskId } from '../../../core/domain/ids.ts';
import { decodeHello, decodeJoinRequest, decodePeerMessage, encodePeerMessage } from '../../../core/protocol/codec.ts';
import { WIRE } from '../../../core/protocol/limits.ts';
import { shapeFault } from '../../../core/protocol/message-shape.ts';
import type { PeerMessage } from '../../../core/protocol/messages.ts';
import { agreeOnVersion, ownHello } from '../../../core/protocol/versions.ts';

const beat: PeerMessage = { type: 'beat', sentAt: 1_700_000_000_000, incarnation: 3 };
const hash = 'abcdefghijklmnopqrst';

describe('the codec', () => {
  it('gives back what was encoded', () => {
    expect(decodePeerMessage(encodePeerMessage(beat))).toEqual({ ok: true, value: beat });
  });

  it('leaves out fields that are undefined', () => {
    const answer = {
      type: 'claim-answer',
      taskId: 'nightly' as TaskId,
      occurrenceId: hash as OccurrenceId,
      attempt: 1,
      fencingToken: 0,
      refusal: undefined,
    } satisfies PeerMessage;
    const decoded = decodePeerMessage(encodePeerMessage(answer));
    expect(decoded.ok && 'refusal' in decoded.value).toBe(false);
    expect(decoded.ok).toBe(true);
  });

  it('carries bytes', () => {
    const data = Uint8Array.from([0, 255, 7]);
    const chunk = {
      type: 'output-chunk',
      requestId: 'r',
      runId: hash,
      found: true,
      offset: 0,
      data,
      size: 3,
      complete: true,
    };
    const decoded = decodePeerMessage(encode(chunk));
    expect(decoded.ok && decoded.value.type === 'output-chunk' && [...decoded.value.data]).toEqual([0, 255, 7]);
  });

  it('refuses unknown types, unknown fields, wrong types and numbers beyond 2^53', () => {
    for (const value of [
      { type: 'nonsense' },
      { ...beat, extra: 1 },
      { ...beat, sentAt: 'now' },
      { ...beat, sentAt: 2n ** 60n },
      { ...beat, sentAt: 1.5 },
      [beat],
      null,
      'beat',
    ]) {
      expect(decodePeerMessage(encode(value)).ok).toBe(false);
    }
  });

  it('quotes little of what it refuses, and nothing that a terminal obeys', () => {
    const decoded = decodePeerMessage(encode({ ...beat, [`\u001b[2J\n\u009b\u202e${'x'.repeat(10_000)}`]: 1 }));
    expect(decoded.ok ? '' : decoded.error).toMatch(/^does not fit its schema at "": Unrecognized key: [\x20-\x7e]+$/);
    expect(decoded.ok ? 0 : decoded.error.length).toBeLessThan(400);
  });

  it('refuses what is too large before it looks at it', () => {
    const decoded = decodePeerMessage(new Uint8Array(LIMITS.controlMessageBytes + 1));
    expect(decoded).toEqual({ ok: false, error: `is larger than ${LIMITS.controlMessageBytes} bytes` });
    expect(decodeJoinRequest(new Uint8Array(LIMITS.joinMessageBytes + 1)).ok).toBe(false);
  });

  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodePeerMessage(bytes).ok).toBe(false);
        expect(decodeHello(bytes).ok).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws on a damaged message', () => {
    const good = encodePeerMessage(beat);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (index, byte) => {
        const bad = good.slice();
        bad[index] = byte;
        decodePeerMessage(bad);
      }),
    );
  });
});

describe('the shape check', () => {
  it('accepts every value that is encoded', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 6 },
        fc.integer(),
        fc.string(),
        fc.boolean(),
        fc.constant(null),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.uint8Array({ maxLength: 40 }),
        fc.array(tie('any'), { maxLength: 5 }),
        fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), tie('any'), { maxKeys: 5, noNullPrototype: true }),
      ),
    })).any;
    fc.assert(
      fc.property(value, (any) => {
        expect(shapeFault(encode(any))).toBeUndefined();
      }),
    );
  });

  it('refuses deep nesting, many values, tags, indefinite lengths, false lengths and trailing bytes', () => {
    expect(shapeFault(new Uint8Array(1_000_000).fill(0x81))).toMatch(/nests deeper/);
    const many = Uint8Array.from([0x9a, 0, 1, 0x86, 0xa0, ...new Uint8Array(100_000)]);
    expect(shapeFault(many)).toBe(`holds more than ${WIRE.items} values`);
    expect(shapeFault(Uint8Array.from([0xd8, 0x2a, 0x41, 0]))).toBe('holds a tag');
    expect(shapeFault(Uint8Array.from([0x9f, 0xff]))).toBe('has a malformed length');
    expect(shapeFault(Uint8Array.from([0x9b, 0, 0, 0, 255, 255, 255, 255, 255]))).toBe('ends too early');
    expect(shapeFault(Uint8Array.from([0x5b, 255, 255, 255, 255, 255, 255, 255, 255]))).toBe('has a malformed length');
    expect(shapeFault(Uint8Array.from([0x01, 0x01]))).toBe('is followed by more bytes');
    expect(shapeFault(new Uint8Array())).toBe('ends too early');
  });
});

describe('versions', () => {
  it('takes the highest version that both speak', () => {
    expect(agreeOnVersion(ownHello([]))).toEqual({ ok: true, value: 1 });
    expect(agreeOnVersion({ ...ownHello([]), version: 9 })).toEqual({ ok: true, value: 1 });
  });

  it('refuses a machine that speaks only newer versions', () => {
    const agreed = agreeOnVersion({ ...ownHello([]), version: 9, oldestVersion: 4 });
    expect(agreed.ok ? '' : agreed.error.message).toMatch(/versions 4 to 9/);
  });
});
