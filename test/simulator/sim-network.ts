/**
 * A network in virtual time. A pair of machines has connections with delay; a cut link loses what is sent, and the
 * connection itself is found broken only by those who listen for silence, as with a pulled cable. A killed process
 * resets its connections, as an operating system does.
 */
import type { MachineId } from '../../core/domain/ids.ts';
import type { Heartbeat, JoinAnswer, JoinRequest, PeerMessage } from '../../core/protocol/messages.ts';
import type { Transport, TransportHandlers } from '../../core/ports/transport.ts';
import { appError, type AppError } from '../../core/std/app-error.ts';
import { err, ok, type Result } from '../../core/std/result.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface LinkFaults {
  minDelayMs: number;
  maxDelayMs: number;
  /** Of gossip only: streams are reliable, a loss there is a delay. */
  lossRate: number;
}

export class SimNetwork {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly faults: LinkFaults = { minDelayMs: 0.2, maxDelayMs: 2, lossRate: 0 };
  readonly #nodes = new Map<MachineId, SimTransport>();
  /** Directed: `a>b` is cut. */
  readonly #cut = new Set<string>();

  constructor(time: VirtualTime, random: SeededRandom) {
    this.time = time;
    this.random = random;
  }

  attach(node: SimTransport): void {
    this.#nodes.set(node.self, node);
  }

  detach(node: SimTransport): void {
    if (this.#nodes.get(node.self) === node) this.#nodes.delete(node.self);
  }

  node(id: MachineId): SimTransport | undefined {
    return this.#nodes.get(id);
  }

  nodes(): SimTransport[] {
    return [...this.#nodes.values()];
  }

  /** Cuts both directions between each of `left` and each of `right`. */
  split(left: readonly MachineId[], right: readonly MachineId[]): void {
    for (const a of left) {
      for (const b of right) {
        this.cut(a, b);
        this.cut(b, a);
      }
    }
  }

  /** Loses what `from` sends to `to`. */
  cut(from: MachineId, to: MachineId): void {
    this.#cut.add(`${from}>${to}`);
  }

  heal(): void {
    this.#cut.clear();
  }

  passes(from: MachineId, to: MachineId): boolean {
    return !this.#cut.has(`${from}>${to}`);
  }

  delayMs(): number {
    const { minDelayMs, maxDelayMs } = this.faults;
    return minDelayMs + this.random.fraction() * (maxDelayMs - minDelayMs);
  }
}

interface Connection {
  readonly to: SimTransport;
  /** Delivery keeps the order: nothing overtakes what was sent before. */
  lastArrivalMs: number;
  /** Of both ends. */
  readonly pair: { open: boolean };
  /** Sent into a cut link and not lost yet: a stream delivers it when the link is whole again, in order. */
  readonly stuck: PeerMessage[];
}

const DIAL_TIMEOUT_MS = 3000;
const RETRANSMIT_MS = 200;

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

  dial(machine: MachineId): void {
    if (this.#connections.has(machine) || this.#dialling.has(machine)) return;
    this.#dialling.add(machine);
    const reachable = this.#network.passes(this.self, machine) && this.#network.passes(machine, this.self);
    if (!reachable) return this.#dialEnds(machine, DIAL_TIMEOUT_MS, false);
    const target = this.#network.node(machine);
    if (target === undefined) return this.#dialEnds(machine, this.#network.delayMs(), true);
    this.#network.time.after(2 * this.#network.delayMs(), () => {
      this.#dialling.delete(machine);
      const answering = this.#network.node(machine);
      if (this.#handlers === undefined) return;
      if (answering === undefined || !answering.trusts(this.self) || !this.trusts(machine)) {
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
    connection.stuck.push(message);
    this.#flush(connection);
    return true;
  }

  publish(heartbeat: Heartbeat): void {
    for (const node of this.#network.nodes()) {
      if (node !== this && this.trusts(node.self) && node.trusts(this.self)) this.#gossip(node, heartbeat);
    }
  }

  async requestJoin(
    inviter: MachineId,
    _addresses: readonly string[],
    request: JoinRequest,
  ): Promise<Result<JoinAnswer, AppError>> {
    const node = this.#network.node(inviter);
    const handlers = node === undefined ? undefined : node.#handlers;
    if (handlers === undefined || !this.#network.passes(this.self, inviter)) {
      return err(appError('PEER_UNREACHABLE', 'nobody answers'));
    }
    return ok(await handlers.joinRequest(this.self, request, 'memory'));
  }

  deliver(from: MachineId, message: PeerMessage): void {
    this.#handlers?.message(from, message);
  }

  #gossip(node: SimTransport, heartbeat: Heartbeat): void {
    // Through whoever is reachable: a cut between two is bridged by a third, as a gossip mesh does.
    const direct = this.#network.passes(this.self, node.self);
    const bridged = this.#network
      .nodes()
      .some((via) => this.#network.passes(this.self, via.self) && this.#network.passes(via.self, node.self));
    if (!direct && !bridged) return;
    if (this.#network.random.fraction() < this.#network.faults.lossRate) return;
    this.#network.time.after(this.#network.delayMs() * (direct ? 1 : 2), () => {
      node.#handlers?.heartbeat(heartbeat);
    });
  }

  #connect(target: SimTransport): void {
    if (this.#connections.has(target.self)) return;
    const pair = { open: true };
    this.#connections.set(target.self, { to: target, lastArrivalMs: 0, pair, stuck: [] });
    target.#connections.set(this.self, { to: this, lastArrivalMs: 0, pair, stuck: [] });
    this.#handlers?.connected(target.self, target.addresses());
    target.#handlers?.connected(this.self, this.addresses());
  }

  #close(machine: MachineId, broken: boolean): void {
    const connection = this.#connections.get(machine);
    if (connection === undefined) return;
    this.#connections.delete(machine);
    connection.pair.open = false;
    this.#handlers?.disconnected(machine, false);
    const other = connection.to;
    const tellOther = (): void => {
      const theirs = other.#connections.get(this.self);
      if (theirs === undefined || theirs.pair !== connection.pair) return;
      other.#connections.delete(this.self);
      other.#handlers?.disconnected(this.self, broken);
    };
    if (this.#network.passes(this.self, machine)) this.#network.time.after(this.#network.delayMs(), tellOther);
    else this.#network.time.after(DIAL_TIMEOUT_MS * 2, tellOther);
  }

  #flush(connection: Connection): void {
    const { time } = this.#network;
    if (!connection.pair.open) return;
    if (!this.#network.passes(this.self, connection.to.self)) {
      if (connection.stuck.length === 1) this.#retransmit(connection);
      return;
    }
    for (const message of connection.stuck.splice(0)) {
      const arrivalMs = Math.max(connection.lastArrivalMs, time.now + this.#network.delayMs());
      connection.lastArrivalMs = arrivalMs;
      time.after(arrivalMs - time.now, () => {
        if (connection.pair.open) connection.to.deliver(this.self, message);
      });
    }
  }

  #retransmit(connection: Connection): void {
    this.#network.time.after(RETRANSMIT_MS, () => {
      if (!connection.pair.open || connection.stuck.length === 0) return;
      if (this.#network.passes(this.self, connection.to.self)) this.#flush(connection);
      else this.#retransmit(connection);
    });
  }

  #dialEnds(machine: MachineId, delayMs: number, refused: boolean): void {
    this.#network.time.after(delayMs, () => {
      this.#dialling.delete(machine);
      this.#handlers?.dialFailed(machine, refused);
    });
  }
}
