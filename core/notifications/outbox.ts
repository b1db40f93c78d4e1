/**
 * What waits to be told to one channel on this machine. One thing is under way at a time; what comes meanwhile waits, and
 * when it is much, goes as one digest. What is under way keeps its content and id until it has arrived or is given up, so
 * that a receiver which has seen it knows it again.
 *
 *   nothing ──put──► waiting ──take──► under way ──settle(ok)──► nothing, or waiting
 *                       ▲                  │ settle(failure): the same once more, later each time
 *                       └──────────────────┴──── given up: refused for good, or too old
 */
import { z } from 'zod';
import { NOTIFICATIONS } from '../config/notifications.ts';
import { hashId } from '../domain/ids.ts';
import { instantSchema } from '../domain/instant.ts';
import { type Notice, noticeSchema } from './notice.ts';

/** What is sent as one. */
export const batchSchema = z.strictObject({
  id: z.string().max(64),
  notices: z.array(noticeSchema).min(1).max(NOTIFICATIONS.waitingPerChannel),
  /** Further outcomes of which only the number is known. */
  more: z.int().min(0),
  /** Epoch milliseconds. */
  madeAt: instantSchema,
});
export type Batch = z.infer<typeof batchSchema>;

/** The part that outlives a restart. */
export const keptOutboxSchema = z.strictObject({
  waiting: z.array(noticeSchema).max(NOTIFICATIONS.waitingPerChannel),
  more: z.int().min(0),
  batch: batchSchema.optional(),
});
export type KeptOutbox = z.infer<typeof keptOutboxSchema>;

/** How a try ended. */
export type Settlement = { readonly ok: true } | { readonly ok: false; readonly text: string; readonly retry: boolean };

export class Outbox {
  #waiting: Notice[] = [];
  #more = 0;
  #batch: Batch | undefined;
  #isUnderWay = false;
  #failures = 0;
  /** Monotonic. */
  #notBeforeMs = 0;
  #sentAtMs: number[] = [];
  #failure: { readonly text: string; readonly at: number } | undefined;
  #sentAt: number | undefined;

  /** @param kept as an earlier life left it: what was under way is sent again */
  constructor(kept?: KeptOutbox) {
    if (kept === undefined) return;
    this.#waiting = [...kept.waiting];
    this.#more = kept.more;
    this.#batch = kept.batch;
  }

  /** What must not be forgotten; undefined when nothing waits. */
  get kept(): KeptOutbox | undefined {
    if (this.#batch === undefined && this.#waiting.length === 0) return undefined;
    return {
      waiting: this.#waiting,
      more: this.#more,
      ...(this.#batch === undefined ? {} : { batch: this.#batch }),
    };
  }

  /** Outcomes that have not been told yet. */
  get size(): number {
    const { notices = [], more = 0 } = this.#batch ?? {};
    return this.#waiting.length + this.#more + notices.length + more;
  }

  /** Why the last try came to nothing, and when (epoch milliseconds). */
  get failure(): { readonly text: string; readonly at: number } | undefined {
    return this.#failure;
  }

  /** When something last arrived, epoch milliseconds. */
  get sentAt(): number | undefined {
    return this.#sentAt;
  }

  /** Something is to be told. Where no more can wait, only its number is kept. */
  put(notice: Notice): void {
    if (this.#waiting.length < NOTIFICATIONS.waitingPerChannel) this.#waiting.push(notice);
    else this.#more += 1;
  }

  /**
   * When `take` has something to give (monotonic); undefined while nothing waits, or something is under way.
   */
  dueAtMs(nowMs: number): number | undefined {
    if (this.#isUnderWay || (this.#batch === undefined && this.#waiting.length === 0)) return undefined;
    const { sentPerWindow, windowMs } = NOTIFICATIONS;
    const recent = this.#sentAtMs.filter((at) => at > nowMs - windowMs);
    const windowOpensMs = recent.length < sentPerWindow ? 0 : (recent[0] as number) + windowMs;
    return Math.max(this.#notBeforeMs, windowOpensMs);
  }

  /** What is to be sent now; it is under way from then on. @param wallMs epoch milliseconds */
  take(nowMs: number, wallMs: number): Batch | undefined {
    const dueAtMs = this.dueAtMs(nowMs);
    if (dueAtMs === undefined || dueAtMs > nowMs) return undefined;
    this.#batch ??= this.#nextBatch(wallMs);
    this.#isUnderWay = true;
    this.#sentAtMs = [...this.#sentAtMs.filter((at) => at > nowMs - NOTIFICATIONS.windowMs), nowMs];
    return this.#batch;
  }

  /** What was under way has arrived, or not. @returns outcomes that nobody will hear of: they are given up */
  settle(id: string, settlement: Settlement, nowMs: number, wallMs: number): number {
    const batch = this.#batch;
    if (!this.#isUnderWay || batch?.id !== id) return 0;
    this.#isUnderWay = false;
    if (settlement.ok) {
      this.#sentAt = wallMs;
      this.#failure = undefined;
      return this.#finish(0);
    }
    this.#failure = { text: settlement.text, at: wallMs };
    const { giveUpMs } = NOTIFICATIONS;
    if (!settlement.retry || wallMs - batch.madeAt > giveUpMs) return this.#finish(batch.notices.length + batch.more);
    this.#notBeforeMs = nowMs + backOffMs(this.#failures);
    this.#failures += 1;
    return 0;
  }

  #finish(lost: number): number {
    this.#batch = undefined;
    this.#failures = 0;
    this.#notBeforeMs = 0;
    return lost;
  }

  /** One by one while it is little; else all that waits. */
  #nextBatch(wallMs: number): Batch {
    const single = this.#more === 0 && this.#waiting.length <= NOTIFICATIONS.noticesOneByOne;
    const notices = this.#waiting.splice(0, single ? 1 : this.#waiting.length);
    const more = this.#more;
    this.#more = 0;
    const ids = notices.map(({ id }) => id);
    const id = single ? (ids[0] as string) : hashId('digest', ...ids, String(more));
    return { id, notices, more, madeAt: wallMs };
  }
}

/** The pause after the failures so far: doubled each time, up to a bound. Milliseconds. */
export function backOffMs(failures: number): number {
  const { retryMinMs, retryMaxMs } = NOTIFICATIONS;
  return Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(failures, 20));
}
