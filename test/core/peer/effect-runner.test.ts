/** Effects: what was not stored is neither said nor done, and is made up for when storing works again. */
import { beforeEach, describe, expect, test } from 'vitest';
import { LIMITS, TIMES } from '../../../core/config/constants.ts';
import { AppErrorException, appError } from '../../../core/std/app-error.ts';
import { ok } from '../../../core/std/result.ts';
import { EffectRunner, type PeerPorts } from '../../../core/peer/effect-runner.ts';
import type { Effect } from '../../../core/peer/effects.ts';
import type { PeerEvent } from '../../../core/peer/events.ts';
import { newPeerState } from '../../../core/peer/state.ts';
import type { DocumentCommand } from '../../../core/document/document-protocol.ts';
import type { RunRecord } from '../../../core/domain/run.ts';
import type { PeerMessage } from '../../../core/protocol/messages.ts';
import { encodePeerMessage } from '../../../core/protocol/codec.ts';
import type { StoreWrite } from '../../../core/ports/state-store.ts';
import { change, machine, record } from '../../fakes/run-records.ts';

const SELF = machine('self');
const PEER = machine('peer');
const STARTING = record({ machineId: SELF, recorderId: SELF, state: 'starting' });

let done: string[];
let events: PeerEvent[];
let committed: StoreWrite[];
let full: boolean;
let unreadable: boolean;
let posted: DocumentCommand[];
let nowMs: number;
let sent: PeerMessage[];
let stored: RunRecord[];
let runner: EffectRunner;

beforeEach(() => {
  [done, events, committed, full, nowMs, unreadable, posted] = [[], [], [], false, 0, false, []];
  [sent, stored] = [[], [STARTING]];
  const facts = { operatingSystem: 'linux', architecture: 'x64', version: '1', timeZoneDataVersion: '', slots: 4 };
  const state = newPeerState({ self: SELF, name: 'self', labels: {}, version: '1', facts, sealingKey: '', seeds: [] });
  state.connected.add(PEER);
  // Only what these effects touch; the rest would fail loudly.
  const ports = {
    clock: { monotonicMs: () => nowMs },
    transport: {
      send: (_: string, message: PeerMessage) => {
        sent.push(message);
        return done.push(`send ${message.type}`) > 0;
      },
    },
    processes: { launch: () => done.push('launch') },
    logger: { log: () => undefined },
    document: { post: (command: DocumentCommand) => posted.push(command) },
    store: {
      startedBy: () => read(PEER),
      recordsAfter: () => read({ records: stored, more: false, floor: 0 }),
      changesSince: (vector: Record<string, number>) =>
        read({
          changes: CHANGES.filter(({ actor, sequence }) => sequence === (vector[actor] ?? 0) + 1),
          more: more(vector),
        }),
      commit: (writes: readonly StoreWrite[]) => {
        if (full) return { ok: false, full: true, message: 'full' };
        committed.push(...writes);
        return { ok: true };
      },
    },
  } as unknown as PeerPorts;
  runner = new EffectRunner(ports, state, {
    enqueue: (event) => events.push(event),
    reply: (id, outcome) => done.push(`reply ${id} ${outcome.ok ? 'ok' : outcome.error.code}`),
    answerJoin: (id, answer) => done.push(`join ${id} ${answer.type}`),
    tell: () => undefined,
    stopped: () => done.push('stopped'),
  });
});

/** Two of one actor; a page holds one of them. */
const CHANGES = [change('a', 1), change('a', 2)];

function more(vector: Record<string, number>): boolean {
  return Object.keys(vector).length === 0;
}

function read<T>(value: T): T {
  if (unreadable) throw new AppErrorException(appError('STORAGE_FAILED', 'it cannot be read'));
  return value;
}

function batch(): Effect[] {
  return [
    { type: 'reply', requestId: 'r1', outcome: ok({ id: PEER }) },
    { type: 'launch', spec: { runId: STARTING.id } as never },
    { type: 'send', to: PEER, message: { type: 'beat', sentAt: 0, incarnation: 1 } },
    { type: 'send', to: PEER, message: { type: 'log-pull', recorderId: PEER, after: 0 } },
    { type: 'write', write: { kind: 'records', records: [STARTING] } },
    { type: 'announce-record', record: STARTING },
  ];
}

describe('a batch of effects', () => {
  test('is stored first, then told to the others, then done', () => {
    runner.run(batch());
    expect(committed).toHaveLength(1);
    expect(done).toEqual(['send log-page', 'reply r1 ok', 'launch', 'send beat', 'send log-pull']);
    expect(events).toEqual([]);
  });

  test('that could not be stored starts nothing, says nothing that depends on it, and answers who waits', () => {
    full = true;
    runner.run(batch());
    expect(done).toEqual(['reply r1 STORAGE_FULL', 'send beat']);
    expect(events.map((event) => event.type)).toEqual(['storage-failed', 'storage-failed']);
    expect(events.at(-1)).toMatchObject({ notLaunched: [STARTING.id] });
  });

  test('is stored later, once, before anything newer', () => {
    full = true;
    runner.run(batch());
    expect(runner.retryAtMs).toBe(TIMES.storageRetryMs);
    full = false;
    runner.retry(TIMES.storageRetryMs - 1);
    expect(committed).toEqual([]);
    nowMs = TIMES.storageRetryMs;
    runner.retry(nowMs);
    runner.run([{ type: 'write', write: { kind: 'meta', key: 'later', value: '1' } }]);
    expect(committed.map((write) => write.kind)).toEqual(['records', 'meta']);
    expect(events.at(-1)).toEqual({ type: 'storage-recovered' });
    expect(runner.retryAtMs).toBeUndefined();
  });
});

describe('stored data that cannot be read', () => {
  test('are said to be so, nothing is sent, and a look later finds that all is well again', () => {
    unreadable = true;
    runner.run([{ type: 'send-log-page', to: PEER, recorderId: SELF, after: 0 }]);
    expect(done).toEqual([]);
    expect(events).toEqual([{ type: 'storage-failed', full: false, message: 'it cannot be read', notLaunched: [] }]);
    unreadable = false;
    nowMs = runner.retryAtMs ?? Infinity;
    runner.retry(nowMs);
    expect(events.at(-1)).toEqual({ type: 'storage-recovered' });
  });

  test('leave open who started something, rather than saying that nobody did', () => {
    expect(runner.startedBy(STARTING.occurrenceId, 1)).toBe(PEER);
    unreadable = true;
    expect(runner.startedBy(STARTING.occurrenceId, 1)).toBe('unreadable');
  });

  test('do not hide a fault of the program itself', () => {
    const broken = { type: 'reopen-document', actor: undefined } as unknown as Effect;
    CHANGES.push(undefined as never);
    expect(() => {
      runner.run([broken]);
    }).toThrow(TypeError);
    CHANGES.pop();
  });
});

describe('a document that cannot be used', () => {
  test('is opened again from every change that is stored or waits to be, without its snapshot', () => {
    full = true;
    runner.run([{ type: 'write', write: { kind: 'changes', changes: [change('b', 1)] } }]);
    runner.run([{ type: 'reopen-document', actor: 'new' }]);
    expect(posted).toMatchObject([{ type: 'open', actor: 'new', snapshot: undefined }]);
    expect(posted[0]).toHaveProperty('changes', [...CHANGES, change('b', 1)]);
  });
});

test('records whose results are large go out in as many messages as it takes, each of which can be sent', () => {
  stored = Array.from({ length: LIMITS.recordsPerMessage }, (_, index) =>
    record({ machineId: SELF, recorderId: SELF, sequence: index + 1, result: 'x'.repeat(LIMITS.resultBytes) }),
  );
  runner.run([{ type: 'send-log-page', to: PEER, recorderId: SELF, after: 0 }]);
  expect(sent).toMatchObject([{ type: 'log-page', more: true }]);
  runner.run(stored.map((each) => ({ type: 'announce-record', record: each })));
  const pages = sent.flatMap((message) => (message.type === 'log-page' ? [message] : []));
  expect(pages.length).toBeGreaterThan(4);
  for (const page of pages) expect(encodePeerMessage(page).length).toBeLessThanOrEqual(LIMITS.controlMessageBytes);
  expect(pages.slice(1).flatMap((page) => page.records.map(({ sequence }) => sequence))).toEqual(
    stored.map(({ sequence }) => sequence),
  );
});
