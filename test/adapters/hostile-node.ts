/** A libp2p node that speaks Carillon's protocols without keeping to their rules. */
import { noise } from '@libp2p/noise';
import { yamux } from '@libp2p/yamux';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { gossipsub, type GossipSubComponents } from '@libp2p/gossipsub';
import { identify } from '@libp2p/identify';
import type { Connection, Stream } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { lpStream } from '@libp2p/utils';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { createSigner } from '../../core/adapters/keys/ed25519.ts';
import { encodeHello } from '../../core/protocol/codec.ts';
import { frameWhole } from '../../core/protocol/frames.ts';
import { ownHello, PROTOCOLS } from '../../core/protocol/versions.ts';
import { sealHeartbeat } from '../../core/security/sealed-heartbeat.ts';
import type { Hostile, TestPeer } from '../conformance/transport-bed.ts';
import { heartbeatOf } from '../conformance/transport-messages.ts';

const PATIENCE_MS = 3000;

/** What can be dialled. */
export interface Reachable {
  readonly transport: { addresses(): readonly string[] };
}

export interface HostileNode extends Hostile {
  connect(to: Reachable): Promise<Connection>;
  /** Another connection, even when there is one. */
  connectAnew(to: Reachable): Promise<Connection>;
  /** Protocols of the streams that others opened to this node. */
  inboundProtocols(): string[];
  /** An open control stream after both hellos, for raw bytes. */
  controlStream(to: Reachable): Promise<Stream>;
  stop(): Promise<void>;
}

export async function createHostileNode(seed: Uint8Array): Promise<HostileNode> {
  const signer = createSigner(seed);
  const node = await createLibp2p({
    privateKey: await generateKeyPairFromSeed('Ed25519', seed),
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      pubsub: (components: GossipSubComponents) =>
        gossipsub({ globalSignaturePolicy: 'StrictNoSign', allowPublishToZeroTopicPeers: true })(components),
    },
  });
  let heard = 0;
  let forged = 0;
  node.services.pubsub.addEventListener('message', () => {
    heard += 1;
  });
  node.services.pubsub.subscribe(PROTOCOLS.heartbeatTopic);
  const controls = new Map<TestPeer, Stream>();
  const gossips = new Map<TestPeer, Stream>();
  const connect = (to: Reachable): Promise<Connection> =>
    node.dial(to.transport.addresses().map((each) => multiaddr(each)));

  // The last one may just have been cut, and this side not have noticed yet.
  const connectAnew = (to: Reachable): Promise<Connection> =>
    node.dial(
      to.transport.addresses().map((each) => multiaddr(each)),
      { force: true },
    );

  const controlStream = async (to: Reachable): Promise<Stream> => {
    const connection = await connectAnew(to);
    const stream = await connection.newStream(PROTOCOLS.control, { signal: AbortSignal.timeout(PATIENCE_MS) });
    stream.send(frameWhole(encodeHello(ownHello([])), 'urgent'));
    await answered(stream);
    return stream;
  };

  return {
    id: signer.self,
    connect,
    connectAnew,
    inboundProtocols: () =>
      node
        .getConnections()
        .flatMap((connection) => connection.streams)
        .filter((stream) => stream.direction === 'inbound')
        .map((stream) => stream.protocol),
    controlStream,
    heard: () => heard,
    sendMalformed: async (to, count) => {
      const stream = controls.get(to) ?? (await controlStream(to));
      controls.set(to, stream);
      for (let index = 0; index < count; index += 1) stream.send(frameWhole(Uint8Array.of(1, 2, index), 'urgent'));
    },
    forgeHeartbeat: async (to, author) => {
      forged += 1;
      const bytes = sealHeartbeat(signer, heartbeatOf(author, forged));
      try {
        const known = gossips.get(to);
        const stream = known ?? (await (await connect(to)).newStream('/meshsub/1.1.0'));
        gossips.set(to, stream);
        if (known === undefined) await new Promise((resolve) => setImmediate(resolve));
        await lpStream(stream).write(gossipOf(bytes));
      } catch {
        // Being refused is what a stranger must expect; the tests look at what arrived.
        gossips.delete(to);
      }
    },
    openControl: async (to) => {
      try {
        await controlStream(to);
        return true;
      } catch {
        return false;
      }
    },
    stop: () => Promise.resolve(node.stop()),
  };
}

/** Resolves with the first data that comes back; rejects when the stream ends or nothing comes. */
function answered(stream: Stream): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), PATIENCE_MS);
    stream.addEventListener('message', () => {
      clearTimeout(timer);
      resolve();
    });
    for (const end of ['close', 'remoteCloseWrite'] as const) {
      stream.addEventListener(end, () => {
        clearTimeout(timer);
        reject(new Error('refused'));
      });
    }
  });
}

/** The gossipsub RPC (protobuf) that publishes one unsigned message: RPC.publish = 2, Message.data = 2, .topic = 4. */
function gossipOf(data: Uint8Array): Uint8Array {
  const topic = new TextEncoder().encode(PROTOCOLS.heartbeatTopic);
  const message = Buffer.concat([field(2, data), field(4, topic)]);
  return new Uint8Array(field(2, message));
}

function field(number: number, bytes: Uint8Array): Buffer {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Uint8Array.of((number << 3) | 2, ...length, rest), bytes]);
}
