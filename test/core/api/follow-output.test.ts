import { describe, expect, test } from 'vitest';
import { type FollowOptions, followOutput } from '../../../core/api/follow-output.ts';
import { LIMITS, TIMES } from '../../../core/config/constants.ts';
import type { RunId, TaskId } from '../../../core/domain/ids.ts';
import { createFakeApiHost } from '../../fakes/api-host.ts';
import { createFakePeer } from '../../fakes/peer-handle.ts';

const taskId = 'job' as TaskId;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function setUp(state: 'running' | 'lost' | 'due' = 'running') {
  const peer = createFakePeer();
  const host = createFakeApiHost();
  const run = peer.addRun({ taskId, state });
  const follow = (change: Partial<FollowOptions> = {}) =>
    followOutput({ peer, host, run: run.id, offset: 0, form: { encoding: 'text' }, ...change });
  return { peer, host, run, follow };
}

describe('following output', () => {
  test('gives what is there, then what is added, until it is complete', async () => {
    const { peer, run, follow } = setUp();
    peer.output.set(run.id, { bytes: bytes('one '), complete: false });
    const stream = follow();
    expect((await stream.next()).value).toMatchObject({ data: 'one ', complete: false });
    peer.output.set(run.id, { bytes: bytes('one two'), complete: true });
    expect((await stream.next()).value).toMatchObject({ data: 'two', offset: 4, complete: true });
    expect((await stream.next()).done).toBe(true);
  });

  test('cuts large output into bounded pieces', async () => {
    const { peer, run, follow } = setUp();
    const sizeBytes = LIMITS.outputChunkBytes * 2 + 5;
    peer.output.set(run.id, { bytes: new Uint8Array(sizeBytes).fill(97), complete: true });
    const lengths: number[] = [];
    for await (const chunk of follow()) lengths.push(chunk.data.length);
    expect(lengths).toEqual([LIMITS.outputChunkBytes, LIMITS.outputChunkBytes, 5]);
  });

  test('waits for a run that has not started, asking ever less often', async () => {
    const { peer, host, run, follow } = setUp('due');
    const stream = follow();
    const first = stream.next();
    while (host.sleeps.length < 6) await new Promise((resolve) => setImmediate(resolve));
    expect(host.sleeps.slice(0, 6)).toEqual([100, 200, 400, 800, TIMES.followMaxMs, TIMES.followMaxMs]);
    peer.output.set(run.id, { bytes: bytes('at last'), complete: true });
    expect((await first).value).toMatchObject({ data: 'at last' });
  });

  test('ends after a grace time when a lost run leaves its output incomplete', async () => {
    const { peer, host, run, follow } = setUp('lost');
    peer.output.set(run.id, { bytes: bytes('half'), complete: false });
    const texts: string[] = [];
    for await (const chunk of follow()) texts.push(chunk.data);
    expect(texts).toEqual(['half']);
    expect(host.sleeps.reduce((sum, delayMs) => sum + delayMs, 0)).toBeGreaterThanOrEqual(TIMES.followGraceMs);
  });

  test('refuses a run that nobody knows, and one whose output nobody holds', async () => {
    const { follow } = setUp('lost');
    await expect(follow().next()).rejects.toMatchObject({ data: { code: 'OUTPUT_NOT_AVAILABLE' } });
    await expect(follow({ run: 'b'.repeat(20) as RunId }).next()).rejects.toMatchObject({
      data: { code: 'RUN_NOT_FOUND' },
    });
  });

  test('stops asking when it is cancelled', async () => {
    const { host, follow } = setUp();
    const stopper = new AbortController();
    const first = follow({ signal: stopper.signal }).next();
    while (host.sleeps.length < 2) await new Promise((resolve) => setImmediate(resolve));
    stopper.abort();
    expect((await first).done).toBe(true);
  });
});
