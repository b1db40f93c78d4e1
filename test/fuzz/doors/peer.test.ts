/**
 * A member that says anything: well-formed messages with any content, to a machine of a formed cluster. It never fails
 * an assertion, sends nothing that others could not understand, holds no more than its limits, and serves the others
 * afterwards as before.
 */
import { expect, test } from 'vitest';
import type { TaskId } from '../../../core/domain/ids.ts';
import { LIMITS } from '../../../core/config/constants.ts';
import { decodeHeartbeat, decodeJoinRequest, decodePeerMessage, encodeValue } from '../../../core/protocol/codec.ts';
import { heartbeat, joinRequests, peerMessages, poolsOf } from '../corpus.ts';
import { fuzzRequest } from '../budget.ts';
import { PeerBed, VICTIM } from '../peer-bed.ts';
import { storm } from '../storm.ts';
import { mutateValue } from '../value-mutation.ts';

/** A storm on one machine grows it by what it may hold, which is not little. */
const GROWTH_MIB = 200;
const EMPTY = new Uint8Array();

function encoded(value: unknown): Uint8Array {
  try {
    return encodeValue(value);
  } catch {
    return EMPTY;
  }
}

/** The cluster still does its work: a task is defined on the victim, and runs; all agree on it. */
async function servesOn(bed: PeerBed): Promise<void> {
  const { cluster } = bed;
  await cluster.run(60_000);
  const asked = await cluster.command(VICTIM, { kind: 'run-task', id: 'by-hand' as TaskId, machine: bed.victim });
  await cluster.run(10_000);
  const [occurrence] = asked.occurrenceIds;
  const runs = await cluster.runs(2);
  expect(runs.find((run) => run.occurrenceId === occurrence)?.state).toBe('succeeded');
}

test('messages of a member that says anything', async () => {
  const bed = await PeerBed.form(fuzzRequest().seed);
  const cast = await bed.cast();
  const pools = poolsOf(cast);
  const values = peerMessages(cast);
  let count = 0;
  const report = await storm({
    door: 'peer',
    title: 'messages',
    part: 0.7,
    growthMib: GROWTH_MIB,
    make: (random) => encoded(mutateValue(random, random.pick(values), pools)),
    feed: async (bytes) => {
      const decoded = decodePeerMessage(bytes);
      if (!decoded.ok) return;
      bed.say(decoded.value);
      count += 1;
      await bed.cluster.run(count % 50 === 0 ? 500 : 5);
      const faults = bed.takeFaults();
      if (faults.length > 0) expect(faults).toEqual([]);
    },
  });
  const sizes = bed.cluster.machine(VICTIM).peer.sizes();
  expect(sizes.logVector).toBeLessThanOrEqual(LIMITS.machinesPerCluster);
  expect(sizes.probesForOthers).toBeLessThanOrEqual(256);
  if (report.inputs > 1) await servesOn(bed);
});

test('heartbeats of any content, and strangers that ask to join', async () => {
  const bed = await PeerBed.form(fuzzRequest().seed);
  const cast = await bed.cast();
  const pools = poolsOf(cast);
  const peer = bed.cluster.machine(VICTIM).peer;
  const values = [heartbeat(cast), { ...heartbeat(cast), from: bed.voice }, ...joinRequests()];
  let count = 0;
  const report = await storm({
    door: 'peer',
    title: 'heartbeats and joins',
    part: 0.3,
    growthMib: GROWTH_MIB,
    make: (random) => encoded(mutateValue(random, random.pick(values), pools)),
    feed: async (bytes) => {
      const beat = decodeHeartbeat(bytes);
      const request = decodeJoinRequest(bytes);
      // Its signature is checked before: a member can lie about itself alone.
      if (beat.ok) peer.enqueue({ type: 'heartbeat', heartbeat: { ...beat.value, from: bed.voice } });
      if (request.ok) {
        const from = cast.machines[count % 3] ?? bed.voice;
        peer.enqueue({
          type: 'join-request',
          requestId: `j-${count}`,
          from,
          request: request.value,
          remoteAddress: 'x',
        });
      }
      count += 1;
      await bed.cluster.run(count % 50 === 0 ? 500 : 5);
      const faults = bed.takeFaults();
      if (faults.length > 0) expect(faults).toEqual([]);
    },
  });
  if (report.inputs > 1) await servesOn(bed);
});
