/**
 * A crowd of machines that belong to nobody, over real libp2p: they hold few places however many they are, get nothing of
 * what members have, cannot keep a guest out, and the log that tells of them stays short. Members go on meanwhile.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NETWORK } from '../../core/adapters/libp2p/network-limits.ts';
import { AUDIT, LIMITS } from '../../core/config/constants.ts';
import type { MachineId, TaskId } from '../../core/domain/ids.ts';
import { bedOfFile } from '../integration/agent-bed.ts';
import { eventually } from '../integration/eventually.ts';
import { shellTask } from '../integration/task-builder.ts';
import { HostilePeer } from './kit/hostile-peer.ts';
import { StrangerCrowd } from './kit/stranger-crowd.ts';
import { WatchedPeer } from './kit/watched-peer.ts';

const STRANGERS = 50;
/**
 * Fewer than there are places: each address holds several, and gives one up for an address that holds none. All of 127/8 is
 * this machine on Linux alone.
 */
const HOSTS = process.platform === 'linux' ? ['127.0.0.10', '127.0.0.11', '127.0.0.12', '127.0.0.13'] : [];
/** What refusals of strangers are called, and the reasons that are counted apart. */
const KINDS = ['stranger-refused', 'join-refused', 'pairing-asked', 'pairing-refused'] as const;
const REASONS = 4;
const PATIENCE_MS = 60_000;
/** Attempts are counted for a minute: who has used up its own waits for the next one. */
const GUEST_PATIENCE_MS = 120_000;

const bed = bedOfFile();
const neighbour = bed.add('neighbour');
let watched: WatchedPeer;
let crowd: StrangerCrowd;

beforeAll(async () => {
  watched = await WatchedPeer.found();
  await neighbour.start();
  await neighbour.client.cluster.join({ token: await watched.invite(['admin', 'editor', 'executor']) });
  await eventually(async () => expect((await neighbour.status()).phase).toBe('active'), PATIENCE_MS);
  crowd = await StrangerCrowd.gather(STRANGERS, HOSTS);
}, 120_000);

afterAll(async () => {
  await crowd.stop();
  await watched.stop();
});

/** An edit on the neighbour reaches the peer, and what is asked for there runs there. */
async function membersGoOn(id: TaskId): Promise<void> {
  const placement = { mode: 'pin', machine: neighbour.id as MachineId } as const;
  await neighbour.client.tasks.apply({ definitions: [shellTask(id, 'true', { placement })] });
  await eventually(() => expect(watched.peer.view.task(id)?.id).toBe(id), PATIENCE_MS);
  await neighbour.client.tasks.run({ id });
  await eventually(async () => {
    expect((await neighbour.runsOf(id)).map(({ state }) => state)).toEqual(['succeeded']);
  }, PATIENCE_MS);
}

describe('fifty strangers with keys of their own', () => {
  it(
    'hold few places, learn nothing, keep nobody out, and are told of in few words',
    { timeout: 300_000 },
    async () => {
      const held = await crowd.hold(watched.addresses);
      const open = (): number => held.filter(({ status }) => status === 'open').length;
      await eventually(() => expect(open()).toBeLessThanOrEqual(NETWORK.strangerConnections), PATIENCE_MS);
      const guest = await HostilePeer.create();
      const token = await watched.invite(['viewer']);
      // Where all come from one address the guest has to wait until those that hold its places are sent away.
      await eventually(async () => {
        expect(await guest.joinBy(token, 'guest').catch(() => undefined)).toMatchObject({ type: 'welcome' });
      }, GUEST_PATIENCE_MS);
      await guest.stop();
      for (const connection of held) connection.abort(new Error('given up'));

      const going = membersGoOn('while-they-ask' as TaskId);
      const report = await crowd.ask(watched.addresses, watched.id);
      await going;
      expect(report.tries).toBe(STRANGERS * 9);
      expect(report.leakedBytes).toBe(0);
      const told = [...report.answers.keys()];
      expect(told).not.toContain('welcome');
      // Commitments bind a machine to numbers of its own, and tell nothing; digits are shown to few.
      expect(report.answers.get('pair-nonce') ?? 0).toBeLessThanOrEqual(LIMITS.pairings);
      expect(watched.overfull()).toEqual([]);

      const records = await recordsOfCrowd();
      const words = records.map(({ detail }) => detail).join('\n');
      expect(words).toMatch(/no member, and wanted more|too many machines that are no members/);
      expect(records.length).toBeLessThanOrEqual(KINDS.length * REASONS * AUDIT.refusalsPerWindow);
      const roster = watched.peer.view.machines().map(({ entry }) => entry.id);
      expect(roster.filter((id) => crowd.ids.has(id))).toEqual([]);
    },
  );
});

/** What the log of the peer holds of the crowd. */
async function recordsOfCrowd() {
  const pages = await Promise.all(KINDS.map((action) => watched.peer.runs.audit({ action }, 500, undefined)));
  return pages.flatMap(({ records }) => records).filter(({ by }) => by !== undefined && crowd.ids.has(by));
}
