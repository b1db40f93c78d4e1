/**
 * The transport over libp2p: puts the node, the gate, the links, gossip and joins together, and reports to the peer. Every
 * handler is called from the event loop, never from within a call of the peer, and none after `stop`.
 */
import type { Connection, PeerInfo, Stream } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { MachineId } from '../../domain/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Signer } from '../../ports/signer.ts';
import type { StrangersWish, Transport, TransportHandlers } from '../../ports/transport.ts';
import type { Heartbeat, JoinAnswer, JoinRequest, PeerMessage } from '../../protocol/messages.ts';
import { PROTOCOLS } from '../../protocol/versions.ts';
import { appError, type AppError } from '../../std/app-error.ts';
import { assert } from '../../std/assert.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { closeConnection, settled } from './connections.ts';
import { dialInTurn } from './dial-in-turn.ts';
import { Dialling } from './dialling.ts';
import { FairTurns } from './fair-turns.ts';
import { Gossip } from './gossip.ts';
import { JoinConnections } from './join-connections.ts';
import { askToJoin, type Dialler, JoinService } from './join-protocol.ts';
import { MemberConduct } from './member-conduct.ts';
import { MemberGate } from './member-gate.ts';
import { NETWORK } from './network-limits.ts';
import { createNode, type MeshNode } from './node.ts';
import { announcedAddresses, checkListenAddresses, dialTargets, knownAddresses } from './peer-addresses.ts';
import { PeerLink } from './peer-link.ts';
import { Sightings } from './sightings.ts';
import { watchUnanswered } from './unanswered-streams.ts';

export interface TransportOptions {
  /** The machine's Ed25519 seed, 32 bytes; `signer` is made from the same. */
  readonly seed: Uint8Array;
  readonly signer: Signer;
  /** Multiaddrs such as `/ip4/0.0.0.0/tcp/4100`; port 0 takes a free one. */
  readonly listen: readonly string[];
  /** Tell others of loopback addresses too: for several agents on one host. */
  readonly announceLoopback: boolean;
  /** Announce this machine on the local network, and look for others. */
  readonly mdns: boolean;
  readonly logger: Logger;
  /** Machines with different tags do not discover each other by mDNS; for tests. */
  readonly clusterTag?: string;
}

/** The mesh over libp2p. */
export function createTransport(options: TransportOptions): Transport {
  return new Libp2pTransport(options);
}

class Libp2pTransport implements Transport {
  readonly self: MachineId;
  readonly #options: TransportOptions;
  readonly #logger: Logger;
  readonly #gate: MemberGate;
  readonly #gossip: Gossip;
  readonly #joins: JoinService;
  readonly #joinConnections = new JoinConnections((connection) => this.#takeUp(connection));
  readonly #links = new Map<MachineId, PeerLink>();
  readonly #dialling: Dialling;
  readonly #sightings = new Sightings();
  readonly #conduct = new MemberConduct();
  readonly #turns = new FairTurns();
  #handlers: TransportHandlers | undefined;
  #node: MeshNode | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#logger = options.logger;
    this.self = options.signer.self;
    this.#gate = new MemberGate(options.logger, (machine, remoteAddress) => {
      const reason = 'too many machines that are no members want to be heard';
      this.#handlers?.strangerRefused?.(machine, remoteAddress, reason, 'place');
    });
    this.#gossip = new Gossip({
      turns: this.#turns,
      signer: options.signer,
      isMember: (machine) => this.#gate.isMember(machine),
      isWelcome: (machine) => this.#gate.isWelcome(machine),
      heartbeat: (heartbeat) => this.#handlers?.heartbeat(heartbeat),
      offence: (lastHop, reason) => this.#countBad(lastHop, reason),
      flood: (lastHop) => this.#onFlood(lastHop, 'it floods this machine with gossip'),
      failed: (error) => this.#logger.log('debug', 'gossip failed', { error }),
      refused: (stream, connection) => this.#refuseStranger(stream, connection),
    });
    this.#dialling = new Dialling({
      connect: (targets, signal) => this.#connect(targets, signal),
      isAllowed: (machine) => machine !== this.self && this.#gate.isWelcome(machine),
      hasConnection: (machine) => this.#links.get(machine)?.hasConnection === true,
      failed: (machine, refused) => {
        // Whom this machine refuses did not fail to answer.
        if (this.#links.get(machine)?.isUp === true || this.#gate.isBarred(machine)) return;
        this.#handlers?.dialFailed(machine, refused);
      },
    });
    this.#joins = new JoinService({
      logger: options.logger,
      answer: (from, request, remoteAddress) => this.#answerJoin(from, request, remoteAddress),
      refused: (connection, reason) => this.#tellRefused(connection, reason, 'to-join'),
      done: (from, connection) => {
        // What is used otherwise stays; a machine that has just become a member needs a fresh connection.
        if (this.#links.get(from)?.isUp !== true) void closeConnection(connection);
      },
    });
  }

  async start(handlers: TransportHandlers): Promise<Result<void>> {
    assert(this.#node === undefined, 'a transport starts once');
    const listen = checkListenAddresses(this.#options.listen);
    if (!listen.ok) return listen;
    const tag = this.#options.clusterTag;
    const node = await createNode({
      seed: this.#options.seed,
      listen: listen.value,
      announceLoopback: this.#options.announceLoopback,
      gossip: this.#gossip,
      connectionGater: this.#gate.connectionGater,
      mdnsServiceTag: this.#options.mdns ? `_carillon${tag === undefined ? '' : `-${tag}`}._udp.local` : undefined,
      discovered: (peer) => this.#discovered(peer),
    });
    assert(node.peerId.toString() === this.self, 'the signer belongs to the seed');
    node.addEventListener('connection:open', (event) => this.#connectionOpened(event.detail));
    node.addEventListener('connection:close', (event) => this.#connectionClosed(event.detail));
    try {
      const limits = { maxInboundStreams: 4, maxOutboundStreams: 4 };
      await node.handle(PROTOCOLS.control, (stream, connection) => this.#controlStream(stream, connection), limits);
      await node.handle(PROTOCOLS.join, (stream, connection) => void this.#joins.handle(stream, connection), limits);
      this.#handlers = handlers;
      this.#node = node;
      await node.start();
      this.#gossip.subscribe();
      return ok(undefined);
    } catch (error) {
      await this.stop();
      return err(startFailure(error, listen.value));
    }
  }

  async stop(): Promise<void> {
    const node = this.#node;
    this.#handlers = undefined;
    this.#node = undefined;
    if (node === undefined) return;
    for (const link of this.#links.values()) link.close();
    this.#gate.stop();
    const outcome = await settled(Promise.resolve(node.stop()), NETWORK.stopMs);
    for (const connection of node.getConnections()) connection.abort(new Error('the transport stopped'));
    if (!outcome.inTime || outcome.error !== undefined) {
      this.#logger.log('warn', 'the network did not stop in order', { error: outcome.error, inTime: outcome.inTime });
    }
  }

  addresses(): readonly string[] {
    return announcedAddresses(this.self, this.#node?.listeningOn() ?? [], this.#options.announceLoopback);
  }

  setMembers(members: ReadonlySet<MachineId>): void {
    const { added, removed } = this.#gate.replace(members);
    for (const machine of removed) {
      this.#links.get(machine)?.close();
      this.#links.delete(machine);
      this.#gossip.expel(machine);
      this.#dialling.forget(machine);
      this.#conduct.forget(machine);
      this.#closeConnections(machine);
    }
    for (const machine of added) {
      // As a stranger it was refused gossip and control: a fresh connection offers them anew. An answer comes first.
      if (!this.#joins.isAnswering(machine)) this.#closeConnections(machine);
      this.#tellSighting(machine);
    }
  }

  dial(machine: MachineId, addresses: readonly string[]): void {
    if (this.#node === undefined || this.#links.get(machine)?.isUp === true) return;
    this.#dialling.dial(machine, addresses);
  }

  disconnect(machine: MachineId): void {
    this.#links.get(machine)?.abort('disconnected');
    for (const connection of this.#connectionsTo(machine)) connection.abort(new Error('disconnected'));
  }

  send(to: MachineId, message: PeerMessage): boolean {
    return this.#links.get(to)?.send(message) ?? false;
  }

  publish(heartbeat: Heartbeat): void {
    if (this.#node === undefined) return;
    for (const [machine, link] of this.#links) {
      if (link.isUp) this.#gossip.keepUp(machine, this.#connectionsTo(machine));
    }
    this.#gossip.publish(heartbeat);
  }

  async requestJoin(
    inviter: MachineId,
    addresses: readonly string[],
    request: JoinRequest,
  ): Promise<Result<JoinAnswer, AppError>> {
    const targets = dialTargets(inviter, [...this.#sightings.of(inviter), ...addresses], 0);
    if (this.#node === undefined) return err(appError('STOPPING', 'The network is not running.'));
    if (targets.length === 0 || inviter === this.self) {
      return err(appError('PEER_UNREACHABLE', `There is no usable address of the inviting machine ${inviter}.`));
    }
    const node = this.#node;
    const dial: Dialler['dial'] = (address, options) =>
      this.#joinConnections.dial(inviter, () => node.dial(address, options));
    return askToJoin({ dial }, inviter, targets, request);
  }

  #connect(targets: Multiaddr[], signal: AbortSignal): Promise<unknown> {
    const node = this.#node;
    if (node === undefined) return Promise.reject(new Error('stopped'));
    // Forced: connections that no link knows are those of a former stranger, about to close.
    return dialInTurn((address, within) => node.dial(address, { signal: within, force: true }), targets, signal);
  }

  #connectionOpened(connection: Connection): void {
    const machine = machineOf(connection);
    if (this.#node === undefined) connection.abort(new Error('stopped'));
    else if (this.#gate.isBarred(machine)) connection.abort(new Error('refused for what it sent'));
    else if (!this.#joinConnections.holds(machine, connection)) this.#takeUp(connection);
  }

  #takeUp(connection: Connection): void {
    const machine = machineOf(connection);
    if (connection.status !== 'open') return;
    if (this.#gate.isMember(machine)) this.#linkTo(machine).add(connection);
    else if (connection.direction === 'inbound') this.#watchStranger(connection);
  }

  #watchStranger(connection: Connection): void {
    this.#gate.watchStranger(connection);
    watchUnanswered(connection, () => {
      // It may have become a member meanwhile, whose streams end with its connections.
      if (this.#gate.isMember(machineOf(connection))) return;
      this.#tellRefused(connection, 'it asked for a protocol that is not offered', 'unknown');
    });
  }

  #connectionClosed(connection: Connection): void {
    const machine = machineOf(connection);
    this.#gate.forget(connection);
    this.#links.get(machine)?.remove(connection);
    if (this.#gate.isMember(machine)) return;
    // What libp2p noted of a stranger is of no further use, and strangers are many.
    this.#node?.peerStore.delete(connection.remotePeer).catch((error: unknown) => {
      this.#logger.log('debug', 'a stranger could not be forgotten', { error });
    });
  }

  #controlStream(stream: Stream, connection: Connection): void {
    const machine = machineOf(connection);
    if (this.#node !== undefined && this.#gate.isMember(machine)) this.#linkTo(machine).accept(stream, connection);
    else this.#refuseStranger(stream, connection);
  }

  #refuseStranger(stream: Stream, connection: Connection): void {
    stream.abort(new Error('this protocol is for members'));
    this.#tellRefused(connection, 'it is no member, and wanted more than to join', 'more');
  }

  #tellRefused(connection: Connection, reason: string, wanted: StrangersWish): void {
    this.#handlers?.strangerRefused?.(machineOf(connection), connection.remoteAddr.toString(), reason, wanted);
  }

  #linkTo(machine: MachineId): PeerLink {
    const existing = this.#links.get(machine);
    if (existing !== undefined) return existing;
    const link = new PeerLink(this.self, machine, () => this.addresses(), this.#turns, {
      up: (connection, hello) => {
        const fault = this.#conduct.linkFault(machine);
        if (fault !== undefined) return this.#onFlood(machine, fault);
        this.#dialling.succeeded(machine);
        const reachedAt = connection.direction === 'outbound' ? connection.remoteAddr : undefined;
        this.#handlers?.connected(machine, knownAddresses(machine, reachedAt, hello.addresses));
      },
      down: (broken) => queueMicrotask(() => this.#handlers?.disconnected(machine, broken)),
      message: (message, taken) => this.#message(machine, message, taken),
      malformed: (reason, fatal) => this.#countBad(machine, reason, fatal),
      refused: (connection) => this.#spare(machine, connection),
      failed: () => this.#dialling.connectionFailed(machine),
    });
    this.#links.set(machine, link);
    return link;
  }

  /** A member that refuses the control stream may have lost its data, and be about to join: it gets time to say so. */
  #spare(machine: MachineId, connection: Connection): void {
    if (connection.direction === 'outbound') return connection.abort(new Error('the control stream was refused'));
    const timer = setTimeout(() => {
      if (!this.#joins.isAnswering(machine)) connection.abort(new Error('the control stream was refused'));
    }, NETWORK.refusedControlMs);
    timer.unref();
    connection.addEventListener('close', () => clearTimeout(timer), { once: true });
  }

  /** Counts what an honest member never sends; too much of it, or what makes a stream unreadable, ends the connection. */
  #countBad(machine: MachineId, reason: string, fatal = false): void {
    if (!this.#gate.isMember(machine) || this.#gate.isBarred(machine)) return;
    this.#logger.log('debug', 'a member sent something malformed', { machine, reason });
    this.#handlers?.rejected?.(machine, reason);
    if (!this.#conduct.isTooBad(machine) && !fatal) return;
    if (this.#conduct.isOffender(machine)) this.#gate.bar(machine);
    this.#cutOff(machine, reason);
  }

  /** A member that floods this machine: the one thing that is not forgiven at first. */
  #onFlood(machine: MachineId, reason: string): void {
    if (!this.#gate.isMember(machine) || this.#gate.isBarred(machine)) return;
    this.#gate.bar(machine);
    this.#cutOff(machine, reason);
  }

  #cutOff(machine: MachineId, reason: string): void {
    this.#conduct.forgive(machine);
    this.disconnect(machine);
    if (this.#gate.isBarred(machine)) this.#gossip.expel(machine);
    queueMicrotask(() => this.#handlers?.offence(machine, reason));
  }

  #message(machine: MachineId, message: PeerMessage, taken: () => void): void {
    const verdict = this.#conduct.judge(machine, message.type);
    if (verdict === 'within') return this.#handlers?.message(machine, message, taken);
    taken();
    if (verdict === 'too-much')
      this.#onFlood(machine, `it floods this machine with messages of the kind ${message.type}`);
  }

  async #answerJoin(from: MachineId, request: JoinRequest, remoteAddress: string): Promise<JoinAnswer> {
    const handlers = this.#handlers;
    if (handlers === undefined) return { type: 'refused', code: 'STOPPING', message: 'The machine is shutting down.' };
    return handlers.joinRequest(from, request, remoteAddress);
  }

  #discovered(peer: PeerInfo): void {
    const machine = peer.id.toString() as MachineId;
    if (machine === this.self) return;
    const addresses = knownAddresses(
      machine,
      undefined,
      peer.multiaddrs.map((address) => address.toString()),
    );
    if (addresses.length === 0) return;
    if (!this.#gate.isMember(machine)) this.#sightings.note(machine, addresses);
    this.#handlers?.discovered(machine, addresses);
  }

  /** It was announced before it was known here, such as while the document was being opened; the next time may be late. */
  #tellSighting(machine: MachineId): void {
    const addresses = this.#sightings.of(machine);
    if (addresses.length > 0) queueMicrotask(() => this.#handlers?.discovered(machine, addresses));
  }

  #connectionsTo(machine: MachineId): Connection[] {
    return this.#node?.getConnections(peerIdFromString(machine)) ?? [];
  }

  #closeConnections(machine: MachineId): void {
    for (const connection of this.#connectionsTo(machine)) void closeConnection(connection);
  }
}

function machineOf(connection: Connection): MachineId {
  return connection.remotePeer.toString() as MachineId;
}

function startFailure(error: unknown, listen: readonly string[]): AppError {
  const text = error instanceof Error ? error.message : String(error);
  const taken = /EADDRINUSE[^\n]*/.exec(text)?.[0];
  if (taken !== undefined) {
    return appError('PORT_IN_USE', `Another program listens on the port already (${listen.join(', ')}): ${taken}`);
  }
  // The library advises on its own options, over several lines.
  const fault = /\bE[A-Z]{4,}\b[^\n]*/.exec(text)?.[0] ?? text.split('\n')[0];
  return appError('INVALID_INPUT', `listening on ${listen.join(', ')} failed: ${fault}`, { field: 'listen' });
}
