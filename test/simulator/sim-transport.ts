/**
 * The transport port of one simulated agent. Streams are like TCP: in order, sent again after a loss with growing
 * patience, stalled when no answer comes back; a killed agent's system resets them, one without power says nothing, and
 * whoever goes on sending to a side that has given up is told by a reset, once it gets through. Gossip is like a mesh of
 * neighbours: it may be lost, doubled and overtaken, and a third machine bridges a cut between two. Nothing is reported
 * from within a call of the peer. It passes the same suite as the transport over libp2p (`test/conformance`).
 */
import { LIMITS, TIMES } from '../../core/config/constants.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import {
  decodeHeartbeat,
  decodeJoinAnswer,
  decodeJoinRequest,
  decodePeerMessage,
  encodeHeartbeat,
  encodeJoinAnswer,
  encodeJoinRequest,
  encodePeerMessage,
} from '../../core/protocol/codec.ts';
import type { Lane } from '../../core/protocol/frames.ts';
import { isUrgent } from '../../core/protocol/limits.ts';
import type { Heartbeat, JoinAnswer, JoinRequest, PeerMessage } from '../../core/protocol/messages.ts';
import type { Transport, TransportHandlers } from '../../core/ports/transport.ts';
import { appError, type AppError } from '../../core/std/app-error.ts';
import { err, ok, type Result } from '../../core/std/result.ts';
import { type Parcel, roughSizeBytes, SimLane } from './sim-lane.ts';
import type { SimLink } from './sim-link.ts';
import type { SimNetwork } from './sim-network.ts';

/** One end of a connection. */
interface Connection {
  readonly to: SimTransport;
  readonly out: SimLink;
  readonly back: SimLink;
  /** Delivery keeps the order: nothing overtakes what has left before. */
  lastArrivalMs: number;
  /** The same for bulk that had to queue, which urgent messages overtake. */
  lastBulkArrivalMs: number;
  /** Of both ends. */
  readonly pair: { open: boolean };
  readonly urgent: SimLane;
  readonly bulk: SimLane;
  /** When this end said goodbye; what had not left by then never does. */
  endedMs: number;
  /** Patience before the next try, while something waits; 0 when nothing does. */
  retryMs: number;
  /** Delivered while no acknowledgement could come back. */
  unanswered: number;
  /** The other end is gone, and a reset is on its way here. */
  resetting: boolean;
}

/** Patience of a stream before it sends again: the least and the most of Linux. */
const RETRANSMIT_MIN_MS = 200;
const RETRANSMIT_MAX_MS = 120_000;
/** What TCP sends before it must hear something: its initial window. */
const UNANSWERED_MAX = 10;
/** As the real transport's: for a join, and for a connection on which no control stream comes up. */
const JOIN_TIMEOUT_MS = 10_000;
const GREETING_MS = 6000;
/** Where a machine listens: its name in a network that has no numbers. */
const ADDRESS = /^\/dns4\/(\w+)\.lan\/tcp\/4100(?:\/p2p\/(\w+))?$/;

export class SimTransport implements Transport {
  readonly self: MachineId;
  readonly #network: SimNetwork;
  readonly #isAwake: () => boolean;
  readonly #connections = new Map<MachineId, Connection>();
  readonly #dialling = new Set<MachineId>();
  /** Machines that have reached this one, and wait until it has missed the connection that they lost. */
  readonly #knocking = new Set<SimTransport>();
  readonly #badMessages = new Map<MachineId, number>();
  #members: ReadonlySet<MachineId> = new Set();
  #handlers: TransportHandlers | undefined;

  /** @param isAwake false while the agent stands still: its system takes packets, but nobody answers a handshake. */
  constructor(network: SimNetwork, self: MachineId, isAwake: () => boolean = () => true) {
    this.#network = network;
    this.self = self;
    this.#isAwake = isAwake;
  }

  start(handlers: TransportHandlers): Promise<Result<void>> {
    this.#handlers = handlers;
    this.#network.attach(this);
    return Promise.resolve(ok(undefined));
  }

  stop(): Promise<void> {
    this.#network.detach(this);
    for (const id of [...this.#connections.keys()]) this.#close(id, 'goodbye');
    this.#handlers = undefined;
    return Promise.resolve();
  }

  /** The process is gone: its system resets what it can still reach. */
  kill(): void {
    this.#network.detach(this);
    this.#handlers = undefined;
    for (const id of [...this.#connections.keys()]) this.#close(id, 'reset');
  }

  /** The power is gone: nobody is told anything. */
  vanish(): void {
    this.#network.detach(this);
    this.#network.darken(this.self);
    this.#handlers = undefined;
    for (const connection of this.#connections.values()) connection.pair.open = false;
    this.#connections.clear();
  }

  addresses(): readonly string[] {
    return this.#handlers === undefined ? [] : [`/dns4/${this.self}.lan/tcp/4100/p2p/${this.self}`];
  }

  setMembers(members: ReadonlySet<MachineId>): void {
    this.#members = new Set(members);
    for (const id of [...this.#connections.keys()]) if (!members.has(id)) this.#close(id, 'goodbye');
  }

  trusts(id: MachineId): boolean {
    return this.#members.has(id);
  }

  isConnected(id: MachineId): boolean {
    return this.#connections.has(id);
  }

  dial(machine: MachineId, addresses: readonly string[]): void {
    const network = this.#network;
    if (this.#handlers === undefined || this.#connections.has(machine) || this.#dialling.has(machine)) return;
    this.#dialling.add(machine);
    if (machine === this.self || !this.trusts(machine) || !leadsTo(machine, addresses)) {
      return this.#dialEnds(machine, 0, false);
    }
    const out = network.link(this.self, machine);
    const back = network.link(machine, this.self);
    const reachable = out.passes(network.time.now) && back.passes(network.time.now) && !network.isDark(machine);
    const tripMs = network.delayMs(out) + network.delayMs(back);
    // Each lost packet of the handshake costs a second, as a lost SYN does.
    const lostMs = (network.loses(out) ? SYN_RETRY_MS : 0) + (network.loses(back) ? SYN_RETRY_MS : 0);
    if (!reachable || tripMs + lostMs > TIMES.dialTimeoutMs) {
      return this.#dialEnds(machine, TIMES.dialTimeoutMs, false);
    }
    if (network.node(machine) === undefined) return this.#dialEnds(machine, tripMs + lostMs, true);
    network.time.after(tripMs + lostMs, () => {
      const answering = network.node(machine);
      const cut = !out.passes(network.time.now) || !back.passes(network.time.now);
      if (cut || network.isDark(machine) || answering?.trusts(this.self) !== true || !this.trusts(machine)) {
        return this.#dialEnds(machine, 0, false);
      }
      if (!answering.#isAwake()) return this.#dialEnds(machine, TIMES.dialTimeoutMs, false);
      this.#greet(answering);
    });
  }

  disconnect(machine: MachineId): void {
    this.#close(machine, 'reset');
    // Whoever knocks is cut with the rest.
    for (const other of this.#knocking) {
      if (other.self !== machine) continue;
      this.#knocking.delete(other);
      other.#dialEnds(this.self, this.#network.delayMs(this.#network.link(this.self, machine)), false);
    }
  }

  send(to: MachineId, message: PeerMessage): boolean {
    const parcel = this.#network.carriesBytes ? encodePeerMessage(message) : message;
    return this.sendParcel(to, parcel, isUrgent(message) ? 'urgent' : 'bulk', roughSizeBytes(message));
  }

  /** Sends what may be no message at all. */
  sendParcel(to: MachineId, parcel: Parcel, lane: Lane, sizeBytes: number): boolean {
    const connection = this.#connections.get(to);
    if (connection === undefined || this.#handlers === undefined) return false;
    if (sizeBytes > LIMITS.controlMessageBytes) return false;
    if (this.#isClear(connection)) {
      const nowMs = this.#network.time.now;
      const queued = lane === 'bulk' && !connection.bulk.isEmpty(nowMs);
      const leftMs = connection[lane].pass(nowMs, sizeBytes);
      if (leftMs !== undefined) this.#carry(connection, parcel, lane, queued, leftMs);
      return leftMs !== undefined;
    }
    if (!connection[lane].push(this.#network.time.now, parcel, sizeBytes)) return false;
    if (connection.retryMs === 0) this.#flush(connection);
    return true;
  }

  publish(heartbeat: Heartbeat): void {
    if (this.#handlers === undefined) return;
    for (const node of this.#network.nodes()) {
      if (node !== this && this.#members.has(node.self) && node.trusts(this.self)) this.#gossip(node, heartbeat);
    }
  }

  requestJoin(
    inviter: MachineId,
    addresses: readonly string[],
    request: JoinRequest,
  ): Promise<Result<JoinAnswer, AppError>> {
    const network = this.#network;
    if (this.#handlers === undefined) return Promise.resolve(err(appError('STOPPING', 'the network is not running')));
    const asked = decodeJoinRequest(encodeJoinRequest(request));
    if (!leadsTo(inviter, addresses) || !asked.ok) {
      return Promise.resolve(err(appError('PEER_UNREACHABLE', 'the inviting machine could not be asked')));
    }
    return new Promise((resolve) => {
      const answer = (outcome: Result<JoinAnswer, AppError>): void => {
        if (this.#handlers !== undefined) resolve(outcome);
      };
      network.time.after(JOIN_TIMEOUT_MS, () => {
        answer(err(appError('PEER_TIMEOUT', 'no answer came in time')));
      });
      if (!network.passes(this.self, inviter) || !network.passes(inviter, this.self)) return;
      if (network.isDark(inviter)) return;
      network.time.after(3 * network.delayMs(network.link(this.self, inviter)), () => {
        const node = network.node(inviter);
        const handlers = node === undefined ? undefined : node.#handlers;
        if (node === undefined || handlers === undefined || !network.passes(this.self, inviter)) {
          answer(err(appError('PEER_UNREACHABLE', 'nobody answers')));
          return;
        }
        void handlers.joinRequest(this.self, asked.value, this.addresses()[0] ?? '').then((welcome) => {
          // An answer into a cut is lost: the inviter has admitted a machine that does not know it.
          if (!network.passes(inviter, this.self) || node.#handlers !== handlers) return;
          const told = decodeJoinAnswer(encodeJoinAnswer(welcome));
          network.time.after(network.delayMs(network.link(inviter, this.self)), () => {
            answer(told.ok ? ok(told.value) : err(appError('PEER_UNREACHABLE', 'no answer that can be read')));
          });
        });
      });
    });
  }

  /** The connection to a machine breaks here; what was under way is lost. */
  breakWith(machine: MachineId): void {
    const connection = this.#connections.get(machine);
    if (connection !== undefined) this.#reset(connection);
  }

  #receive(from: MachineId, parcel: Parcel): void {
    if (!(parcel instanceof Uint8Array)) {
      this.#handlers?.message(from, parcel);
      return;
    }
    const decoded = decodePeerMessage(parcel);
    if (decoded.ok) this.#handlers?.message(from, decoded.value);
    else this.#countBad(from, `a message ${decoded.error}`);
  }

  #hear(from: MachineId, heartbeat: Heartbeat | Uint8Array): void {
    if (!(heartbeat instanceof Uint8Array)) {
      this.#handlers?.heartbeat(heartbeat);
      return;
    }
    const decoded = decodeHeartbeat(heartbeat);
    if (decoded.ok) this.#handlers?.heartbeat(decoded.value);
    else this.#countBad(from, `a heartbeat ${decoded.error}`);
  }

  #countBad(from: MachineId, reason: string): void {
    const count = (this.#badMessages.get(from) ?? 0) + 1;
    this.#badMessages.set(from, count);
    if (count < LIMITS.badMessagesPerPeer) return;
    this.#badMessages.delete(from);
    this.disconnect(from);
    this.#network.time.after(0, () => this.#handlers?.offence(from, reason));
  }

  #gossip(node: SimTransport, heartbeat: Heartbeat): void {
    const network = this.#network;
    const { faults, random, time } = network;
    const link = network.link(this.self, node.self);
    const direct = this.#gossipsWith(node) && link.passes(time.now);
    if (!direct && !this.#isBridged(node)) return;
    if (network.loses(link)) return;
    let delayMs = network.delayMs(link) * (direct ? 1 : 2);
    if (faults.reorderRate > 0 && random.fraction() < faults.reorderRate)
      delayMs += random.fraction() * faults.reorderMs;
    const encoded = network.carriesBytes ? encodeHeartbeat(heartbeat) : undefined;
    const arrive = (): void => {
      if (network.isDark(node.self)) return;
      // The real transport looks at the signature.
      if (heartbeat.from !== this.self) node.#countBad(this.self, 'a heartbeat is not signed by its author');
      // What a removed machine says is dropped at the door, whenever it was sent.
      else if (node.trusts(heartbeat.from)) node.#hear(this.self, encoded ?? heartbeat);
    };
    time.after(delayMs, arrive);
    if (faults.duplicateRate > 0 && random.fraction() < faults.duplicateRate) {
      time.after(delayMs + random.fraction() * 1000, arrive);
    }
  }

  /** Gossip goes over connections that there are. */
  #gossipsWith(node: SimTransport): boolean {
    return this.#connections.get(node.self)?.pair.open === true;
  }

  /** Through whoever is connected with both: a cut between two is bridged by a third. */
  #isBridged(node: SimTransport): boolean {
    for (const via of this.#network.nodes()) {
      if (via === this || via === node || !this.#gossipsWith(via) || !via.#gossipsWith(node)) continue;
      if (this.#network.passes(this.self, via.self) && this.#network.passes(via.self, node.self)) return true;
    }
    return false;
  }

  /**
   * Reached, and trusted both ways. The machine with the smaller id opens the stream: when it is the one that dials, the
   * other takes the new stream for the successor of the old; otherwise the new one has to wait until the old is missed.
   */
  #greet(target: SimTransport): void {
    const { time } = this.#network;
    if (this.#connections.has(target.self)) return void this.#dialling.delete(target.self);
    if (this.self < target.self || !target.#connections.has(this.self)) return this.#connect(target);
    target.#knocking.add(this);
    time.after(GREETING_MS, () => {
      if (target.#knocking.delete(this)) this.#dialEnds(target.self, 0, false);
    });
  }

  #connect(target: SimTransport): void {
    const network = this.#network;
    this.#dialling.delete(target.self);
    target.#dialling.delete(this.self);
    target.breakWith(this.self);
    const pair = { open: true };
    const out = network.link(this.self, target.self);
    const back = network.link(target.self, this.self);
    this.#connections.set(target.self, newConnection(target, out, back, pair));
    target.#connections.set(this.self, newConnection(this, back, out, pair));
    this.#handlers?.connected(target.self, target.addresses());
    target.#handlers?.connected(this.self, this.addresses());
  }

  /** This end closes: with a last word, after all that has left already; or at once, as a system does. */
  #close(machine: MachineId, how: 'goodbye' | 'reset'): void {
    const connection = this.#connections.get(machine);
    if (connection === undefined) return;
    const { time } = this.#network;
    this.#connections.delete(machine);
    connection.endedMs = time.now;
    if (how === 'reset') connection.pair.open = false;
    time.after(0, () => this.#handlers?.disconnected(machine, false));
    // Into a cut link it is said in vain: the other side learns of it by its own silence, or when it sends.
    if (!connection.out.passes(time.now) || this.#network.isDark(machine)) {
      connection.pair.open = false;
      return;
    }
    const { to, pair } = connection;
    const arrivalMs = Math.max(connection.lastArrivalMs, time.now + this.#network.delayMs(connection.out));
    time.after(arrivalMs - time.now, () => {
      pair.open = false;
      const theirs = to.#connections.get(this.self);
      if (theirs === undefined || theirs.pair !== pair) return;
      to.#connections.delete(this.self);
      to.#handlers?.disconnected(this.self, how === 'reset');
      to.#welcomeKnocking(this.self);
    });
  }

  /** This end is told that the other one is gone. */
  #reset(connection: Connection): void {
    connection.pair.open = false;
    const machine = connection.to.self;
    if (this.#connections.get(machine) !== connection) return;
    this.#connections.delete(machine);
    this.#handlers?.disconnected(machine, true);
    this.#welcomeKnocking(machine);
  }

  /** The old connection is missed at last: who has knocked meanwhile is let in. */
  #welcomeKnocking(machine: MachineId): void {
    for (const other of this.#knocking) {
      if (other.self !== machine) continue;
      this.#knocking.delete(other);
      this.#network.time.after(this.#network.delayMs(this.#network.link(this.self, machine)), () => {
        const both = this.#handlers !== undefined && other.#handlers !== undefined;
        if (both && this.trusts(machine) && other.trusts(this.self) && !other.#connections.has(this.self)) {
          other.#connect(this);
        } else other.#dialEnds(this.self, 0, false);
      });
    }
  }

  /** True when nothing holds up what is sent now: as a rule. */
  #isClear(connection: Connection): boolean {
    const { retryMs, urgent, bulk, out, to, pair } = connection;
    if (retryMs !== 0 || urgent.held + bulk.held > 0 || !pair.open) return false;
    const { time } = this.#network;
    return out.passes(time.now) && this.#isAnswered(connection) && !this.#network.isDark(to.self);
  }

  /** Sends what is held up, urgent messages first, as far as the link lets it. */
  #flush(connection: Connection): void {
    const network = this.#network;
    const { time } = network;
    const { urgent, bulk, out, to, pair } = connection;
    while (urgent.held + bulk.held > 0) {
      if (!out.passes(time.now) || !this.#isAnswered(connection) || network.isDark(to.self)) {
        return this.#waitLonger(connection);
      }
      if (!pair.open) return this.#awaitReset(connection);
      this.#sendNext(connection, urgent.held > 0 ? 'urgent' : 'bulk');
    }
    connection.retryMs = 0;
  }

  #sendNext(connection: Connection, name: Lane): void {
    const nowMs = this.#network.time.now;
    const lane = connection[name];
    const queued = name === 'bulk' && !lane.isEmpty(nowMs);
    const { parcel, leftMs } = lane.release(nowMs);
    this.#carry(connection, parcel, name, queued, leftMs);
  }

  /** What has left at an instant arrives, sooner or later. @param queued it had to wait for what left before it */
  #carry(connection: Connection, parcel: Parcel, name: Lane, queued: boolean, leftMs: number): void {
    const network = this.#network;
    const nowMs = network.time.now;
    let delayMs = network.delayMs(connection.out);
    for (let retryMs = RETRANSMIT_MIN_MS; network.loses(connection.out) && retryMs < RETRANSMIT_MAX_MS; retryMs *= 2) {
      delayMs += retryMs;
    }
    if (!connection.back.passes(nowMs)) connection.unanswered += 1;
    let arrivalMs = Math.max(connection.lastArrivalMs, leftMs + delayMs);
    if (name === 'bulk') {
      arrivalMs = Math.max(connection.lastBulkArrivalMs, arrivalMs);
      connection.lastBulkArrivalMs = arrivalMs;
    }
    // What still queues is overtaken by urgent messages; what was lost and is sent again holds up all that follows.
    if (!queued || delayMs >= RETRANSMIT_MIN_MS) connection.lastArrivalMs = arrivalMs;
    const { to, pair } = connection;
    network.time.after(arrivalMs - nowMs, () => {
      if (!pair.open || (queued && leftMs > connection.endedMs)) return;
      if (to.#connections.get(this.self)?.pair === pair) to.#receive(this.self, parcel);
    });
  }

  /** Without acknowledgements a stream stalls after its first window. */
  #isAnswered(connection: Connection): boolean {
    if (connection.back.passes(this.#network.time.now)) connection.unanswered = 0;
    return connection.unanswered < UNANSWERED_MAX;
  }

  #waitLonger(connection: Connection): void {
    connection.retryMs =
      connection.retryMs === 0 ? RETRANSMIT_MIN_MS : Math.min(RETRANSMIT_MAX_MS, connection.retryMs * 2);
    this.#network.time.after(connection.retryMs, () => {
      if (this.#connections.get(connection.to.self) === connection) this.#flush(connection);
    });
  }

  /** What is sent to an end that is gone is answered by its system with a reset. */
  #awaitReset(connection: Connection): void {
    if (connection.resetting) return;
    connection.resetting = true;
    const { out, back } = connection;
    this.#network.time.after(this.#network.delayMs(out) + this.#network.delayMs(back), () => {
      connection.resetting = false;
      if (back.passes(this.#network.time.now)) this.#reset(connection);
      else if (this.#connections.get(connection.to.self) === connection) this.#waitLonger(connection);
    });
  }

  #dialEnds(machine: MachineId, delayMs: number, refused: boolean): void {
    this.#network.time.after(delayMs, () => {
      this.#dialling.delete(machine);
      this.#handlers?.dialFailed(machine, refused);
    });
  }
}

const SYN_RETRY_MS = 1000;

/** Is one of the addresses the machine's own, and dialled as such? */
function leadsTo(machine: MachineId, addresses: readonly string[]): boolean {
  return addresses.some((address) => {
    const [, host, named] = ADDRESS.exec(address) ?? [];
    return host === machine && (named === undefined || named === machine);
  });
}

function newConnection(to: SimTransport, out: SimLink, back: SimLink, pair: { open: boolean }): Connection {
  return {
    to,
    out,
    back,
    lastArrivalMs: 0,
    lastBulkArrivalMs: 0,
    pair,
    urgent: new SimLane(),
    bulk: new SimLane(),
    endedMs: Infinity,
    retryMs: 0,
    unanswered: 0,
    resetting: false,
  };
}
