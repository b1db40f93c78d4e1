/** Real transports on loopback, for the conformance suite and for tests of the adapter. */
import { createSigner, machineIdOfSeed } from '../../core/adapters/keys/ed25519.ts';
import { createTransport } from '../../core/adapters/libp2p/transport.ts';
import { recordingHandlers, type TestPeer, type TransportBed } from '../conformance/transport-bed.ts';
import { untilReal } from '../conformance/waiting.ts';
import { createHostileNode, type HostileNode } from './hostile-node.ts';
import { openTcpLink, type TcpLink } from './tcp-link.ts';

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
  const links: TcpLink[] = [];

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
    sharesObjects: false,
    link: async (from, to) => {
      const port = /\/tcp\/(\d+)/.exec(to.transport.addresses()[0] ?? '')?.[1];
      const link = await openTcpLink(Number(port));
      links.push(link);
      return {
        addresses: [`/ip4/127.0.0.1/tcp/${link.port}/p2p/${to.id}`],
        stall: () => link.stall(),
        resume: () => link.resume(),
        breakAt: (peer) => link.breakAt(peer === from ? 'dialler' : 'listener'),
      };
    },
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
    until: untilReal,
    dispose: async () => {
      await Promise.all([...peers.keys()].map((peer) => peer.transport.stop()));
      await Promise.all(hostiles.map((node) => node.stop()));
      await Promise.all(links.map((link) => link.close()));
    },
  };
}
