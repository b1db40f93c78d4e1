/**
 * The mesh as the peer sees it: members, connections, messages. Bytes, streams, signatures and schemas are behind it;
 * what comes through the handlers is parsed and authenticated.
 */
import type { MachineId } from '../domain/ids.ts';
import type { AppError } from '../std/app-error.ts';
import type { Result } from '../std/result.ts';
import type { Heartbeat, JoinAnswer, JoinRequest, PeerMessage } from '../protocol/messages.ts';

/** What a stranger wanted: to join, a protocol of members, a protocol that nobody offers, or a place to speak at all. */
export type StrangersWish = 'to-join' | 'more' | 'unknown' | 'place';

export interface TransportHandlers {
  /** The control stream to a member is open both ways. `addresses`: where it can be dialled, as far as it is known. */
  connected(machine: MachineId, addresses: readonly string[]): void;
  /** The control stream is gone. `broken`: reset by the other side's system, rather than closed on purpose. */
  disconnected(machine: MachineId, broken: boolean): void;
  /**
   * `taken` is to be called once the message has been dealt with: what waits for that bounds how far the transport reads
   * ahead of one member. Absent where nothing is read ahead.
   */
  message(from: MachineId, message: PeerMessage, taken?: () => void): void;
  /** A gossiped heartbeat, its signature verified. */
  heartbeat(heartbeat: Heartbeat): void;
  /** A machine (of any cluster, member or not) was seen on the local network. */
  discovered(machine: MachineId, addresses: readonly string[]): void;
  /** A dial came to nothing. `refused`: a system answered that nobody listens there. */
  dialFailed(machine: MachineId, refused: boolean): void;
  /** A machine outside the roster asks to join. `remoteAddress`: as seen from here. */
  joinRequest(from: MachineId, request: JoinRequest, remoteAddress: string): Promise<JoinAnswer>;
  /** What a member sent was malformed, or not signed by whom it names: it was not taken. */
  rejected?(from: MachineId, reason: string): void;
  /**
   * A machine wanted more than to join and is no member, or asked to join in no way that it may, or too many did before it:
   * it got nothing.
   * `remoteAddress`: as seen from here; `reason`: in words for people; `wanted`: what is counted together.
   */
  strangerRefused?(machine: MachineId, remoteAddress: string, reason: string, wanted: StrangersWish): void;
  /** A member sent too much that is malformed, or beyond a limit. It was cut off; who does so again is refused for a while. */
  offence(from: MachineId, reason: string): void;
}

export interface Transport {
  readonly self: MachineId;
  /** Opens the listeners. Fails with PORT_IN_USE or INVALID_INPUT. */
  start(handlers: TransportHandlers): Promise<Result<void>>;
  /** Closes everything; bounded in time. */
  stop(): Promise<void>;
  /** Own multiaddrs, each ending in /p2p/ and this machine's id. */
  addresses(): readonly string[];
  /** Who may open the control and gossip protocols. Connections of others are closed. */
  setMembers(members: ReadonlySet<MachineId>): void;
  /** Connects, unless connected or already dialling. The outcome arrives by `connected` or `dialFailed`. */
  dial(machine: MachineId, addresses: readonly string[]): void;
  /** Closes every connection to the machine at once. */
  disconnect(machine: MachineId): void;
  /** Queues a message, in order. False: not connected, or its queue is full. */
  send(to: MachineId, message: PeerMessage): boolean;
  /** Signs and gossips. */
  publish(heartbeat: Heartbeat): void;
  /** Asks the inviter for admission. PEER_UNREACHABLE, PEER_TIMEOUT, or the inviter's answer. */
  requestJoin(
    inviter: MachineId,
    addresses: readonly string[],
    request: JoinRequest,
  ): Promise<Result<JoinAnswer, AppError>>;
}
