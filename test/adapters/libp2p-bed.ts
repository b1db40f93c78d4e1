/** Real transports on loopback, for the conformance suite and for tests of the adapter. */
import { createSigner, machineIdOfSeed } from '../../core/adapters/keys/ed25519.ts';
import { createTransport } from '../../core/adapters/libp2p/transport.ts';
import { recordingHandlers, type TestPeer, type TransportBed } from '../conformance/transport-bed.ts';
import { createHostileNode, type HostileNode } from './hostile-node.ts';

const PATIENCE_MS = 12_000;
const POLL_MS = 10;

/** Seeds in the order of the machine ids that they make. */
export const SEEDS: readonly Uint8Array[] = Array.from({ length: 12 }, (_, index) =>
  new Uint8Array(32).fill(index + 1),
).sort((a, b) => (machineIdOfSeed(a) < machineIdOfSeed(b) ? -1 : 1));

export interface Libp2pBed extends TransportBed {
  hostile(): Promise<HostileNode>;
}

export function createLibp2pBed(): Libp2pBed {
  const peers = new Map<TestPeer, number>();
  const hostiles: HostileNode[] = [];

  const start = async (number: number, listen: string): Promise<TestPeer> => {
    const seed = SEEDS[number] as Uint8Array;
    const signer = createSigner(seed);
    const logger = { log: () => undefined };
    const transport = createTransport({ seed, signer, listen: [listen], announceLoopback: true, mdns: false, logger });
    const peer: TestPeer = {
      transport,
      id: transport.self,
      events: [],
      answer: () => Promise.resolve({ type: 'refused', code: 'NO_CLUSTER', message: 'no' }),
    };
    const started = await transport.start(recordingHandlers(peer));
    if (!started.ok) throw new Error(started.error.message);
    peers.set(peer, number);
    return peer;
  };

  const addresses = new Map<TestPeer, string>();
  return {
    create: async (number) => {
      const peer = await start(number, '/ip4/127.0.0.1/tcp/0');
      addresses.set(peer, (peer.transport.addresses()[0] ?? '').split('/p2p/')[0] ?? '');
      return peer;
    },
    hostile: async () => {
      const node = await createHostileNode(SEEDS[0] as Uint8Array);
      hostiles.push(node);
      return node;
    },
    kill: async (peer) => {
      // What the system does with the sockets of a process that is killed: they are reset, and nothing is said.
      for (const other of peers.keys()) peer.transport.disconnect(other.id);
      await peer.transport.stop();
    },
    restart: (peer) => start(peers.get(peer) as number, addresses.get(peer) as string),
    until: async (condition, what) => {
      const deadline = performance.now() + PATIENCE_MS;
      while (!condition()) {
        if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    dispose: async () => {
      await Promise.all([...peers.keys()].map((peer) => peer.transport.stop()));
      await Promise.all(hostiles.map((node) => node.stop()));
    },
  };
}
