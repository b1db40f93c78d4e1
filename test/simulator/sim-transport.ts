/**
 * The transport port of one simulated agent. Streams are like TCP: in order, sent again after a loss with growing
 * patience, stalled when no answer comes back; a killed agent's system resets them, one without power says nothing, and
 * whoever goes on sending to a side that has given up is told by a reset, once it gets through. Gossip is like a mesh of
 * neighbours: it may be lost, doubled and overtaken, and a third machine bridges a cut between two.
 */
import { LIMITS, TIMES } from '../../core/config/constants.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import type { Heartbeat, JoinAnswer, JoinRequest, PeerMessage } from '../../core/protocol/messages.ts';
import type { Transport, TransportHandlers } from '../../core/ports/transport.ts';
import { appError, type AppError } from '../../core/std/app-error.ts';
import { err, ok, type Result } from '../../core/std/result.ts';
import type { SimLink } from './sim-link.ts';
import type { SimNetwork } from './sim-network.ts';

/** One end of a connection. */
interface Connection {
  readonly to: SimTransport;
  readonly out: SimLink;
  readonly back: SimLink;
  /** Delivery keeps the order: nothing overtakes what was sent before. */
  lastArrivalMs: number;
  /** Of both ends. */
  readonly pair: { open: boolean };
  /** Sent and not under way: delivered when the link lets it through, in order. */
  readonly waiting: PeerMessage[];
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
/** As the real transport's. */
const JOIN_TIMEOUT_MS = 10_000;

export class SimTransport implements Transport {
  readonly self: MachineId;
  readonly #network: SimNetwork;
  readonly #connections = new Map<MachineId, Connection>();
  readonly #dialling = new Set<MachineId>();
  #members: ReadonlySet<MachineId> = new Set();
  #handlers: TransportHandlers | undefined;

  constructor(network: SimNetwork, self: MachineId) {
    this.#network = network;
    this.self = self;
  }

  start(handlers: TransportHandlers): Promise<Result<void>> {
    this.#handlers = handlers;
    this.#network.attach(this);
    return Promise.resolve(ok(undefined));
  }

  stop(): Promise<void> {
    this.#network.detach(this);
    for (const id of [...this.#connections.keys()]) this.#close(id, false);
    this.#handlers = undefined;
    return Promise.resolve();
  }

  /** The process is gone: its system resets what it can still reach. */
  kill(): void {
    this.#network.detach(this);
    this.#handlers = undefined;
    for (const id of [...this.#connections.keys()]) this.#close(id, true);
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
    return [`/memory/${this.self}/p2p/${this.self}`];
  }

  setMembers(members: ReadonlySet<MachineId>): void {
    this.#members = members;
    for (const id of [...this.#connections.keys()]) if (!members.has(id)) this.#close(id, false);
  }

  trusts(id: MachineId): boolean {
    return this.#members.has(id);
  }

  isConnected(id: MachineId): boolean {
    return this.#connections.has(id);
  }

  dial(machine: MachineId): void {
    const network = this.#network;
    if (this.#connections.has(machine) || this.#dialling.has(machine)) return;
    this.#dialling.add(machine);
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
      this.#dialling.delete(machine);
      const answering = network.node(machine);
      if (this.#handlers === undefined) return;
      const cut = !out.passes(network.time.now) || !back.passes(network.time.now);
      if (
        cut ||
        network.isDark(machine) ||
        answering === undefined ||
        !answering.trusts(this.self) ||
        !this.trusts(machine)
      ) {
        return this.#handlers.dialFailed(machine, false);
      }
      this.#connect(answering);
    });
  }

  disconnect(machine: MachineId): void {
    this.#close(machine, false);
  }

  send(to: MachineId, message: PeerMessage): boolean {
    const connection = this.#connections.get(to);
    if (connection === undefined || this.#handlers === undefined) return false;
    if (connection.waiting.length >= LIMITS.sendQueueMessages) return false;
    connection.waiting.push(message);
    if (connection.retryMs === 0) this.#flush(connection);
    return true;
  }

  publish(heartbeat: Heartbeat): void {
    for (const node of this.#network.nodes()) {
      if (node !== this && this.#members.has(node.self) && node.trusts(this.self)) this.#gossip(node, heartbeat);
    }
  }

  requestJoin(
    inviter: MachineId,
    _addresses: readonly string[],
    request: JoinRequest,
  ): Promise<Result<JoinAnswer, AppError>> {
    const network = this.#network;
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
        if (handlers === undefined || !network.passes(this.self, inviter)) {
          answer(err(appError('PEER_UNREACHABLE', 'nobody answers')));
          return;
        }
        void handlers.joinRequest(this.self, request, 'memory').then((welcome) => {
          // An answer into a cut is lost: the inviter has admitted a machine that does not know it.
          if (!network.passes(inviter, this.self)) return;
          network.time.after(network.delayMs(network.link(inviter, this.self)), () => {
            answer(ok(welcome));
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

  deliver(from: MachineId, message: PeerMessage): void {
    this.#handlers?.message(from, message);
  }

  #gossip(node: SimTransport, heartbeat: Heartbeat): void {
    const network = this.#network;
    const { faults, random, time } = network;
    const link = network.link(this.self, node.self);
    const direct = link.passes(time.now);
    if (!direct && !this.#isBridged(node)) return;
    if (network.loses(link)) return;
    let delayMs = network.delayMs(link) * (direct ? 1 : 2);
    if (faults.reorderRate > 0 && random.fraction() < faults.reorderRate)
      delayMs += random.fraction() * faults.reorderMs;
    const arrive = (): void => {
      // What a removed machine says is dropped at the door, whenever it was sent.
      if (node.trusts(heartbeat.from) && !network.isDark(node.self)) node.#handlers?.heartbeat(heartbeat);
    };
    time.after(delayMs, arrive);
    if (faults.duplicateRate > 0 && random.fraction() < faults.duplicateRate) {
      time.after(delayMs + random.fraction() * 1000, arrive);
    }
  }

  /** Through whoever is reachable and trusted by both: a cut between two is bridged by a third. */
  #isBridged(node: SimTransport): boolean {
    for (const via of this.#network.nodes()) {
      if (via === this || via === node || !this.trusts(via.self) || !via.trusts(this.self) || !node.trusts(via.self)) {
        continue;
      }
      if (this.#network.passes(this.self, via.self) && this.#network.passes(via.self, node.self)) return true;
    }
    return false;
  }

  #connect(target: SimTransport): void {
    const network = this.#network;
    if (this.#connections.has(target.self)) return;
    // The other side may still hold an older one that it does not know to be dead: the new one takes its place.
    target.breakWith(this.self);
    const pair = { open: true };
    const out = network.link(this.self, target.self);
    const back = network.link(target.self, this.self);
    this.#connections.set(target.self, newConnection(target, out, back, pair));
    target.#connections.set(this.self, newConnection(this, back, out, pair));
    this.#handlers?.connected(target.self, target.addresses());
    target.#handlers?.connected(this.self, this.addresses());
  }

  #close(machine: MachineId, broken: boolean): void {
    const connection = this.#connections.get(machine);
    if (connection === undefined) return;
    this.#connections.delete(machine);
    connection.pair.open = false;
    this.#handlers?.disconnected(machine, false);
    // Into a cut link it is said in vain: the other side learns of it by its own silence, or when it sends.
    if (!connection.out.passes(this.#network.time.now) || this.#network.isDark(machine)) return;
    const { to, pair } = connection;
    this.#network.time.after(this.#network.delayMs(connection.out), () => {
      const theirs = to.#connections.get(this.self);
      if (theirs === undefined || theirs.pair !== pair) return;
      to.#connections.delete(this.self);
      to.#handlers?.disconnected(this.self, broken);
    });
  }

  /** This end is told that the other one is gone. */
  #reset(connection: Connection): void {
    connection.pair.open = false;
    const machine = connection.to.self;
    if (this.#connections.get(machine) !== connection) return;
    this.#connections.delete(machine);
    this.#handlers?.disconnected(machine, true);
  }

  /** Sends what waits, as far as the link lets it. */
  #flush(connection: Connection): void {
    const network = this.#network;
    const { time } = network;
    const { waiting, out, back, to, pair } = connection;
    while (waiting.length > 0) {
      if (!out.passes(time.now) || !this.#isAnswered(connection) || network.isDark(to.self)) {
        return this.#waitLonger(connection);
      }
      if (!pair.open) return this.#awaitReset(connection);
      const message = waiting.shift() as PeerMessage;
      let delayMs = network.delayMs(out);
      for (let retryMs = RETRANSMIT_MIN_MS; network.loses(out) && retryMs < RETRANSMIT_MAX_MS; retryMs *= 2) {
        delayMs += retryMs;
      }
      if (!back.passes(time.now)) connection.unanswered += 1;
      const arrivalMs = Math.max(connection.lastArrivalMs, time.now + delayMs);
      connection.lastArrivalMs = arrivalMs;
      time.after(arrivalMs - time.now, () => {
        if (pair.open) to.deliver(this.self, message);
      });
    }
    connection.retryMs = 0;
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

function newConnection(to: SimTransport, out: SimLink, back: SimLink, pair: { open: boolean }): Connection {
  return {
    to,
    out,
    back,
    lastArrivalMs: 0,
    pair,
    waiting: [],
    retryMs: 0,
    unanswered: 0,
    resetting: false,
  };
}
