/** What waits for a channel: sent one by one or as a digest, never faster than allowed, the same again after a failure. */
import { describe, expect, it } from 'vitest';
import { NOTIFICATIONS } from '../../../core/config/notifications.ts';
import type { Batch } from '../../../core/notifications/outbox.ts';
import { backOffMs, keptOutboxSchema, Outbox } from '../../../core/notifications/outbox.ts';
import { aNotice } from './notices.ts';

const { giveUpMs, noticesOneByOne, retryMaxMs, retryMinMs, sentPerWindow, waitingPerChannel, windowMs } = NOTIFICATIONS;
const WALL = Date.UTC(2026, 5, 1);
const OK = { ok: true } as const;
const FAILED = { ok: false, text: 'nobody listens there', retry: true } as const;
const REFUSED = { ok: false, text: 'status 404', retry: false } as const;

function outboxWith(count: number): Outbox {
  const outbox = new Outbox();
  for (let number = 1; number <= count; number += 1) outbox.put(aNotice(number));
  return outbox;
}

function take(outbox: Outbox, nowMs = 0): Batch {
  const batch = outbox.take(nowMs, WALL + nowMs);
  if (batch === undefined) throw new Error('nothing was due');
  return batch;
}

const idsOf = ({ notices }: Batch): string[] => notices.map(({ id }) => id);

describe('an outbox', () => {
  it('gives what little there is one by one, oldest first, under its own id', () => {
    const outbox = outboxWith(noticesOneByOne);
    const first = take(outbox);
    expect(first).toMatchObject({ id: 'notice-1', more: 0 });
    expect(outbox.take(0, WALL), 'while one is under way').toBeUndefined();
    outbox.settle(first.id, OK, 0, WALL);
    expect(take(outbox).id).toBe('notice-2');
  });

  it('gives what is much as one digest, whose id follows from what is in it', () => {
    const [one, other] = [outboxWith(noticesOneByOne + 1), outboxWith(noticesOneByOne + 1)];
    const batch = take(one);
    expect(idsOf(batch)).toEqual(['notice-1', 'notice-2', 'notice-3', 'notice-4']);
    expect(take(other).id).toBe(batch.id);
    expect(take(outboxWith(noticesOneByOne + 2)).id).not.toBe(batch.id);
    one.settle(batch.id, OK, 0, WALL);
    expect([one.size, one.kept, one.sentAt]).toEqual([0, undefined, WALL]);
  });

  it('counts what it has no room for', () => {
    const outbox = outboxWith(waitingPerChannel + 7);
    expect(outbox.size).toBe(waitingPerChannel + 7);
    const batch = take(outbox);
    expect([batch.notices.length, batch.more]).toEqual([waitingPerChannel, 7]);
  });

  it('gives the same again after a failure, later each time, whatever has come meanwhile', () => {
    const outbox = outboxWith(1);
    let nowMs = 0;
    const first = take(outbox);
    for (let failures = 0; failures < 4; failures += 1) {
      outbox.settle(first.id, FAILED, nowMs, WALL + nowMs);
      outbox.put(aNotice(10 + failures));
      const dueAtMs = outbox.dueAtMs(nowMs);
      expect(dueAtMs).toBe(nowMs + retryMinMs * 2 ** failures);
      expect(outbox.take((dueAtMs ?? 0) - 1, WALL)).toBeUndefined();
      nowMs = dueAtMs ?? 0;
      expect(take(outbox, nowMs)).toEqual(first);
    }
    expect(outbox.failure).toMatchObject({ text: 'nobody listens there' });
    outbox.settle(first.id, OK, nowMs, WALL + nowMs);
    expect(outbox.failure).toBeUndefined();
    expect(idsOf(take(outbox, nowMs))).toEqual(['notice-10', 'notice-11', 'notice-12', 'notice-13']);
  });

  it('gives up what is refused for good, and what is too old, and says how much', () => {
    const outbox = outboxWith(noticesOneByOne + 2);
    const batch = take(outbox);
    expect(outbox.settle(batch.id, REFUSED, 0, WALL)).toBe(noticesOneByOne + 2);
    expect([outbox.size, outbox.kept]).toEqual([0, undefined]);
    outbox.put(aNotice(9));
    const old = take(outbox);
    expect(outbox.settle(old.id, FAILED, 0, WALL + giveUpMs)).toBe(0);
    take(outbox, retryMinMs);
    expect(outbox.settle(old.id, FAILED, retryMinMs, WALL + giveUpMs + 1)).toBe(1);
    expect(outbox.dueAtMs(retryMinMs)).toBeUndefined();
  });

  it('gives no more in a window than allowed; what waits for the next goes as one', () => {
    const outbox = new Outbox();
    for (let count = 0; count < sentPerWindow; count += 1) {
      outbox.put(aNotice(count));
      outbox.settle(take(outbox, count).id, OK, count, WALL);
    }
    for (let count = 0; count < 5; count += 1) outbox.put(aNotice(100 + count));
    expect(outbox.dueAtMs(sentPerWindow)).toBe(windowMs);
    expect(outbox.take(windowMs - 1, WALL)).toBeUndefined();
    expect(take(outbox, windowMs).notices).toHaveLength(5);
  });

  it('goes on after a restart with what was under way, under the same id', () => {
    const outbox = outboxWith(noticesOneByOne + 1);
    const batch = take(outbox);
    outbox.put(aNotice(20));
    const kept = keptOutboxSchema.parse(JSON.parse(JSON.stringify(outbox.kept)));
    const next = new Outbox(kept);
    expect(take(next)).toEqual(batch);
    next.settle(batch.id, OK, 0, WALL);
    expect(take(next).id).toBe('notice-20');
  });

  it('is not moved by word of what is not under way', () => {
    const outbox = outboxWith(1);
    expect(outbox.settle('notice-1', OK, 0, WALL)).toBe(0);
    const batch = take(outbox);
    expect(outbox.settle('another', REFUSED, 0, WALL)).toBe(0);
    expect(outbox.kept?.batch).toEqual(batch);
  });

  it('waits no longer than its bound, however often it failed', () => {
    expect([backOffMs(0), backOffMs(1), backOffMs(50)]).toEqual([retryMinMs, 2 * retryMinMs, retryMaxMs]);
  });
});
