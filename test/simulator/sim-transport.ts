/**
 * The transport port of one simulated agent: whom it dials and lets in, and how connections end. A killed agent's system
 * resets them, one without power says nothing. Nothing is reported from within a call of the peer. What goes over a
 * connection is in `sim-connection`, gossip in `sim-gossip`, joining in `sim-join`. It passes the same suite as the
 * transport over libp2p (`test/conformance`).
 */
import { LIMITS, TIMES } from '../../core/config/constants.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import { decodeHeartbeat, decodePeerMessage, encodePeerMessage } from '../../core/protocol/codec.ts';
import type { Lane } from '../../core/protocol/frames.ts';
import { isUrgent } from '../../core/protocol/limits.ts';
import type { Heartbeat, JoinAnswer, JoinRequest, PeerMessage } from '../../core/protocol/messages.ts';
import type { Transport, TransportHandlers } from '../../core/ports/transport.ts';
import { appError, type AppError } from '../../core/std/app-error.ts';
import { err, ok, type Result } from '../../core/std/result.ts';
import { addressOf, leadsTo } from './sim-address.ts';
import { SimConnection, type StreamOwner } from './sim-connection.ts';
import { type Gossiper, spreadHeartbeat } from './sim-gossip.ts';
import { askToJoin } from './sim-join.ts';
import { type Parcel, roughSizeBytes } from './sim-lane.ts';
import type { SimNetwork } from './sim-network.ts';

/** As the real transport's: for a connection on which no control stream comes up. */
const GREETING_MS = 6000;
/** A lost SYN is sent again after this. */
const SYN_RETRY_MS = 1000;

export class SimTransport implements Transport, StreamOwner, Gossiper {
  readonly self: MachineId;
  readonly #network: SimNetwork;
  readonly #isAwake: () => boolean;
  readonly #connections = new Map<MachineId, SimConnection>();
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

  /** Whom it reports to; undefined while it does not listen. */
  get handlers(): TransportHandlers | undefined {
    return this.#handlers;
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
    for (const [id, connection] of this.#connections) {
      connection.pair.open = false;
      this.#drop(id);
    }
  }

  addresses(): readonly string[] {
    return this.#handlers === undefined ? [] : [addressOf(this.self)];
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

  connectionTo(id: MachineId): SimConnection | undefined {
    return this.#connections.get(id);
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
    const { carriesBytes, freezesObjects } = this.#network;
    if (freezesObjects) freezeAll(message);
    const parcel = carriesBytes ? encodePeerMessage(message) : message;
    return this.sendParcel(to, parcel, isUrgent(message) ? 'urgent' : 'bulk', roughSizeBytes(message));
  }

  /** Sends what may be no message at all. */
  sendParcel(to: MachineId, parcel: Parcel, lane: Lane, sizeBytes: number): boolean {
    const connection = this.#connections.get(to);
    return connection !== undefined && this.#handlers !== undefined && connection.send(parcel, lane, sizeBytes);
  }

  publish(heartbeat: Heartbeat): void {
    if (this.#handlers === undefined) return;
    if (this.#network.freezesObjects) freezeAll(heartbeat);
    spreadHeartbeat(this.#network, this, this.#members, heartbeat);
  }

  requestJoin(
    inviter: MachineId,
    addresses: readonly string[],
    request: JoinRequest,
  ): Promise<Result<JoinAnswer, AppError>> {
    if (this.#handlers === undefined) return Promise.resolve(err(appError('STOPPING', 'the network is not running')));
    return askToJoin(this.#network, this, inviter, addresses, request);
  }

  /** The connection to a machine breaks here; what was under way is lost. */
  breakWith(machine: MachineId): void {
    const connection = this.#connections.get(machine);
    if (connection !== undefined) this.onEnded(connection, true);
  }

  receive(from: MachineId, parcel: Parcel): void {
    if (!(parcel instanceof Uint8Array)) {
      this.#handlers?.message(from, parcel);
      return;
    }
    const decoded = decodePeerMessage(parcel);
    if (decoded.ok) this.#handlers?.message(from, decoded.value);
    else this.countBad(from, `a message ${decoded.error}`);
  }

  hear(from: MachineId, heartbeat: Heartbeat | Uint8Array): void {
    if (!(heartbeat instanceof Uint8Array)) {
      this.#handlers?.heartbeat(heartbeat);
      return;
    }
    const decoded = decodeHeartbeat(heartbeat);
    if (decoded.ok) this.#handlers?.heartbeat(decoded.value);
    else this.countBad(from, `a heartbeat ${decoded.error}`);
  }

  countBad(from: MachineId, reason: string): void {
    const count = (this.#badMessages.get(from) ?? 0) + 1;
    this.#badMessages.set(from, count);
    if (count < LIMITS.badMessagesPerPeer) return;
    this.#badMessages.delete(from);
    this.disconnect(from);
    this.#network.time.after(0, () => this.#handlers?.offence(from, reason));
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
    this.#dialling.delete(target.self);
    target.#dialling.delete(this.self);
    target.breakWith(this.self);
    const [near, far] = SimConnection.pairOf(this.#network, this, target);
    this.#connections.set(target.self, near);
    target.#connections.set(this.self, far);
    this.#handlers?.connected(target.self, target.addresses());
    target.#handlers?.connected(this.self, this.addresses());
  }

  /** This end closes: with a last word, after all that has left already; or at once, as a system does. */
  #close(machine: MachineId, how: 'goodbye' | 'reset'): void {
    const connection = this.#drop(machine);
    if (connection === undefined) return;
    this.#network.time.after(0, () => this.#handlers?.disconnected(machine, false));
    connection.end(how === 'reset');
  }

  onEnded(connection: SimConnection, broken: boolean): void {
    connection.pair.open = false;
    if (!connection.isHeld) return;
    this.#drop(connection.to);
    this.#handlers?.disconnected(connection.to, broken);
    this.#welcomeKnocking(connection.to);
  }

  #drop(machine: MachineId): SimConnection | undefined {
    const connection = this.#connections.get(machine);
    if (connection !== undefined) connection.isHeld = false;
    this.#connections.delete(machine);
    return connection;
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

  #dialEnds(machine: MachineId, delayMs: number, refused: boolean): void {
    this.#network.time.after(delayMs, () => {
      this.#dialling.delete(machine);
      this.#handlers?.dialFailed(machine, refused);
    });
  }
}

function freezeAll(value: unknown): void {
  // Bytes cannot be frozen.
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(freezeAll);
}
