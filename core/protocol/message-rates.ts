/**
 * How fast one member may say each kind of thing. Each kind has a bucket of tokens that fills at a steady rate: an honest
 * member stays far below it, also after it stood still for minutes or when thousands of tasks come due at once. What is
 * beyond is dropped, which the protocol bears as it bears a lost connection; whoever goes on is cut off. Pure: time is
 * passed in.
 */
import type { PeerMessage } from './messages.ts';

/** A token bucket. */
export interface Rate {
  /** Tokens that come back in a second. */
  readonly perSecond: number;
  /** Tokens of a full bucket: what may come at once. */
  readonly burst: number;
}

type MessageKind = PeerMessage['type'];

const LIVENESS: Rate = { perSecond: 200, burst: 2000 };
/** Everything that is asked for holds a slot of its machine, so claims come no faster than runs can be started. */
const CLAIMS: Rate = { perSecond: 2000, burst: 20_000 };
/** Each is answered from the store, or handed to the document; who wants more waits for the last answer before it asks. */
const COSTLY: Rate = { perSecond: 100, burst: 300 };
const PAGES: Rate = { perSecond: 500, burst: 5000 };
const OUTPUT: Rate = { perSecond: 2000, burst: 10_000 };
const REQUESTS: Rate = { perSecond: 200, burst: 2000 };

export const MESSAGE_RATES: Readonly<Record<MessageKind, Rate>> = {
  beat: { perSecond: 10, burst: 600 },
  probe: LIVENESS,
  'probe-answer': LIVENESS,
  'probe-for-me': LIVENESS,
  'probe-result': LIVENESS,
  suspected: LIVENESS,
  leave: { perSecond: 1, burst: 10 },
  'claim-request': CLAIMS,
  'claim-answer': CLAIMS,
  'claim-release': CLAIMS,
  'document-vector': COSTLY,
  'document-changes': COSTLY,
  'log-vector': PAGES,
  'log-pull': { perSecond: 400, burst: 600 },
  'log-page': PAGES,
  'audit-vector': COSTLY,
  'audit-pull': { perSecond: 400, burst: 600 },
  'audit-page': PAGES,
  'cancel-run': REQUESTS,
  'cancel-answer': REQUESTS,
  'output-read': OUTPUT,
  'output-chunk': OUTPUT,
  'output-keep': REQUESTS,
};

/** Messages beyond their rate that are dropped until their sender is cut off. */
export const EXCESS: Rate = { perSecond: 10, burst: 200 };

/** One bucket. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #atMs: number | undefined;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#tokens = rate.burst;
  }

  /** Takes tokens, if there are as many. @param nowMs monotonic. */
  takes(nowMs: number, count: number = 1): boolean {
    const { perSecond, burst } = this.#rate;
    const elapsedMs = Math.max(0, nowMs - (this.#atMs ?? nowMs));
    this.#tokens = Math.min(burst, this.#tokens + (elapsedMs * perSecond) / 1000);
    this.#atMs = nowMs;
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}

export type RateVerdict = 'within' | 'dropped' | 'too-much';

/** The buckets of one member: as many as there are kinds of messages. */
export class MessageRates {
  readonly #buckets = new Map<MessageKind, TokenBucket>();
  readonly #excess = new TokenBucket(EXCESS);

  /** Judges one message. `too-much`: its sender is to be cut off. @param nowMs monotonic. */
  judge(kind: MessageKind, nowMs: number): RateVerdict {
    let bucket = this.#buckets.get(kind);
    if (bucket === undefined) this.#buckets.set(kind, (bucket = new TokenBucket(MESSAGE_RATES[kind])));
    if (bucket.takes(nowMs)) return 'within';
    return this.#excess.takes(nowMs) ? 'dropped' : 'too-much';
  }
}
