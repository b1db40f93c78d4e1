/** What a member says that no honest one would: each once broke something for good, far from where it was heard. */
import { beforeEach, expect, test } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import { machineIdOfSeed } from '../../../core/adapters/keys/ed25519.ts';
import { unstartedRunIdOf, type TaskId } from '../../../core/domain/ids.ts';
import { LATEST_INSTANT } from '../../../core/domain/instant.ts';
import { decodePeerMessage, encodePeerMessage } from '../../../core/protocol/codec.ts';
import type { PeerMessage } from '../../../core/protocol/messages.ts';
import { record } from '../../fakes/run-records.ts';
import { PeerBed, VICTIM } from '../../fuzz/peer-bed.ts';
import { EPOCH_MS } from '../../simulator/sim-cluster.ts';

const LARGEST = Number.MAX_SAFE_INTEGER;
const ONCE = 'once' as TaskId;

let bed: PeerBed;

beforeEach(async () => {
  bed = await PeerBed.form(7);
});

/** Starts of a task on any machine in the next minute. */
async function startsInAMinute(task: TaskId): Promise<number> {
  const before = bed.cluster.starts.length;
  await bed.cluster.run(60_000);
  return bed.cluster.starts.slice(before).filter((start) => start.taskId === task).length;
}

test('the largest token that there is leaves tokens for the claims after it', async () => {
  const id = { taskId: ONCE, occurrenceId: unstartedRunIdOf('a' as never, 1) as never, attempt: 1 };
  bed.say({ type: 'claim-release', ...id, fencingToken: LARGEST });
  const dueAt = EPOCH_MS + bed.cluster.time.now;
  bed.say({
    type: 'claim-request',
    ...id,
    fencingToken: LARGEST,
    guarantee: 'at-least-once',
    nominalAt: Math.floor(dueAt),
    dueAt: Math.floor(dueAt),
  });
  bed.say({
    type: 'log-page',
    recorderId: bed.voice,
    floor: 1000,
    records: [
      record({ taskId: ONCE, recorderId: bed.voice, machineId: bed.voice, sequence: 1001, fencingToken: LARGEST }),
    ],
    more: false,
  });
  expect(await startsInAMinute(ONCE)).toBeGreaterThanOrEqual(2);
  expect(bed.takeFaults()).toEqual([]);
});

test('a claim that is asked for again after its run has ended is not granted, and holds up nobody', async () => {
  const ended = record({ taskId: ONCE, recorderId: bed.voice, machineId: bed.voice, sequence: 1001, fencingToken: 5 });
  bed.say({ type: 'log-page', recorderId: bed.voice, floor: 1000, records: [ended], more: false });
  await bed.cluster.run(100);
  const grants = bed.cluster.machine(VICTIM).peer.sizes().grants;
  const { taskId, occurrenceId, attempt, nominalAt, dueAt } = ended;
  const fencingToken = Math.floor(EPOCH_MS + bed.cluster.time.now);
  const claim = { taskId, occurrenceId, attempt, nominalAt, dueAt, fencingToken, guarantee: 'at-least-once' } as const;
  bed.say({ type: 'claim-request', ...claim });
  await bed.cluster.run(100);
  expect(bed.cluster.machine(VICTIM).peer.sizes().grants).toBe(grants);
  expect(bed.takeFaults()).toEqual([]);
});

test('a run that was recorded at the end of time can be given up, and the record is one that others take', async () => {
  const gone = machineIdOfSeed(new Uint8Array(32).fill(77));
  const running = record({
    taskId: ONCE,
    recorderId: bed.voice,
    machineId: gone,
    sequence: 1001,
    state: 'running',
    recordedAt: LATEST_INSTANT,
  });
  bed.say({ type: 'log-page', recorderId: bed.voice, floor: 1000, records: [running], more: false });
  await bed.cluster.run(120_000);
  expect(bed.takeFaults()).toEqual([]);
  expect((await bed.cluster.runs(2)).find((run) => run.id === running.id)?.state).toBe('lost');
});

test('a record from a clock far ahead does not keep its task from coming due', async () => {
  const ahead = record({
    taskId: ONCE,
    recorderId: bed.voice,
    machineId: bed.voice,
    sequence: 1001,
    nominalAt: Date.UTC(2046, 0, 1),
  });
  bed.say({ type: 'log-page', recorderId: bed.voice, floor: 1000, records: [ahead], more: false });
  await bed.cluster.run(100);
  const [once] = bed.tasks;
  if (once === undefined) throw new Error('the bed has tasks');
  await bed.cluster.put(VICTIM, {
    ...once,
    // Nobody else does its planning for it.
    placement: { ...once.placement, mode: 'pin', machine: bed.victim },
    schedule: { ...once.schedule, triggers: [{ kind: 'cron', expression: '*/10 * * * * *' }] },
  });
  expect(await startsInAMinute(ONCE)).toBeGreaterThanOrEqual(4);
});

test('logs of machines that nobody knows are followed only while there is room', async () => {
  for (let index = 0; index < LIMITS.runLogs + 100; index += 1) {
    const seed = new Uint8Array(32);
    new DataView(seed.buffer).setUint32(0, index + 1);
    const recorderId = machineIdOfSeed(seed);
    bed.say({ type: 'log-page', recorderId, floor: 5, records: [], more: false });
  }
  await bed.cluster.run(30_000);
  expect(bed.cluster.machine(VICTIM).peer.sizes().logVector).toBeLessThanOrEqual(LIMITS.runLogs);
  expect(bed.takeFaults()).toEqual([]);
  expect(await startsInAMinute(ONCE)).toBeGreaterThanOrEqual(2);
});

test.each([
  ['an instant that no date can hold', { nominalAt: 8.7e15, dueAt: 8.7e15 }],
  ['an attempt after all attempts', { next: { attempt: LARGEST, dueAt: 0, avoid: [] } }],
  ['a number after which no other comes', { sequence: LARGEST }],
])('a record with %s is refused at the door', (_what, fields) => {
  const page: PeerMessage = {
    type: 'log-page',
    recorderId: bed.voice,
    floor: 0,
    records: [record({ recorderId: bed.voice, ...fields })],
    more: false,
  };
  expect(decodePeerMessage(encodePeerMessage(page)).ok).toBe(false);
});
