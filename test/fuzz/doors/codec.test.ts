/**
 * The codec: whatever bytes come, each decoder answers with a value that fits the schema and can be sent again as it is,
 * or with a reason in words. Sealed heartbeats as well: only their author's own words are believed.
 */
import { expect, test } from 'vitest';
import * as codec from '../../../core/protocol/codec.ts';
import { openHeartbeat, sealHeartbeat } from '../../../core/security/sealed-heartbeat.ts';
import { heartbeat, hello, joinAnswers, joinRequests, peerMessages, poolsOf, signerOf, STRANGERS } from '../corpus.ts';
import { mutateBytes } from '../mutation.ts';
import { storm } from '../storm.ts';
import { mutateValue } from '../value-mutation.ts';

const DECODERS: readonly ((bytes: Uint8Array) => codec.Decoded<unknown>)[] = [
  codec.decodePeerMessage,
  codec.decodeHeartbeat,
  codec.decodeHello,
  codec.decodeJoinRequest,
  codec.decodeJoinAnswer,
];

const values: readonly unknown[] = [
  ...peerMessages(STRANGERS),
  heartbeat(STRANGERS),
  hello(),
  ...joinRequests(),
  ...joinAnswers(STRANGERS),
];
const messages = values.map(codec.encodeValue);
const pools = poolsOf(STRANGERS);

/** For a log: short, and nothing that a terminal obeys. */
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]{3,400}$/u;

function decodesOrRefuses(bytes: Uint8Array): void {
  for (const decode of DECODERS) {
    const decoded = decode(bytes);
    if (!decoded.ok) {
      if (!PRINTABLE.test(decoded.error)) expect(decoded.error).toMatch(PRINTABLE);
      continue;
    }
    const sent = codec.encodeValue(decoded.value);
    const again = decode(sent);
    if (!again.ok) throw new Error(`what was accepted cannot be sent again: it ${again.error}`);
    if (Buffer.compare(codec.encodeValue(again.value), sent) !== 0) throw new Error('it came back as something else');
    expect(Object.getPrototypeOf(decoded.value)).toBe(Object.prototype);
  }
}

test('every good message is understood by one decoder at least', () => {
  for (const bytes of messages) {
    const refusals = DECODERS.flatMap((decode) => {
      const decoded = decode(bytes);
      return decoded.ok ? [] : [decoded.error];
    });
    expect(refusals.length, refusals.join('; ')).toBeLessThan(DECODERS.length);
  }
});

test('damaged bytes are decoded or refused', async () => {
  await storm({
    door: 'codec',
    title: 'bytes',
    part: 0.4,
    make: (random) => mutateBytes(random, messages),
    feed: decodesOrRefuses,
  });
});

test('messages with damaged fields are decoded or refused', async () => {
  await storm({
    door: 'codec',
    title: 'fields',
    part: 0.4,
    make: (random) => {
      const value = mutateValue(random, random.pick(values), pools);
      try {
        return codec.encodeValue(value);
      } catch {
        return new Uint8Array();
      }
    },
    feed: decodesOrRefuses,
  });
});

test('a damaged sealed heartbeat is refused, whatever is damaged', async () => {
  const signer = signerOf(0);
  const sealed = sealHeartbeat(signer, heartbeat(STRANGERS));
  expect(openHeartbeat(signer, sealed).ok).toBe(true);
  await storm({
    door: 'codec',
    title: 'heartbeats',
    part: 0.2,
    make: (random) => mutateBytes(random, [sealed]),
    feed: (bytes) => {
      const opened = openHeartbeat(signer, bytes);
      if (Buffer.compare(bytes, sealed) === 0) return;
      expect(opened.ok).toBe(false);
    },
  });
});
