/**
 * Heartbeats by gossip. The library would talk to anyone who supports its protocol, so it is given a registrar that shows
 * it members only: strangers get no stream, and theirs are cut. Messages carry no signature of the library (slow, and the
 * own one is needed anyway); every payload is verified before it is delivered or passed on.
 */
import { gossipsub, TopicValidatorResult, type GossipSub, type GossipSubComponents } from '@libp2p/gossipsub';
import type { Connection, PeerId, Stream, Topology } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { LIMITS } from '../../config/constants.ts';
import type { MachineId } from '../../domain/ids.ts';
import type { Signer } from '../../ports/signer.ts';
import { TokenBucket } from '../../protocol/message-rates.ts';
import type { Heartbeat } from '../../protocol/messages.ts';
import { PROTOCOLS } from '../../protocol/versions.ts';
import { openHeartbeat, sealHeartbeat } from '../../security/sealed-heartbeat.ts';
import type { FairTurns } from './fair-turns.ts';
import { NETWORK } from './network-limits.ts';

export interface GossipOptions {
  readonly signer: Signer;
  /** Shared with the control streams. */
  readonly turns: FairTurns;
  isMember(machine: string): boolean;
  /** A member that is not refused at the moment. */
  isWelcome(machine: MachineId): boolean;
  heartbeat(heartbeat: Heartbeat): void;
  /** `lastHop` handed on something that no honest machine would. */
  offence(lastHop: MachineId, reason: string): void;
  /** `lastHop` hands on more than all honest machines together would; nothing more of it is to be looked at. */
  flood(lastHop: MachineId): void;
  failed(error: unknown): void;
  /** A machine outside the cluster wanted to gossip; its stream is cut. */
  refused(stream: Stream, connection: Connection): void;
}

/** How fast one member hands on gossip. */
interface Pace {
  readonly heartbeats: TokenBucket;
  readonly bytes: TokenBucket;
}

type GossipRegistrar = GossipSubComponents['registrar'];

/** Gossip among members, for the services of a libp2p node. */
export class Gossip {
  readonly #options: GossipOptions;
  readonly #topologies = new Set<Topology>();
  /** Of members that have handed on something, until they are expelled. */
  readonly #paces = new Map<MachineId, Pace>();
  /** Of members to whom no stream is open: when the library was asked for one, and how long it then has. */
  readonly #offers = new Map<MachineId, { readonly atMs: number; readonly waitMs: number }>();
  #pubsub: GossipSub | undefined;

  constructor(options: GossipOptions) {
    this.#options = options;
  }

  /** The service factory: few mesh neighbours, and own messages to all members at once (a LAN is small and quick). */
  readonly service = (components: GossipSubComponents): GossipSub => {
    const { privateKey, peerId, peerStore, connectionManager, logger } = components;
    const registrar = this.#membersOnly(components.registrar);
    this.#pubsub = gossipsub({
      globalSignaturePolicy: 'StrictNoSign',
      D: 3,
      Dlo: 2,
      Dhi: 4,
      Dout: 1,
      Dscore: 1,
      Dlazy: 2,
      floodPublish: true,
      fallbackToFloodsub: false,
      allowPublishToZeroTopicPeers: true,
      ignoreDuplicatePublishError: true,
      tagMeshPeers: false,
      allowedTopics: [PROTOCOLS.heartbeatTopic],
      maxInboundDataLength: NETWORK.gossipExchangeBytes,
      decodeRpcLimits: {
        maxSubscriptions: NETWORK.gossipSubscriptions,
        maxMessages: NETWORK.gossipMessages,
        maxIhaveMessageIDs: NETWORK.gossipIds,
        maxIwantMessageIDs: NETWORK.gossipIds,
        maxIdontwantMessageIDs: NETWORK.gossipIds,
        maxControlMessages: NETWORK.gossipControls,
        maxPeerInfos: NETWORK.gossipControls,
      },
      // Nothing more is read of a machine while what it has handed on waits for its turn.
      awaitRpcHandler: true,
      awaitRpcMessageHandler: true,
      maxOutboundBufferSize: 4 * NETWORK.gossipExchangeBytes,
      // Several machines may share one address (agents on one host); by default their messages would silently be dropped.
      scoreParams: { IPColocationFactorWeight: 0 },
    })({ privateKey, peerId, peerStore, connectionManager, logger, registrar });
    return this.#pubsub;
  };

  /** To be called once the node has started. */
  subscribe(): void {
    this.#pubsub?.topicValidators.set(PROTOCOLS.heartbeatTopic, (peer, message) => this.#judge(peer, message.data));
    this.#pubsub?.subscribe(PROTOCOLS.heartbeatTopic);
  }

  /**
   * Sees to it that what is published goes to a member by one of its connections. The library opens one stream per member,
   * on the connection that comes first, and none when it ends with that connection while another is left. What it is asked
   * in vain it is asked again later, each time after twice as long: a stream that nobody answers holds up all that wait.
   */
  keepUp(machine: MachineId, connections: readonly Connection[]): void {
    const protocols = this.#pubsub?.protocols ?? [];
    const isOpen = connections.some(({ streams }) =>
      streams.some(({ direction, protocol }) => direction === 'outbound' && protocols.includes(protocol)),
    );
    if (isOpen) {
      this.#offers.delete(machine);
      return;
    }
    const now = performance.now();
    const last = this.#offers.get(machine);
    const connection = connections.find(({ status }) => status === 'open');
    if (connection === undefined || (last !== undefined && now < last.atMs + last.waitMs)) return;
    const waitMs = last === undefined ? NETWORK.gossipOfferMs : Math.min(NETWORK.gossipOfferMaxMs, last.waitMs * 2);
    this.#offers.set(machine, { atMs: now, waitMs });
    for (const topology of this.#topologies) {
      Promise.resolve(topology.onConnect?.(connection.remotePeer, connection)).catch((error: unknown) =>
        this.#options.failed(error),
      );
    }
  }

  publish(heartbeat: Heartbeat): void {
    const bytes = sealHeartbeat(this.#options.signer, heartbeat);
    this.#pubsub?.publish(PROTOCOLS.heartbeatTopic, bytes).catch((error: unknown) => this.#options.failed(error));
  }

  /** Ends all gossip with a machine that is no member any more, without waiting for its connections to close. */
  expel(machine: MachineId): void {
    this.#paces.delete(machine);
    this.#offers.delete(machine);
    const peer = peerIdFromString(machine);
    for (const topology of this.#topologies) {
      Promise.resolve(topology.onDisconnect?.(peer)).catch((error: unknown) => this.#options.failed(error));
    }
  }

  /** Asked once for each message: whether to pass it on. Verifies as many as there is room for in a turn. */
  async #judge(lastHop: PeerId, bytes: Uint8Array): Promise<TopicValidatorResult> {
    const hop = lastHop.toString() as MachineId;
    if (!this.#options.isWelcome(hop)) return TopicValidatorResult.Ignore;
    if (!this.#pace(hop).heartbeats.takes(performance.now())) {
      this.#options.flood(hop);
      return TopicValidatorResult.Ignore;
    }
    if (bytes.length > LIMITS.gossipMessageBytes) {
      this.#options.offence(hop, `a heartbeat is larger than ${LIMITS.gossipMessageBytes} bytes`);
      return TopicValidatorResult.Reject;
    }
    await this.#options.turns.acquire(NETWORK.heartbeatUnits, bytes.length);
    // It may have been cut off while it waited.
    return this.#options.isWelcome(hop) ? this.#deliver(hop, bytes) : TopicValidatorResult.Ignore;
  }

  #deliver(hop: MachineId, bytes: Uint8Array): TopicValidatorResult {
    const opened = openHeartbeat(this.#options.signer, bytes);
    if (!opened.ok) {
      this.#options.offence(hop, `a heartbeat ${opened.error}`);
      return TopicValidatorResult.Reject;
    }
    // The author may have been removed here already and not yet there: nobody's fault, and nothing to act on.
    if (!this.#options.isMember(opened.value.from)) return TopicValidatorResult.Ignore;
    this.#options.heartbeat(opened.value);
    return TopicValidatorResult.Accept;
  }

  /** Words of control alone cost time too, and are not shown to anybody. */
  #countBytes(machine: MachineId, sizeBytes: number): void {
    if (!this.#options.isWelcome(machine)) return;
    if (!this.#pace(machine).bytes.takes(performance.now(), sizeBytes)) this.#options.flood(machine);
  }

  #pace(machine: MachineId): Pace {
    let pace = this.#paces.get(machine);
    if (pace === undefined) {
      const { heartbeatsPerSecond, heartbeatsAtOnce, gossipBytesPerSecond, gossipBytesAtOnce } = NETWORK;
      pace = {
        heartbeats: new TokenBucket({ perSecond: heartbeatsPerSecond, burst: heartbeatsAtOnce }),
        bytes: new TokenBucket({ perSecond: gossipBytesPerSecond, burst: gossipBytesAtOnce }),
      };
      this.#paces.set(machine, pace);
    }
    return pace;
  }

  #membersOnly(registrar: GossipRegistrar): GossipRegistrar {
    const { isMember, isWelcome } = this.#options;
    const gated: Pick<GossipRegistrar, 'handle' | 'register'> = {
      handle: (protocol, handler, options) =>
        registrar.handle(
          protocol,
          (stream: Stream, connection) => {
            const machine = connection.remotePeer.toString() as MachineId;
            if (!isMember(machine)) return this.#options.refused(stream, connection);
            if (!isWelcome(machine)) return stream.abort(new Error('refused for what it sent'));
            const handled = handler(stream, connection);
            // After the handler: what comes before anybody listens is kept by the stream for the first who does.
            setImmediate(() => {
              stream.addEventListener('message', ({ data }) => this.#countBytes(machine, data.byteLength));
            });
            return handled;
          },
          options,
        ),
      register: (protocol, topology, options) => {
        this.#topologies.add(topology);
        const filtered: Topology = {
          ...topology,
          onConnect: (peer, connection) =>
            isMember(peer.toString()) ? topology.onConnect?.(peer, connection) : undefined,
        };
        return registrar.register(protocol, filtered, options);
      },
    };
    return new Proxy(registrar, {
      get: (target, name) => {
        if (name === 'handle' || name === 'register') return gated[name];
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
  }
}
