/**
 * A transport over a `MemoryNetwork`: the contract of the real one, deterministic, for many peers in one process. Messages
 * are encoded and decoded by the real codec, so that what cannot travel is found here too.
 */
import { LIMITS } from '../../core/config/constants.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import type { Transport, TransportHandlers } from '../../core/ports/transport.ts';
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
import { isUrgent, WIRE } from '../../core/protocol/limits.ts';
import type { Heartbeat, JoinAnswer, JoinRequest, PeerMessage } from '../../core/protocol/messages.ts';
import { appError, type AppError } from '../../core/std/app-error.ts';
import { BoundedQueue } from '../../core/std/bounded-queue.ts';
import { err, ok, type Result } from '../../core/std/result.ts';
import type { MemoryNetwork } from './memory-network.ts';

/** One direction of a connected pair. */
class Channel {
  readonly to: MemoryTransport;
  readonly #lanes: Record<Lane, BoundedQueue<Uint8Array>> = {
    urgent: new BoundedQueue(LIMITS.sendQueueMessages),
    bulk: new BoundedQueue(LIMITS.sendQueueMessages),
  };
  readonly #bytes: Record<Lane, number> = { urgent: 0, bulk: 0 };

  constructor(to: MemoryTransport) {
    this.to = to;
  }

  push(lane: Lane, bytes: Uint8Array): boolean {
    if (this.#bytes[lane] + bytes.length > WIRE.sendQueueBytes || !this.#lanes[lane].push(bytes)) return false;
    this.#bytes[lane] += bytes.length;
    return true;
  }

  /** The message to deliver next: urgent ones first. */
  shift(): Uint8Array | undefined {
    for (const lane of ['urgent', 'bulk'] as const) {
      const bytes = this.#lanes[lane].shift();
      if (bytes === undefined) continue;
      this.#bytes[lane] -= bytes.length;
      return bytes;
    }
    return undefined;
  }

  /** Urgent messages that wait, for the last moment before a goodbye. */
  shiftUrgent(): Uint8Array | undefined {
    return this.#lanes.urgent.shift();
  }
}

const SEEN_HEARTBEATS = 4096;

export class MemoryTransport implements Transport {
  readonly self: MachineId;
  readonly #network: MemoryNetwork;
  readonly #wantedPort: number;
  readonly #channels = new Map<MachineId, Channel>();
  readonly #dialling = new Set<MachineId>();
  readonly #bad = new Map<MachineId, number>();
  readonly #seen = new Set<string>();
  #members: ReadonlySet<MachineId> = new Set();
  #handlers: TransportHandlers | undefined;
  #port: number | undefined;

  /** @param port on which to listen; 0 takes a free one. */
  constructor(network: MemoryNetwork, self: MachineId, port = 0) {
    this.#network = network;
    this.self = self;
    this.#wantedPort = port;
  }

  start(handlers: TransportHandlers): Promise<Result<void>> {
    this.#port = this.#network.listen(this, this.#wantedPort);
    if (this.#port === undefined) {
      return Promise.resolve(err(appError('PORT_IN_USE', `Port ${this.#wantedPort} is in use.`)));
    }
    this.#handlers = handlers;
    return Promise.resolve(ok(undefined));
  }

  stop(): Promise<void> {
    this.#end((other) => this.#sayGoodbye(other));
    return Promise.resolve();
  }

  /** Ends as a crash would: the others hear of it from the system alone. */
  kill(): void {
    this.#end((other) => this.#later(other, () => other.lose(this.self, true)));
  }

  /** Vanishes without a trace, as a machine does whose cable is pulled and which is then switched off. */
  vanish(): void {
    this.#end(() => undefined);
  }

  addresses(): readonly string[] {
    return this.#port === undefined ? [] : [`/ip4/127.0.0.1/tcp/${this.#port}/p2p/${this.self}`];
  }

  setMembers(members: ReadonlySet<MachineId>): void {
    const removed = [...this.#members].filter((machine) => !members.has(machine));
    this.#members = new Set(members);
    for (const machine of removed) {
      this.#bad.delete(machine);
      const other = this.#channels.get(machine)?.to;
      if (other === undefined) continue;
      this.#sayGoodbye(other);
      this.lose(machine, false);
    }
  }

  dial(machine: MachineId, addresses: readonly string[]): void {
    if (this.#handlers === undefined || this.#dialling.has(machine) || this.#channels.has(machine)) return;
    this.#dialling.add(machine);
    this.#network.enqueue(() => {
      if (!this.#dialling.delete(machine) || this.#channels.has(machine)) return;
      const { target, refused } = this.#find(machine, addresses);
      if (target?.trusts(this.self) === true && this.#members.has(machine)) this.#connect(target);
      else this.#handlers?.dialFailed(machine, refused);
    });
  }

  disconnect(machine: MachineId): void {
    const other = this.#channels.get(machine)?.to;
    if (other === undefined) return;
    this.#later(other, () => other.lose(this.self, true));
    this.lose(machine, false);
  }

  send(to: MachineId, message: PeerMessage): boolean {
    const bytes = encodePeerMessage(message);
    return (
      bytes.length <= LIMITS.controlMessageBytes && this.sendBytes(to, bytes, isUrgent(message) ? 'urgent' : 'bulk')
    );
  }

  /** Sends what may be no message at all. */
  sendBytes(to: MachineId, bytes: Uint8Array, lane: Lane): boolean {
    const channel = this.#channels.get(to);
    if (channel === undefined || !channel.push(lane, bytes)) return false;
    this.#network.enqueue(() => {
      const next = this.#channels.get(to) === channel ? channel.shift() : undefined;
      if (next !== undefined && !this.#network.isBlocked(this.self, to)) channel.to.receive(this.self, next);
    });
    return true;
  }

  publish(heartbeat: Heartbeat): void {
    if (this.#handlers === undefined) return;
    this.#isNews(heartbeat);
    this.#gossip(encodeHeartbeat(heartbeat));
  }

  async requestJoin(
    inviter: MachineId,
    addresses: readonly string[],
    request: JoinRequest,
  ): Promise<Result<JoinAnswer, AppError>> {
    await new Promise<void>((resolve) => this.#network.enqueue(resolve));
    const { target } = this.#find(inviter, addresses);
    const answer = await target?.answerJoin(this.self, encodeJoinRequest(request));
    await new Promise<void>((resolve) => this.#network.enqueue(resolve));
    const decoded = answer === undefined ? undefined : decodeJoinAnswer(answer);
    if (decoded?.ok === true) return ok(decoded.value);
    return err(appError('PEER_UNREACHABLE', `The inviting machine ${inviter} could not be asked.`));
  }

  /** Says that a machine was seen on the network; of itself nothing is discovered. */
  discover(machine: MachineId, addresses: readonly string[]): void {
    this.#network.enqueue(() => this.#handlers?.discovered(machine, addresses));
  }

  // What the transports of a network do to each other.

  trusts(machine: MachineId): boolean {
    return this.#handlers !== undefined && this.#members.has(machine);
  }

  isConnectedTo(machine: MachineId): boolean {
    return this.#channels.has(machine);
  }

  accept(other: MemoryTransport): void {
    this.#dialling.delete(other.self);
    this.#channels.set(other.self, new Channel(other));
    this.#handlers?.connected(other.self, other.addresses());
  }

  lose(machine: MachineId, broken: boolean): void {
    if (!this.#channels.delete(machine)) return;
    this.#network.enqueue(() => this.#handlers?.disconnected(machine, broken));
  }

  receive(from: MachineId, bytes: Uint8Array): void {
    if (!this.#channels.has(from)) return;
    const decoded = decodePeerMessage(bytes);
    if (decoded.ok) this.#handlers?.message(from, decoded.value);
    else this.countBad(from, `a message ${decoded.error}`);
  }

  /** A heartbeat handed on by `lastHop`; `signed` is false for a forged one. */
  hear(lastHop: MachineId, bytes: Uint8Array, signed: boolean): void {
    if (!this.#channels.has(lastHop)) return;
    const decoded = decodeHeartbeat(bytes);
    if (!decoded.ok || !signed) {
      this.countBad(lastHop, 'a heartbeat is not signed by its author');
      return;
    }
    if (!this.#members.has(decoded.value.from) || !this.#isNews(decoded.value)) return;
    this.#handlers?.heartbeat(decoded.value);
    this.#gossip(bytes);
  }

  countBad(from: MachineId, reason: string): void {
    const count = (this.#bad.get(from) ?? 0) + 1;
    this.#bad.set(from, count);
    if (count < LIMITS.badMessagesPerPeer) return;
    this.#bad.delete(from);
    this.disconnect(from);
    this.#network.enqueue(() => this.#handlers?.offence(from, reason));
  }

  async answerJoin(from: MachineId, bytes: Uint8Array): Promise<Uint8Array | undefined> {
    const request = decodeJoinRequest(bytes);
    if (!request.ok || this.#handlers === undefined) return undefined;
    return encodeJoinAnswer(await this.#handlers.joinRequest(from, request.value, '/ip4/127.0.0.1/tcp/1'));
  }

  #connect(target: MemoryTransport): void {
    this.accept(target);
    // The other side takes its new connection for the old one's successor.
    if (target.isConnectedTo(this.self)) target.lose(this.self, true);
    target.accept(this);
  }

  /** `refused`: systems answered at every address that nobody listens there. */
  #find(machine: MachineId, addresses: readonly string[]): { target: MemoryTransport | undefined; refused: boolean } {
    let refused = addresses.length > 0;
    for (const address of addresses) {
      const [, port, named] = /^\/ip4\/127\.0\.0\.1\/tcp\/(\d+)(?:\/p2p\/(\w+))?$/.exec(address) ?? [];
      const target = port === undefined ? undefined : this.#network.listenerAt(Number(port));
      const isWrong = port === undefined || (named !== undefined && named !== machine);
      if (isWrong || target !== undefined) refused = false;
      if (isWrong || target?.self !== machine || target === this) continue;
      const blocked = this.#network.isBlocked(this.self, machine) || this.#network.isBlocked(machine, this.self);
      if (!blocked) return { target, refused: false };
    }
    return { target: undefined, refused };
  }

  #gossip(bytes: Uint8Array): void {
    for (const [machine, channel] of this.#channels) {
      this.#network.enqueue(() => {
        if (!this.#network.isBlocked(this.self, machine)) channel.to.hear(this.self, bytes, true);
      });
    }
  }

  #isNews({ from, incarnation, sequence, sentAt }: Heartbeat): boolean {
    const key = `${from} ${incarnation} ${sequence} ${sentAt}`;
    if (this.#seen.has(key)) return false;
    const oldest = this.#seen.size >= SEEN_HEARTBEATS ? this.#seen.values().next().value : undefined;
    if (oldest !== undefined) this.#seen.delete(oldest);
    this.#seen.add(key);
    return true;
  }

  #sayGoodbye(other: MemoryTransport): void {
    const channel = this.#channels.get(other.self);
    if (channel === undefined) return;
    const last: Uint8Array[] = [];
    for (let bytes = channel.shiftUrgent(); bytes !== undefined; bytes = channel.shiftUrgent()) last.push(bytes);
    this.#later(other, () => {
      for (const bytes of last) other.receive(this.self, bytes);
      other.lose(this.self, false);
    });
  }

  /** Something that reaches the other side, unless the network is cut, or the pair connected anew meanwhile. */
  #later(other: MemoryTransport, step: () => void): void {
    const back = other.#channels.get(this.self);
    this.#network.enqueue(() => {
      if (!this.#network.isBlocked(this.self, other.self) && other.#channels.get(this.self) === back) step();
    });
  }

  #end(tell: (other: MemoryTransport) => void): void {
    for (const channel of this.#channels.values()) tell(channel.to);
    this.#channels.clear();
    this.#dialling.clear();
    this.#handlers = undefined;
    this.#network.unlisten(this);
  }
}
