/** Which records are worth telling, whom, and in which words. */
import { describe, expect, it } from 'vitest';
import { NOTIFICATIONS } from '../../../core/config/notifications.ts';
import { notifySchema } from '../../../core/domain/notify.ts';
import { RUN_STATES, type RunState } from '../../../core/domain/run.ts';
import { contentOf, messageOf, testContentOf, testMessageOf } from '../../../core/notifications/message.ts';
import { channelsFor, type NoticeOutcome, noticeOf, outcomeOf } from '../../../core/notifications/notice.ts';
import type { Batch } from '../../../core/notifications/outbox.ts';
import { aNotice, aRecord, AT } from './notices.ts';

const NAMES = { task: 'Nightly backup', machine: 'nas' };
const reason = (code: string) => ({ reason: { code, text: 'why' } });
const FRAME = { channel: 'ops', cluster: { id: 'c', name: 'Home' }, machine: { id: 'm', name: 'nas' } };

describe('a record', () => {
  it.each<[RunState, NoticeOutcome | undefined]>([
    ['failed', 'failure'],
    ['timed-out', 'failure'],
    ['lost', 'failure'],
    ['refused', 'failure'],
    ['succeeded', 'success'],
    ['cancelled', 'cancelled'],
    ['skipped', undefined],
    ['withheld', undefined],
    ['due', undefined],
    ['queued', undefined],
    ['starting', undefined],
    ['running', undefined],
  ])('that says %s means %s', (state, outcome) => {
    expect(outcomeOf(aRecord({ state }), false)).toBe(outcome);
  });

  it('of every state has been thought of', () => {
    expect(RUN_STATES).toHaveLength(12);
  });

  it.each(['MISSED', 'TOO_OLD', 'QUEUE_FULL', 'FORGOTTEN'])('that was skipped as %s was missed', (code) => {
    expect(outcomeOf(aRecord({ state: 'skipped', ...reason(code) }), false)).toBe('missed');
  });

  it.each(['NO_QUORUM', 'NO_WORD', 'NO_ELIGIBLE_MACHINE'])('that is withheld as %s is missed', (code) => {
    expect(outcomeOf(aRecord({ state: 'withheld', ...reason(code) }), false)).toBe('missed');
  });

  it.each(['OVERLAP', 'REPLACED', 'SUSPENDED', 'DELETED', 'EDITED', 'MACHINE_REMOVED'])(
    'that a policy or a person skipped as %s is no news',
    (code) => {
      expect(outcomeOf(aRecord({ state: 'skipped', ...reason(code) }), true)).toBeUndefined();
    },
  );

  it('that another attempt follows is no news', () => {
    const next = { attempt: 2, dueAt: AT, avoid: [] };
    expect(outcomeOf(aRecord({ state: 'failed', next }), false)).toBeUndefined();
    expect(outcomeOf(aRecord({ state: 'lost', next }), false)).toBeUndefined();
  });

  it('of a success after a failure is a recovery', () => {
    expect(outcomeOf(aRecord({ state: 'succeeded' }), true)).toBe('recovery');
  });
});

describe('a rule', () => {
  const notify = notifySchema.parse({
    rules: [
      { channel: 'usual' },
      { channel: 'all', on: ['end'] },
      { channel: 'watch', on: ['missed'] },
      { channel: 'both', on: ['failure', 'end'] },
    ],
  });

  it.each<[NoticeOutcome, string[]]>([
    ['failure', ['usual', 'all', 'both']],
    ['success', ['all', 'both']],
    ['recovery', ['usual', 'all', 'both']],
    ['cancelled', ['all', 'both']],
    ['missed', ['watch']],
  ])('tells of %s once by %j', (outcome, channels) => {
    expect(channelsFor(notify, outcome)).toEqual(channels);
  });

  it('names each channel once, and there are not more than allowed', () => {
    const many = (count: number) => ({
      rules: Array.from({ length: count }, (_, index) => ({ channel: `c${index}` })),
    });
    expect(notifySchema.safeParse({ rules: [{ channel: 'a' }, { channel: 'a', on: ['end'] }] }).success).toBe(false);
    expect(notifySchema.safeParse({ rules: [{ channel: 'a', on: ['end', 'end'] }] }).success).toBe(false);
    expect(notifySchema.safeParse({ rules: [{ channel: 'a', on: [] }] }).success).toBe(false);
    expect(notifySchema.safeParse(many(NOTIFICATIONS.rulesPerTask)).success).toBe(true);
    expect(notifySchema.safeParse(many(NOTIFICATIONS.rulesPerTask + 1)).success).toBe(false);
  });
});

describe('the id of a notice', () => {
  const idOf = (outcome: NoticeOutcome, over: object = {}) => noticeOf(aRecord(over), outcome, NAMES).id;

  it('is the same whoever tells it, and another for another outcome or occurrence', () => {
    const id = idOf('failure');
    expect(idOf('failure', { recorderId: 'other', sequence: 9, recordedAt: AT + 5, attempt: 2, id: 'x' })).toBe(id);
    expect(idOf('missed')).not.toBe(id);
    expect(idOf('failure', { occurrenceId: 'cccccccccccccccccccc' })).not.toBe(id);
  });

  it('is one for a success, whether or not it is known here that it failed before', () => {
    expect(idOf('recovery')).toBe(idOf('success'));
  });
});

describe('a message', () => {
  const batch = (count: number, more = 0, over: object = {}): Batch => ({
    id: 'batch',
    notices: Array.from({ length: count }, (_, index) => aNotice(index, over)),
    more,
    madeAt: AT,
  });

  it('of one outcome says in one line what became of what, where and why', () => {
    expect(JSON.parse(messageOf(batch(1, 0, { taskName: 'Nightly backup' }), FRAME))).toMatchObject({
      version: 1,
      id: 'batch',
      kind: 'outcome',
      text: 'Home: Nightly backup failed on nas: it exited with code 1',
      channel: 'ops',
      cluster: { id: 'c', name: 'Home' },
      sentBy: { id: 'm', name: 'nas' },
      notices: [{ id: 'notice-0', outcome: 'failure', nominalAt: '2026-06-01T02:30:00.000Z' }],
      more: 0,
    });
  });

  it('of many says how many of each, and names some', () => {
    const message = JSON.parse(messageOf(batch(7, 3), FRAME)) as { text: string; kind: string; notices: object[] };
    expect(message.text).toBe('Home: 10 outcomes: 7 failure, 3 more (Task 0, Task 1, Task 2, Task 3, Task 4 and more)');
    expect([message.kind, message.notices.length]).toEqual(['digest', 7]);
  });

  it('is not larger than its limit: what has no room is counted', () => {
    const { bodyBytes, waitingPerChannel } = NOTIFICATIONS;
    const long = { reason: { code: 'EXIT', text: '\u20ac'.repeat(500) } };
    const body = messageOf(batch(waitingPerChannel, 5, long), FRAME);
    const { notices, more } = JSON.parse(body) as { notices: object[]; more: number };
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(bodyBytes);
    expect(notices.length).toBeGreaterThan(10);
    expect(notices.length + more).toBe(waitingPerChannel + 5);
  });

  it('for a test names the channel and the machine', () => {
    const message = JSON.parse(testMessageOf('id', FRAME)) as object;
    expect(message).toMatchObject({ kind: 'test', text: expect.stringMatching(/"ops" from nas/) as string });
  });
});

describe('a mail', () => {
  const batch = (count: number, more = 0, over: object = {}): Batch => ({
    id: 'batch',
    notices: Array.from({ length: count }, (_, index) => aNotice(index, over)),
    more,
    madeAt: AT,
  });

  it('of one outcome is announced by its line, and tells the facts of the run', () => {
    const over = { taskName: 'Nightly\r\nbackup', exitCode: 1, finishedAt: AT + 1000, attempt: 2 };
    const { subject, body } = contentOf('email', batch(1, 0, over), FRAME);
    expect(subject).toBe('Home: Nightly backup failed on nas: it exited with code 1');
    expect(body).toContain(
      'Run: run-0 (attempt 2)\n  Due: 2026-06-01T02:30:00.000Z\n  Ended: 2026-06-01T02:30:01.000Z',
    );
    expect(body).toContain('Exit code: 1');
    expect(body).toContain('channel "ops" of the cluster Home, sent by nas');
  });

  it('of many names each, and counts those that have no room', () => {
    const { bodyBytes, waitingPerChannel, subjectLength } = NOTIFICATIONS;
    const over = { reason: { code: 'EXIT', text: '\u20ac'.repeat(500) }, taskName: '\u20ac'.repeat(120) };
    const { subject, body } = contentOf('email', batch(waitingPerChannel, 5, over), FRAME);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(bodyBytes);
    expect(subject.length).toBeLessThanOrEqual(subjectLength);
    const listed = body.match(/^ {2}Task: /gm)?.length ?? 0;
    const left = Number(/There are (\d+) more that are not listed/.exec(body)?.[1]);
    expect(listed).toBeGreaterThan(10);
    expect(listed + left).toBe(waitingPerChannel + 5);
  });

  it('for a test says that nothing has happened', () => {
    const { subject, body } = testContentOf('email', 'id', FRAME);
    expect(subject).toBe('Carillon: a test of the channel "ops" from nas');
    expect(body).toContain('nothing has happened');
  });
});
