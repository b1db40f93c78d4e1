/** The libp2p node: TCP, Noise, Yamux, identify, mDNS and gossip, with the limits and options that suit a LAN. */
import { noise } from '@libp2p/noise';
import { yamux } from '@libp2p/yamux';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { identify } from '@libp2p/identify';
import { start, stop, type ConnectionGater, type PeerInfo } from '@libp2p/interface';
import { mdns } from '@libp2p/mdns';
import { tcp } from '@libp2p/tcp';
import type { Multiaddr } from '@multiformats/multiaddr';
import { createLibp2p, type Libp2pOptions } from 'libp2p';
import type { Gossip } from './gossip.ts';
import { NETWORK } from './network-limits.ts';
import { isLoopback } from './peer-addresses.ts';

export interface NodeOptions {
  readonly seed: Uint8Array;
  readonly listen: readonly string[];
  readonly announceLoopback: boolean;
  readonly gossip: Gossip;
  readonly connectionGater: ConnectionGater;
  /** Name under which machines find each other on the local network, or undefined to stay quiet. */
  readonly mdnsServiceTag: string | undefined;
  discovered(peer: PeerInfo): void;
}

export type MeshNode = Awaited<ReturnType<typeof createNode>>;

/** Builds the node without starting it, and a way to learn where it listens. */
export async function createNode(options: NodeOptions) {
  const privateKey = await generateKeyPairFromSeed('Ed25519', options.seed);
  let listening: () => Multiaddr[] = () => [];
  const config = {
    start: false,
    privateKey,
    addresses: {
      listen: [...options.listen],
      announceFilter: (addresses: Multiaddr[]) => withoutLoopback(addresses, options.announceLoopback),
    },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ streamOptions: { maxStreamWindowSize: NETWORK.streamWindowBytes } })],
    connectionGater: options.connectionGater,
    connectionManager: {
      maxConnections: NETWORK.connections,
      inboundConnectionThreshold: NETWORK.inboundConnectionsPerSecond,
      maxIncomingPendingConnections: NETWORK.pendingInboundConnections,
      // Addresses are dialled one by one, with their time, by `dialInTurn`.
      addressDialTimeout: NETWORK.joinMs,
      connectionCloseTimeout: NETWORK.closeMs,
      // The order in which addresses are tried is decided by who dials.
      addressSorter: () => 0,
      reconnectRetries: 0,
    },
    // Pings cost a stream each, and kill connections when a machine is busy. The beats of the peer do this better.
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      pubsub: options.gossip.service,
      ...(options.mdnsServiceTag === undefined
        ? {}
        : { announcements: announcements(options.mdnsServiceTag, options.discovered) }),
      addressBook: (components: { transportManager: { getAddrs(): Multiaddr[] } }) => {
        listening = () => components.transportManager.getAddrs();
        return {};
      },
    },
  } satisfies Libp2pOptions;
  const node = await createLibp2p(config);
  return Object.assign(node, { listeningOn: () => listening() });
}

/**
 * mDNS, beside the node rather than as its discovery: libp2p would report each machine only once, and remember for ever
 * whatever anybody on the network claims to have seen.
 */
function announcements(serviceTag: string, discovered: (peer: PeerInfo) => void) {
  const create = mdns({ serviceTag });
  return (components: Parameters<typeof create>[0]) => {
    const discovery = create(components);
    discovery.addEventListener('peer', (event) => discovered(event.detail));
    return { start: () => start(discovery), stop: () => stop(discovery) };
  };
}

function withoutLoopback(addresses: Multiaddr[], announceLoopback: boolean): Multiaddr[] {
  const usable = addresses.filter((address) => announceLoopback || !isLoopback(address));
  return usable.length > 0 ? usable : addresses;
}
