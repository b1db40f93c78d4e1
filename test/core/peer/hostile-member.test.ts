/** What a member says that no honest one would: each once broke something for good, far from where it was heard. */
import { beforeEach, expect, test } from 'vitest';
import { LIMITS, TIMES } from '../../../core/config/constants.ts';
import { machineIdOfSeed } from '../../../core/adapters/keys/ed25519.ts';
import {
  hashId,
  type MachineId,
  type OccurrenceId,
  type RunId,
  runIdOf,
  type TaskId,
  unstartedRunIdOf,
} from '../../../core/domain/ids.ts';
import type { RunRecord } from '../../../core/domain/run.ts';
import { LATEST_INSTANT } from '../../../core/domain/instant.ts';
import { decodePeerMessage, encodePeerMessage } from '../../../core/protocol/codec.ts';
import type { PeerMessage } from '../../../core/protocol/messages.ts';
import { signRecord } from '../../../core/security/signed-record.ts';
import { record } from '../../fakes/run-records.ts';
import { PeerBed, VICTIM, VOICE } from '../../fuzz/peer-bed.ts';
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
    records: [bed.signed({ taskId: ONCE, sequence: 1001, fencingToken: LARGEST })],
    more: false,
  });
  expect(await startsInAMinute(ONCE)).toBeGreaterThanOrEqual(2);
  expect(bed.takeFaults()).toEqual([]);
});

test('a claim that is asked for again after its run has ended is not granted, and holds up nobody', async () => {
  const ended = bed.signed({ taskId: ONCE, sequence: 1001, fencingToken: 5 });
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
  const running = bed.signed({ taskId: ONCE, sequence: 1001, state: 'running', recordedAt: LATEST_INSTANT });
  bed.say({ type: 'log-page', recorderId: bed.voice, floor: 1000, records: [running], more: false });
  await bed.cluster.run(100);
  bed.cluster.machine(VOICE).losePower();
  await bed.cluster.run(120_000);
  expect(bed.takeFaults()).toEqual([]);
  expect((await bed.cluster.runs(2)).find((run) => run.id === running.id)?.state).toBe('lost');
});

test('a record from a clock far ahead does not keep its task from coming due', async () => {
  const ahead = bed.signed({ taskId: ONCE, sequence: 1001, nominalAt: Date.UTC(2046, 0, 1) });
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

/** The next record of machine 2, which the victim has not heard of yet, as the voice would have it. */
async function forgedRecords(): Promise<{ recorderId: MachineId; sequence: number; forged: RunRecord[] }> {
  const neighbour = bed.cluster.machine(2);
  neighbour.losePower();
  await bed.cluster.run(10_000);
  const sequence = (bed.cluster.machine(VICTIM).disk.tables.logs.get(neighbour.id)?.extent.head ?? 0) + 1;
  const { signer } = bed.cluster.machine(VOICE);
  const nominalAt = EPOCH_MS + Math.floor(bed.cluster.time.now) + 3_600_000;
  const fields = { taskId: ONCE, recorderId: neighbour.id, machineId: neighbour.id, nominalAt };
  const forged = signRecord(signer, record({ ...fields, sequence, state: 'succeeded' }));
  const genuine = signRecord(neighbour.signer, record({ ...fields, sequence: sequence + 1, state: 'failed' }));
  return { recorderId: neighbour.id, sequence, forged: [forged, genuine] };
}

test('a record in another machine’s name is dropped, and what follows it', async () => {
  const { recorderId, sequence, forged } = await forgedRecords();
  bed.say({ type: 'log-page', recorderId, floor: sequence - 1, records: forged, more: false });
  await bed.cluster.run(5000);
  const log = bed.cluster.machine(VICTIM).disk.tables.logs.get(recorderId);
  expect(log?.extent.head).toBe(sequence - 1);
  const runs = await bed.cluster.runs(VICTIM);
  expect(runs.filter(({ id }) => forged.some((each) => each.id === id))).toEqual([]);
});

test('a record is not taken without its signature', async () => {
  const bare = record({ taskId: ONCE, recorderId: bed.voice, machineId: bed.voice, sequence: 1001 });
  bed.say({ type: 'log-page', recorderId: bed.voice, floor: 1000, records: [bare], more: false });
  await bed.cluster.run(1000);
  expect((await bed.cluster.runs(VICTIM)).filter(({ id }) => id === bare.id)).toEqual([]);
});

/** The voice has had a run, as its log tells. */
function sayRun(): RunId {
  const occurrenceId = hashId('kept', 'output') as OccurrenceId;
  const id = runIdOf(occurrenceId, 1, bed.voice);
  const told = bed.signed({ taskId: ONCE, sequence: 1001, occurrenceId, id });
  bed.say({ type: 'log-page', recorderId: bed.voice, floor: 1000, records: [told], more: false });
  return id;
}

test.each([
  ['of a run that nobody knows', 'a'.repeat(20) as RunId],
  ['of a run of another machine', undefined],
])('a copy %s is not kept, whatever it sends, and noted', async (_what, invented) => {
  const neighbour = bed.cluster.machine(2);
  const others = (await bed.cluster.runs(VICTIM)).find(({ machineId }) => machineId === neighbour.id)?.id;
  const runId = invented ?? others;
  if (runId === undefined) throw new Error('the neighbour has run nothing');
  const asked = bed.sent('output-read');
  bed.say({ type: 'output-keep', runId, size: 100 });
  const chunk = { requestId: `keep:${runId}`, runId, found: true, offset: 0, size: 100, complete: true };
  bed.say({ type: 'output-chunk', ...chunk, data: new Uint8Array(100) });
  await bed.cluster.run(15_000);
  const { peer, disk } = bed.cluster.machine(VICTIM);
  expect(peer.sizes().outputsKept).toBe(0);
  expect(bed.sent('output-read')).toBe(asked);
  const own = disk.tables.audits.get(bed.victim)?.records ?? [];
  expect(own.some(({ by, detail }) => by === bed.voice && detail.includes('the copy of an output'))).toBe(true);
});

test.each([
  ['run', 'log'],
  ['audit', 'audit'],
] as const)(
  'pages of a %s log that are asked for again and again are read so often only, and it is noted',
  async (_what, kind) => {
    const { peer, disk } = bed.cluster.machine(VICTIM);
    const head = (kind === 'log' ? disk.tables.logs : disk.tables.audits).get(bed.victim)?.extent.head ?? 0;
    expect(head).toBeGreaterThan(1);
    const before = bed.sent(`${kind}-page`);
    const sentSince = (): number => bed.sent(`${kind}-page`) - before;
    // In one instant: no time goes by in which more could be read.
    const most = Math.ceil(LIMITS.recordsReadPerPeer / Math.min(head, LIMITS.recordsPerMessage));
    for (let count = 0; count < most + 500; count += 1)
      bed.say({ type: `${kind}-pull`, recorderId: bed.victim, after: 0 });
    await bed.cluster.run(1);
    expect(sentSince()).toBeGreaterThanOrEqual(most - 1);
    expect(sentSince()).toBeLessThan(most + 100);
    const own = disk.tables.audits.get(bed.victim)?.records ?? [];
    expect(own.some(({ by, detail }) => by === bed.voice && detail.includes('reads the same records'))).toBe(true);
    // Another member is answered all the while, and this one a moment later.
    const neighbour = bed.cluster.machine(2).id;
    const pull: PeerMessage = { type: `${kind}-pull`, recorderId: bed.victim, after: 0 };
    let sent = sentSince();
    peer.enqueue({ type: 'message', from: neighbour, message: pull });
    await bed.cluster.run(1);
    expect(sentSince()).toBeGreaterThan(sent);
    await bed.cluster.run(1000);
    sent = sentSince();
    bed.say(pull);
    await bed.cluster.run(1);
    expect(sentSince()).toBeGreaterThan(sent);
  },
);

test('a copy of a run whose record comes later is kept all the same', async () => {
  bed.say({ type: 'output-keep', runId: runIdOf(hashId('kept', 'output') as OccurrenceId, 1, bed.voice), size: 100 });
  await bed.cluster.run(1000);
  const before = bed.sent('output-read');
  sayRun();
  await bed.cluster.run(2500);
  expect(bed.sent('output-read')).toBeGreaterThan(before);
});

test.each([
  ['of more bytes than any output has', 2 ** 40, undefined],
  ['whose bytes come out of turn', 200, 150],
  ['that begins at its end', 200, LIMITS.outputBytes],
])('a copy %s is given up, and noted', async (_what, size, offset) => {
  const runId = sayRun();
  await bed.cluster.run(500);
  bed.say({ type: 'output-keep', runId, size });
  const { peer, disk } = bed.cluster.machine(VICTIM);
  if (offset !== undefined) {
    const chunk = { requestId: `keep:${runId}`, runId, found: true, offset, size, complete: false };
    bed.say({ type: 'output-chunk', ...chunk, data: new Uint8Array(100) });
    await bed.cluster.run(5);
  }
  expect(peer.sizes().outputsKept).toBe(0);
  await bed.cluster.run(1000);
  const own = disk.tables.audits.get(bed.victim)?.records ?? [];
  expect(own.some(({ by, detail }) => by === bed.voice && detail.includes('the copy of an output'))).toBe(true);
});

test('a helper that lies keeps no dead machine alive for good', async () => {
  const neighbour = bed.cluster.machine(2);
  neighbour.losePower();
  const { peer } = bed.cluster.machine(VICTIM);
  const stateOf = (): string | undefined => peer.view.machines().find(({ entry }) => entry.id === neighbour.id)?.state;
  const node = bed.cluster.network.node(bed.victim);
  if (node === undefined) throw new Error('the victim is on the network');
  const send = node.send.bind(node);
  let lies = 0;
  node.send = (to, message) => {
    if (message.type === 'probe-for-me' && to === bed.voice) {
      const { nonce, target } = message;
      bed.say({ type: 'probe-result', nonce, target, alive: true, incarnation: 1 });
      lies += 1;
    }
    return send(to, message);
  };
  await bed.cluster.run(TIMES.vouchedMs + 10_000);
  expect(lies).toBeGreaterThan(5);
  expect(stateOf()).toBe('dead');
  await neighbour.boot();
  await bed.cluster.run(10_000);
  expect(stateOf()).toBe('alive');
});

test('nobody moves the beginning of another machine’s log away from under its records', async () => {
  const neighbour = bed.cluster.machine(2);
  bed.say({ type: 'log-page', recorderId: neighbour.id, floor: 2 ** 40, records: [], more: false });
  await bed.cluster.run(30_000);
  neighbour.losePower();
  await bed.cluster.run(10_000);
  bed.say({ type: 'log-page', recorderId: neighbour.id, floor: 2 ** 40, records: [], more: false });
  await bed.cluster.run(1000);
  await neighbour.boot();
  await bed.cluster.run(30_000);
  const heads = [VICTIM, 2].map((index) => bed.cluster.machine(index).disk.tables.logs.get(neighbour.id)?.extent);
  expect(heads[0]).toEqual(heads[1]);
  expect(heads[0]?.floor).toBe(0);
});
