/**
 * Members that were properly let in and flood a real peer over real libp2p, each with one kind of message. Whatever they
 * send, no collection of the peer grows beyond its named maximum, the other machines are served, and the audit log of
 * everybody says who it was.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MachineId, RunId, TaskId } from '../../core/domain/ids.ts';
import { NETWORK } from '../../core/adapters/libp2p/network-limits.ts';
import { bedOfFile } from '../integration/agent-bed.ts';
import { eventually } from '../integration/eventually.ts';
import { shellTask } from '../integration/task-builder.ts';
import { FloodAttacker } from './kit/flood-attacker.ts';
import { HostilePeer } from './kit/hostile-peer.ts';
import { WatchedPeer } from './kit/watched-peer.ts';

/** A flood goes on in rounds of this length until its victim has written it down. */
const ROUND_MS = 1000;
const bed = bedOfFile();
const neighbour = bed.add('neighbour');
const attackers: FloodAttacker[] = [];
let watched: WatchedPeer;
let count = 0;

beforeAll(async () => {
  watched = await WatchedPeer.found();
  await neighbour.start();
  await neighbour.client.cluster.join({ token: await watched.invite(['admin', 'editor', 'executor']) });
  await eventually(async () => expect((await neighbour.status()).phase).toBe('active'), 40_000);
}, 90_000);

afterAll(async () => {
  await Promise.all(attackers.map((attacker) => attacker.stop()));
  await watched.stop();
});

/** An edit on the neighbour reaches the peer, and what is asked for there runs there. */
async function othersGoOn(): Promise<void> {
  count += 1;
  const id = `during-${count}` as TaskId;
  const placement = { mode: 'pin', machine: neighbour.id as MachineId } as const;
  await neighbour.client.tasks.apply({ definitions: [shellTask(id, 'true', { placement })] });
  await eventually(() => expect(watched.peer.view.task(id)?.id).toBe(id), 40_000);
  await neighbour.client.tasks.run({ id });
  await eventually(async () => {
    expect((await neighbour.runsOf(id)).map(({ state }) => state)).toEqual(['succeeded']);
  }, 40_000);
}

/** What the neighbour has heard of the attacker: the log of the peer is everybody's. */
async function toldToOthers(attacker: MachineId, words: RegExp): Promise<void> {
  await eventually(async () => {
    const { records } = await neighbour.client.audit.list({ machine: attacker });
    expect(records.map(({ detail }) => detail).join('\n')).toMatch(words);
  }, 40_000);
}

describe('a member that floods', () => {
  it.each([
    ['heartbeat', /a heartbeat |floods this machine with gossip/],
    ['beat', /floods this machine with messages of the kind beat/],
    ['claim-request', /no role to run|of the kind claim-request/],
    ['document-vector', /of the kind document-vector/],
    ['document-changes', /hash|seal|sign|of the kind document-changes/],
    ['log-pull', /of the kind log-pull/],
    ['log-page', /record|of the kind log-page/],
    ['audit-pull', /of the kind audit-pull/],
    ['join-request', /too many wrong invitations|asks to join too often/],
  ])('with %s fills no memory, holds up nobody, and is written down', async (kind, words) => {
    const attacker = await FloodAttacker.admitted(watched, kind, ['viewer']);
    attackers.push(attacker);
    const { self } = attacker.signer;
    const goods = { taskId: 'during-1' as TaskId, runId: 'a'.repeat(20) as RunId, recorder: self };
    const flood = attacker.floodBy(kind, goods);
    const others = othersGoOn();
    let told: string;
    do {
      if (kind === 'heartbeat') await attacker.forgeHeartbeats(NETWORK.heartbeatsAtOnce);
      else await flood(ROUND_MS);
      told = (await watched.auditOf(self)).map(({ detail }) => detail).join('\n');
    } while (!words.test(told));
    await others;
    expect(watched.overfull()).toEqual([]);
    await toldToOthers(self, words);
    await attacker.stop();
  });
});

describe('a stranger that asks again and again', () => {
  it('for protocols that nobody offers is counted, and fills neither log nor memory', async () => {
    const stranger = await HostilePeer.create();
    const asks = NETWORK.strangerConnectionsPerAddress * 4;
    for (let ask = 0; ask < asks; ask += 1) {
      const heard = await stranger
        .speak(watched.addresses, '/ipfs/ping/1.0.0', Uint8Array.of(1))
        .catch(() => undefined);
      expect(heard?.answered ?? []).toHaveLength(0);
    }
    await eventually(async () => {
      const records = await watched.auditOf(stranger.id);
      expect(records.filter(({ action }) => action === 'stranger-refused').length).toBeGreaterThan(0);
    });
    const records = await watched.auditOf(stranger.id);
    expect(records.length).toBeLessThan(asks);
    await stranger.stop();
    await othersGoOn();
    expect(watched.overfull()).toEqual([]);
  });
});
