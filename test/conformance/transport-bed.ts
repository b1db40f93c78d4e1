/** What the suites of the transport need: started transports that can reach each other, and all that these report. */
import type { MachineId } from '../../core/domain/ids.ts';
import type { AppError } from '../../core/std/app-error.ts';
import type { Result } from '../../core/std/result.ts';
import type { Transport, TransportHandlers } from '../../core/ports/transport.ts';
import type { Heartbeat, JoinAnswer, JoinRequest, PeerMessage } from '../../core/protocol/messages.ts';

export type TransportEvent =
  | { readonly type: 'connected'; readonly machine: MachineId; readonly addresses: readonly string[] }
  | { readonly type: 'disconnected'; readonly machine: MachineId; readonly broken: boolean }
  | { readonly type: 'message'; readonly machine: MachineId; readonly message: PeerMessage }
  | { readonly type: 'heartbeat'; readonly heartbeat: Heartbeat }
  | { readonly type: 'dial-failed'; readonly machine: MachineId; readonly refused: boolean }
  | { readonly type: 'offence'; readonly machine: MachineId; readonly reason: string }
  | { readonly type: 'join'; readonly machine: MachineId; readonly request: JoinRequest };

/** A started transport, with all that it reported. */
export interface TestPeer {
  readonly transport: Transport;
  readonly id: MachineId;
  readonly events: TransportEvent[];
  /** What joins are answered. */
  answer: (from: MachineId, request: JoinRequest) => Promise<JoinAnswer>;
}

/** A program that has a key but does not keep to the rules. */
export interface Hostile {
  readonly id: MachineId;
  /** Opens a control stream and sends so many messages that fit no schema. */
  sendMalformed(to: TestPeer, count: number): Promise<void>;
  /** Gossips a heartbeat in the name of another machine. */
  forgeHeartbeat(to: TestPeer, author: MachineId): Promise<void>;
  /** Connects, subscribes to gossip, and tries to open a control stream; whether a hello came back. */
  openControl(to: TestPeer): Promise<boolean>;
  /** Heartbeats that reached it. */
  heard(): number;
}

/** A way from one machine to another that can fail; both sides' streams go over it once they are connected by it. */
export interface TestLink {
  /** Where the one reaches the other over it. */
  readonly addresses: readonly string[];
  /** From now on nothing arrives, either way, and nobody is told. */
  stall(): void;
  /** What waited goes on. */
  resume(): void;
  /** The connections over it are reset at one end, and stalled for ever at the other. */
  breakAt(peer: TestPeer): void;
}

/** Makes transports that can reach each other. */
export interface TransportBed {
  /** Where messages are handed on as they are, and not as bytes, the receiver has the sender's own objects. */
  readonly sharesObjects: boolean;
  link(from: TestPeer, to: TestPeer): Promise<TestLink>;
  /** Peers of a higher number have a greater machine id. */
  create(number: number): Promise<TestPeer>;
  hostile(): Promise<Hostile>;
  /** Ends a peer as a crash would: without a goodbye. */
  kill(peer: TestPeer): Promise<void>;
  /** A new transport with the key and the address of one that was stopped. */
  restart(peer: TestPeer): Promise<TestPeer>;
  /** Waits for the condition; fails after a bounded time. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Stops everything that is left. */
  dispose(): Promise<void>;
}

/** Handlers that write down what they hear. */
export function recordingHandlers(peer: TestPeer): TransportHandlers {
  const record = (event: TransportEvent): void => void peer.events.push(event);
  return {
    connected: (machine, addresses) => record({ type: 'connected', machine, addresses }),
    disconnected: (machine, broken) => record({ type: 'disconnected', machine, broken }),
    message: (machine, message, taken) => {
      record({ type: 'message', machine, message });
      taken?.();
    },
    heartbeat: (heartbeat) => record({ type: 'heartbeat', heartbeat }),
    discovered: () => undefined,
    dialFailed: (machine, refused) => record({ type: 'dial-failed', machine, refused }),
    offence: (machine, reason) => record({ type: 'offence', machine, reason }),
    joinRequest: (machine, request) => {
      record({ type: 'join', machine, request });
      return peer.answer(machine, request);
    },
  };
}

export function eventsOf<T extends TransportEvent['type']>(
  peer: TestPeer,
  type: T,
): Extract<TransportEvent, { type: T }>[] {
  return peer.events.filter((event): event is Extract<TransportEvent, { type: T }> => event.type === type);
}

export function everyoneTrusts(...peers: readonly { readonly id: MachineId; readonly transport?: Transport }[]): void {
  const members = new Set(peers.map((peer) => peer.id));
  for (const peer of peers) peer.transport?.setMembers(members);
}

/** How many control streams are up, as far as was reported. */
export function linksOf(peer: TestPeer): number {
  return eventsOf(peer, 'connected').length - eventsOf(peer, 'disconnected').length;
}

/** Asks to join, and lets time pass until there is an answer. */
export async function joinOutcome(
  bed: TransportBed,
  asker: TestPeer,
  inviter: Pick<TestPeer, 'id'>,
  addresses: readonly string[],
  request: JoinRequest,
): Promise<Result<JoinAnswer, AppError>> {
  const outcomes: Result<JoinAnswer, AppError>[] = [];
  const asked = asker.transport.requestJoin(inviter.id, addresses, request).then((outcome) => outcomes.push(outcome));
  await bed.until(() => outcomes.length > 0, 'the join is answered');
  await asked;
  return outcomes[0] as Result<JoinAnswer, AppError>;
}

/** What each part of the suite works on; made anew for each test. */
export interface TransportScene {
  readonly bed: TransportBed;
  /** Two that trust each other. The first has the smaller id. */
  pair(): Promise<[TestPeer, TestPeer]>;
  connectedPair(): Promise<[TestPeer, TestPeer]>;
}
