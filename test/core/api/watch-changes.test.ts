import { describe, expect, test } from 'vitest';
import { PendingSignals, watchChanges } from '../../../core/api/watch-changes.ts';
import { LIMITS, TIMES } from '../../../core/config/constants.ts';
import type { TaskId } from '../../../core/domain/ids.ts';
import { createFakeApiHost } from '../../fakes/api-host.ts';
import { createFakePeer, fakeRun } from '../../fakes/peer-handle.ts';

const task = (id: string): TaskId => id as TaskId;

describe('signals for one reader', () => {
  test('begin with resync, and then tell what changed', async () => {
    const peer = createFakePeer();
    const signals = watchChanges({ peer, host: createFakeApiHost() });
    expect((await signals.next()).value).toEqual({ kind: 'resync' });
    const next = signals.next();
    peer.emit({ kind: 'machines' });
    expect((await next).value).toEqual({ kind: 'machines' });
    await signals.return();
  });

  test('merge what happens between two looks', async () => {
    const peer = createFakePeer();
    const host = createFakeApiHost();
    const signals = watchChanges({ peer, host });
    await signals.next();
    peer.emit({ kind: 'tasks', ids: [task('a')] });
    peer.emit({ kind: 'tasks', ids: [task('b'), task('a')] });
    peer.emit({ kind: 'run', record: fakeRun(1, { taskId: task('a'), state: 'running' }) });
    peer.emit({ kind: 'run', record: fakeRun(1, { taskId: task('a'), state: 'succeeded' }) });
    expect((await signals.next()).value).toEqual({ kind: 'tasks', ids: ['a', 'b'] });
    const run = (await signals.next()).value;
    expect(run).toMatchObject({ kind: 'run', runs: [{ state: 'succeeded', machineName: 'alpha' }] });
    peer.emit({ kind: 'cluster' });
    await signals.next();
    expect(host.sleeps).toEqual([TIMES.signalIntervalMs]);
    await signals.return();
  });

  test('are replaced by one resync when the reader is too slow', async () => {
    const peer = createFakePeer();
    const signals = watchChanges({ peer, host: createFakeApiHost() });
    await signals.next();
    for (let number = 0; number < LIMITS.pendingSignals * 10; number += 1) {
      peer.emit({ kind: 'tasks', ids: [task(`task-${number}`)] });
    }
    expect((await signals.next()).value).toEqual({ kind: 'resync' });
    peer.emit({ kind: 'tasks', ids: [task('later')] });
    expect((await signals.next()).value).toEqual({ kind: 'tasks', ids: ['later'] });
    await signals.return();
  });

  test('leave no listener behind when the reader goes', async () => {
    const peer = createFakePeer();
    const signals = watchChanges({ peer, host: createFakeApiHost() });
    await signals.next();
    expect(peer.listeners.size).toBe(1);
    await signals.return();
    expect(peer.listeners.size).toBe(0);
  });

  test('end when they are cancelled while nothing happens', async () => {
    const peer = createFakePeer();
    const stopper = new AbortController();
    const signals = watchChanges({ peer, host: createFakeApiHost(), signal: stopper.signal });
    await signals.next();
    const next = signals.next();
    stopper.abort();
    expect((await next).done).toBe(true);
    expect(peer.listeners.size).toBe(0);
  });

  test('are only of the kinds that were asked for', () => {
    const pending = new PendingSignals();
    expect(pending.empty).toBe(true);
    pending.add({ kind: 'cluster' });
    expect(pending.take(createFakePeer())).toEqual([{ kind: 'cluster' }]);
    expect(pending.empty).toBe(true);
  });
});
