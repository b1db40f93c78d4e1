/** The transport of the simulator keeps the contract of the real one, in virtual time. */
import { machineIdOfSeed } from '../../core/adapters/keys/ed25519.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import { SeededRandom } from '../simulator/seeded-random.ts';
import { SimNetwork } from '../simulator/sim-network.ts';
import { SimTransport } from '../simulator/sim-transport.ts';
import { VirtualTime } from '../simulator/virtual-time.ts';
import { type Hostile, linksOf, recordingHandlers, type TestPeer, type TransportBed } from './transport-bed.ts';
import { heartbeatOf } from './transport-messages.ts';
import { describeTransport } from './transport.ts';
import { untilVirtual } from './waiting.ts';

const IDS = Array.from({ length: 12 }, (_, index) => machineIdOfSeed(new Uint8Array(32).fill(index + 1))).sort();

interface SimPeer extends TestPeer {
  readonly transport: SimTransport;
}

function createSimBed(carriesBytes: boolean): TransportBed {
  const time = new VirtualTime();
  const network = new SimNetwork(time, new SeededRandom(1));
  network.carriesBytes = carriesBytes;
  const until = untilVirtual(time);
  const peers: SimPeer[] = [];

  const start = async (id: MachineId): Promise<SimPeer> => {
    const transport = new SimTransport(network, id);
    const answer: TestPeer['answer'] = () => Promise.resolve({ type: 'refused', code: 'NO_CLUSTER', message: 'no' });
    const peer: SimPeer = { transport, id, events: [], answer };
    await transport.start(recordingHandlers(peer));
    peers.push(peer);
    return peer;
  };

  const hostile = async (): Promise<Hostile> => {
    const peer = await start(IDS[0] as MachineId);
    const connect = async (to: TestPeer): Promise<void> => {
      if (linksOf(peer) > 0) return;
      peer.transport.setMembers(new Set([peer.id, to.id]));
      const before = peer.events.length;
      peer.transport.dial(to.id, to.transport.addresses());
      await until(() => peer.events.length > before, 'it is answered');
    };
    return {
      id: peer.id,
      sendMalformed: async (to, count) => {
        await connect(to);
        for (let index = 0; index < count; index += 1) {
          peer.transport.sendParcel(to.id, Uint8Array.of(1, 2, index), 'urgent', 3);
        }
      },
      forgeHeartbeat: async (to, author) => {
        await connect(to);
        peer.transport.publish(heartbeatOf(author, 1));
      },
      openControl: async (to) => {
        await connect(to);
        return linksOf(peer) > 0;
      },
      heard: () => peer.events.filter((event) => event.type === 'heartbeat').length,
    };
  };

  return {
    sharesObjects: !carriesBytes,
    create: (number) => start(IDS[number] as MachineId),
    hostile,
    link: (from, to) =>
      Promise.resolve({
        addresses: to.transport.addresses(),
        stall: () => network.split([from.id], [to.id]),
        resume: () => network.heal(),
        breakAt: (peer) => (peer as SimPeer).transport.breakWith(peer === from ? to.id : from.id),
      }),
    kill: (peer) => Promise.resolve((peer as SimPeer).transport.kill()),
    restart: (peer) => start(peer.id),
    until,
    dispose: async () => {
      for (const { transport } of peers) await transport.stop();
    },
  };
}

describeTransport('a simulated network', () => createSimBed(false));
describeTransport('a simulated network of bytes', () => createSimBed(true));
