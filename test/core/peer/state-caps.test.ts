/**
 * Whatever others can make a peer remember has a most. A table: each row is a hostile hand that feeds one collection past
 * its maximum, by everything that the transport would let through, and afterwards there is no more than that.
 */
import { expect, test } from 'vitest';
import { machineIdOfSeed } from '../../../core/adapters/keys/ed25519.ts';
import { AUDIT, LIMITS } from '../../../core/config/constants.ts';
import {
  hashId,
  type MachineId,
  type OccurrenceId,
  type RunId,
  runIdOf,
  type TaskId,
} from '../../../core/domain/ids.ts';
import type { PeerSizes } from '../../../core/peer/peer-sizes.ts';
import type { RunRecord } from '../../../core/domain/run.ts';
import type { JoinRequest } from '../../../core/protocol/messages.ts';
import { PeerBed, VICTIM } from '../../fuzz/peer-bed.ts';
import { EPOCH_MS } from '../../simulator/sim-cluster.ts';

const ONCE = 'once' as TaskId;
const PROBES = 256;
const FIRST = 1001;
const NEWCOMER = { name: 'stranger', labels: {}, addresses: [] };

/** What is fed, how often, and the most that may be there then. */
interface Row {
  readonly collection: keyof PeerSizes;
  readonly most: number;
  readonly times: number;
  feed(bed: PeerBed, index: number): void;
}

const occurrenceOf = (index: number): OccurrenceId => hashId('cap', String(index)) as OccurrenceId;
const runOf = (index: number): RunId => hashId('cap run', String(index)) as RunId;
const nowOf = (bed: PeerBed): number => Math.floor(EPOCH_MS + bed.cluster.time.now);

function keyOf(index: number): MachineId {
  const seed = new Uint8Array(32);
  new DataView(seed.buffer).setUint32(0, index + 1);
  return machineIdOfSeed(seed);
}

function sayRecord(bed: PeerBed, index: number, fields: Partial<RunRecord>): void {
  const occurrenceId = occurrenceOf(index);
  const id = runIdOf(occurrenceId, 1, bed.voice);
  const told = bed.signed({ taskId: ONCE, sequence: FIRST + index, occurrenceId, id, ...fields });
  const floor = FIRST - 1;
  bed.say({ type: 'log-page', recorderId: bed.voice, floor, records: [told], more: false });
}

function stranger(bed: PeerBed, index: number, request: JoinRequest): void {
  const remoteAddress = `/ip4/10.${index >> 8}.${index & 255}.1/tcp/1`;
  const event = { requestId: `cap-${index}`, from: keyOf(index), request, remoteAddress };
  bed.cluster.machine(VICTIM).peer.enqueue({ type: 'join-request', ...event });
}

const ROWS: readonly Row[] = [
  {
    collection: 'grants',
    most: LIMITS.grantsPerClaimant + 100,
    times: LIMITS.grantsPerClaimant + 500,
    feed: (bed, index) => {
      const at = nowOf(bed);
      const claim = { taskId: `cap-${index}` as TaskId, occurrenceId: occurrenceOf(index), attempt: 1 };
      const instants = { nominalAt: at, dueAt: at, fencingToken: at };
      bed.say({ type: 'claim-request', ...claim, ...instants, guarantee: 'at-least-once' });
    },
  },
  {
    collection: 'activeRuns',
    most: LIMITS.activeRunsPerMachine + LIMITS.slots,
    times: LIMITS.activeRunsPerMachine + LIMITS.slots + 100,
    feed: (bed, index) => sayRecord(bed, index, { state: 'running' }),
  },
  {
    collection: 'openOccurrencesOfOneTask',
    most: LIMITS.openOccurrencesPerTask,
    times: LIMITS.openOccurrencesPerTask + 100,
    feed: (bed, index) => sayRecord(bed, index, { state: 'queued', taskId: 'nobody-knows-it' as TaskId }),
  },
  {
    collection: 'probesForOthers',
    most: PROBES,
    times: 2 * PROBES,
    feed: (bed, nonce) => bed.say({ type: 'probe-for-me', nonce, target: bed.cluster.machine(2).id }),
  },
  {
    collection: 'outputsKept',
    most: LIMITS.outputCopiesPerPeer,
    times: 10 * LIMITS.outputCopiesPerPeer,
    feed: (bed, index) => bed.say({ type: 'output-keep', runId: runOf(index), size: LIMITS.outputBytes }),
  },
  {
    collection: 'logVector',
    most: LIMITS.runLogs,
    times: LIMITS.runLogs + 100,
    feed: (bed, index) => bed.say({ type: 'log-page', recorderId: keyOf(index), floor: 5, records: [], more: false }),
  },
  {
    collection: 'pulling',
    most: LIMITS.runLogs,
    times: LIMITS.runLogs + 100,
    feed: (bed, index) => bed.say({ type: 'log-vector', vector: { [keyOf(index)]: 2 ** 30 }, wantsAnswer: false }),
  },
  {
    collection: 'auditVector',
    most: LIMITS.runLogs,
    times: LIMITS.runLogs + 100,
    feed: (bed, index) => bed.say({ type: 'audit-page', recorderId: keyOf(index), floor: 5, records: [], more: false }),
  },
  {
    collection: 'auditBehind',
    most: LIMITS.runLogs,
    times: LIMITS.runLogs + 100,
    feed: (bed, index) => bed.say({ type: 'audit-vector', vector: { [keyOf(index)]: 2 ** 30 }, wantsAnswer: false }),
  },
  {
    collection: 'auditWindows',
    most: 2 * AUDIT.sources,
    times: 3 * AUDIT.sources,
    feed: (bed, index) => {
      const fields = { subject: 'x', detail: 'x', source: `source ${index}` };
      bed.cluster.machine(VICTIM).peer.noteAudit('message-rejected', fields);
    },
  },
  {
    collection: 'pairings',
    most: LIMITS.pairings,
    times: 10 * LIMITS.pairings,
    feed: (bed, index) => stranger(bed, index, { type: 'pair-ask', commitment: new Uint8Array(32), ...NEWCOMER }),
  },
  {
    collection: 'strangerTries',
    most: LIMITS.wrongTokens + 2 * LIMITS.pairingAsks + 2 * LIMITS.pairingsInAll,
    times: 3 * LIMITS.wrongTokens,
    feed: (bed, index) =>
      stranger(bed, index, { type: 'join-request', secret: new Uint8Array(32).fill(9), ...NEWCOMER }),
  },
  {
    collection: 'nearby',
    most: LIMITS.nearbyMachines,
    times: 4 * LIMITS.nearbyMachines,
    feed: (bed, index) => {
      const addresses = [`/ip4/10.0.0.${index}/tcp/4100`];
      bed.cluster.machine(VICTIM).peer.enqueue({ type: 'discovered', machine: keyOf(index), addresses });
    },
  },
  {
    collection: 'addressBook',
    most: LIMITS.machinesPerCluster,
    times: 2 * LIMITS.machinesPerCluster,
    feed: (bed, index) => {
      const addresses = [`/ip4/10.0.1.${index}/tcp/4100`];
      bed.cluster.machine(VICTIM).peer.enqueue({ type: 'discovered', machine: keyOf(index), addresses });
    },
  },
];

test.each(ROWS.map((row) => [row.collection, row] as const))(
  '%s stay at or below their maximum, however much a hostile hand feeds',
  async (collection, { most, times, feed }) => {
    const bed = await PeerBed.form(11);
    const { peer } = bed.cluster.machine(VICTIM);
    let peak = 0;
    for (let index = 0; index < times; index += 1) {
      feed(bed, index);
      if (index % 500 !== 499) continue;
      await bed.cluster.run(20);
      peak = Math.max(peak, peer.sizes()[collection]);
    }
    await bed.cluster.run(50);
    peak = Math.max(peak, peer.sizes()[collection]);
    expect(times, 'it is fed more than may be there').toBeGreaterThan(collection === 'strangerTries' ? 0 : most);
    expect(peak).toBeLessThanOrEqual(most);
    expect(bed.takeFaults()).toEqual([]);
    // It goes on as before.
    const before = bed.cluster.starts.length;
    await bed.cluster.run(30_000);
    expect(bed.cluster.starts.length).toBeGreaterThan(before);
  },
);
