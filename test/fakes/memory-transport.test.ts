/** The transport in memory keeps the contract of the real one. */
import { describe, expect, it } from 'vitest';
import { machineIdOfSeed } from '../../core/adapters/keys/ed25519.ts';
import { encodeHeartbeat } from '../../core/protocol/codec.ts';
import { describeTransport } from '../conformance/transport.ts';
import {
  eventsOf,
  everyoneTrusts,
  linksOf,
  recordingHandlers,
  type TestPeer,
  type TransportBed,
} from '../conformance/transport-bed.ts';
import { beatOf, heartbeatOf } from '../conformance/transport-messages.ts';
import { MemoryNetwork } from './memory-network.ts';
import { MemoryTransport } from './memory-transport.ts';

const IDS = Array.from({ length: 12 }, (_, index) => machineIdOfSeed(new Uint8Array(32).fill(index + 1))).sort();
const STEPS = 1_000_000;

interface MemoryPeer extends TestPeer {
  readonly transport: MemoryTransport;
}

interface MemoryBed extends TransportBed {
  readonly network: MemoryNetwork;
  create(number: number): Promise<MemoryPeer>;
}

function createMemoryBed(): MemoryBed {
  const network = new MemoryNetwork();
  const peers = new Map<TestPeer, MemoryTransport>();
  const ports = new Map<TestPeer, number>();

  const start = async (id: (typeof IDS)[number], port: number): Promise<MemoryPeer> => {
    const transport = new MemoryTransport(network, id, port);
    const answer: TestPeer['answer'] = () => Promise.resolve({ type: 'refused', code: 'NO_CLUSTER', message: 'no' });
    const peer: MemoryPeer = { transport, id, events: [], answer };
    await transport.start(recordingHandlers(peer));
    peers.set(peer, transport);
    ports.set(peer, Number(transport.addresses()[0]?.split('/')[4]));
    return peer;
  };

  // A join waits for the network, so it moves on by itself while nobody else moves it.
  const pump = setInterval(() => network.deliverAll(), 0);

  return {
    network,
    create: (number) => start(IDS[number] as (typeof IDS)[number], 0),
    hostile: async () => {
      const hostile = await start(IDS[0] as (typeof IDS)[number], 0);
      const connect = (to: TestPeer): void => {
        hostile.transport.setMembers(new Set([hostile.id, to.id]));
        hostile.transport.dial(to.id, to.transport.addresses());
        network.deliverAll();
      };
      return {
        id: hostile.id,
        sendMalformed: async (to, count) => {
          connect(to);
          for (let index = 0; index < count; index += 1) {
            hostile.transport.sendBytes(to.id, Uint8Array.of(1, 2, index), 'urgent');
          }
        },
        forgeHeartbeat: async (to, author) => {
          connect(to);
          peers.get(to)?.hear(hostile.id, encodeHeartbeat(heartbeatOf(author, 1)), false);
        },
        openControl: async (to) => {
          connect(to);
          return hostile.transport.isConnectedTo(to.id);
        },
        heard: () => eventsOf(hostile, 'heartbeat').length,
      };
    },
    kill: async (peer) => peers.get(peer)?.kill(),
    restart: (peer) => start(peer.id, ports.get(peer) as number),
    until: async (condition, what) => {
      for (let step = 0; step < STEPS; step += 1) {
        if (condition()) return;
        if (!network.deliver()) await new Promise((resolve) => setImmediate(resolve));
      }
      throw new Error(`waited in vain: ${what}`);
    },
    dispose: async () => {
      clearInterval(pump);
      for (const transport of peers.values()) await transport.stop();
    },
  };
}

describeTransport('memory', createMemoryBed);

describe('a network in memory', () => {
  it('delivers nothing until it is told to', async () => {
    const network = new MemoryNetwork();
    const transport = new MemoryTransport(network, IDS[1] as (typeof IDS)[number]);
    const peer: TestPeer = { transport, id: transport.self, events: [], answer: () => Promise.reject(new Error('no')) };
    await transport.start(recordingHandlers(peer));
    transport.dial(IDS[2] as (typeof IDS)[number], []);
    expect([network.pending, peer.events.length]).toEqual([1, 0]);
    expect(network.deliver()).toBe(true);
    expect(peer.events).toEqual([{ type: 'dial-failed', machine: IDS[2], refused: false }]);
    expect(network.deliver()).toBe(false);
  });

  it('drops silently what is sent across a split, and carries on when it is healed', async () => {
    const network = new MemoryNetwork();
    const [low, high] = [IDS[1], IDS[2]].map((id) => {
      const transport = new MemoryTransport(network, id as (typeof IDS)[number]);
      const peer: TestPeer = {
        transport,
        id: transport.self,
        events: [],
        answer: () => Promise.reject(new Error('no')),
      };
      return peer;
    }) as [TestPeer, TestPeer];
    for (const peer of [low, high]) await peer.transport.start(recordingHandlers(peer));
    everyoneTrusts(low, high);
    low.transport.dial(high.id, high.transport.addresses());
    network.deliverAll();
    network.split([low.id], [high.id]);
    expect(low.transport.send(high.id, beatOf(1))).toBe(true);
    low.transport.publish(heartbeatOf(low.id, 1));
    network.deliverAll();
    expect(high.events.map((event) => event.type)).toEqual(['connected']);
    network.heal();
    low.transport.send(high.id, beatOf(2));
    network.deliverAll();
    expect(eventsOf(high, 'message').map((event) => event.message)).toEqual([beatOf(2)]);
    expect(linksOf(high)).toBe(1);
  });
});
