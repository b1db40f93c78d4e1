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
import type { Heartbeat } from '../../protocol/messages.ts';
import { PROTOCOLS } from '../../protocol/versions.ts';
import { openHeartbeat, sealHeartbeat } from '../../security/sealed-heartbeat.ts';
import { NETWORK } from './network-limits.ts';

export interface GossipOptions {
  readonly signer: Signer;
  isMember(machine: string): boolean;
  heartbeat(heartbeat: Heartbeat): void;
  /** `lastHop` handed on something that no honest machine would. */
  offence(lastHop: MachineId, reason: string): void;
  failed(error: unknown): void;
  /** A machine outside the cluster wanted to gossip; its stream is cut. */
  refused(stream: Stream, connection: Connection): void;
}

type GossipRegistrar = GossipSubComponents['registrar'];

/** Gossip among members, for the services of a libp2p node. */
export class Gossip {
  readonly #options: GossipOptions;
  readonly #topologies = new Set<Topology>();
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

  publish(heartbeat: Heartbeat): void {
    const bytes = sealHeartbeat(this.#options.signer, heartbeat);
    this.#pubsub?.publish(PROTOCOLS.heartbeatTopic, bytes).catch((error: unknown) => this.#options.failed(error));
  }

  /** Ends all gossip with a machine that is no member any more, without waiting for its connections to close. */
  expel(machine: MachineId): void {
    const peer = peerIdFromString(machine);
    for (const topology of this.#topologies) {
      Promise.resolve(topology.onDisconnect?.(peer)).catch((error: unknown) => this.#options.failed(error));
    }
  }

  /** Asked once for each message: whether to pass it on. Delivers the good ones. */
  #judge(lastHop: PeerId, bytes: Uint8Array): TopicValidatorResult {
    const hop = lastHop.toString() as MachineId;
    if (!this.#options.isMember(hop)) return TopicValidatorResult.Ignore;
    if (bytes.length > LIMITS.gossipMessageBytes) {
      this.#options.offence(hop, `a heartbeat is larger than ${LIMITS.gossipMessageBytes} bytes`);
      return TopicValidatorResult.Reject;
    }
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

  #membersOnly(registrar: GossipRegistrar): GossipRegistrar {
    const { isMember } = this.#options;
    const gated: Pick<GossipRegistrar, 'handle' | 'register'> = {
      handle: (protocol, handler, options) =>
        registrar.handle(
          protocol,
          (stream: Stream, connection) => {
            if (isMember(connection.remotePeer.toString())) return handler(stream, connection);
            this.#options.refused(stream, connection);
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
