/**
 * What every transport must do. The suite runs against libp2p on loopback and against the one in memory, so that what is
 * tested with the one holds with the other.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../core/config/constants.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import type { Transport, TransportHandlers } from '../../core/ports/transport.ts';
import type { Heartbeat, JoinAnswer, JoinRequest, PeerMessage } from '../../core/protocol/messages.ts';
import { beatOf, chunkOf, heartbeatOf, joinRequestOf } from './transport-messages.ts';

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

/** Makes transports that can reach each other. */
export interface TransportBed {
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
    message: (machine, message) => record({ type: 'message', machine, message }),
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

const WELCOME: JoinAnswer = {
  type: 'welcome',
  clusterId: heartbeatOf('' as MachineId, 0).clusterId,
  clusterName: 'Home',
  members: [],
};

/** Runs the suite against the transports of a bed; a new bed for each test. */
export function describeTransport(name: string, createBed: () => TransportBed): void {
  describe(`${name} as a transport`, () => {
    let bed: TransportBed;
    beforeEach(() => {
      bed = createBed();
    });
    afterEach(() => bed.dispose());

    const pair = async (): Promise<[TestPeer, TestPeer]> => {
      const [low, high] = [await bed.create(1), await bed.create(2)];
      everyoneTrusts(low, high);
      return [low, high];
    };
    const connectedPair = async (): Promise<[TestPeer, TestPeer]> => {
      const [low, high] = await pair();
      low.transport.dial(high.id, high.transport.addresses());
      await bed.until(() => linksOf(low) === 1 && linksOf(high) === 1, 'both are connected');
      return [low, high];
    };

    describeConnecting(() => bed, pair, connectedPair);
    describeMessages(() => bed, connectedPair);
    describeTrust(() => bed, connectedPair);
    describeJoining(() => bed, pair);
  });
}

type Pair = () => Promise<[TestPeer, TestPeer]>;

function describeConnecting(bed: () => TransportBed, pair: Pair, connectedPair: Pair): void {
  it('connects whichever side dials', async () => {
    const [low, high] = await pair();
    high.transport.dial(low.id, low.transport.addresses());
    await bed().until(() => linksOf(low) === 1 && linksOf(high) === 1, 'both are connected');
    expect(eventsOf(high, 'connected')[0]?.addresses).toEqual(low.transport.addresses());
    expect(eventsOf(low, 'connected')[0]?.addresses).toEqual(high.transport.addresses());
  });

  it('connects once when both dial at the same time', async () => {
    const [low, high] = await pair();
    low.transport.dial(high.id, high.transport.addresses());
    high.transport.dial(low.id, low.transport.addresses());
    await bed().until(() => linksOf(low) === 1 && linksOf(high) === 1, 'both are connected');
    expect(low.transport.send(high.id, beatOf(1))).toBe(true);
    expect(high.transport.send(low.id, beatOf(2))).toBe(true);
    await bed().until(() => eventsOf(high, 'message').length + eventsOf(low, 'message').length === 2, 'both hear');
    expect([eventsOf(low, 'connected').length, eventsOf(high, 'connected').length]).toEqual([1, 1]);
  });

  it('tells when a dial is refused because nobody listens', async () => {
    const [low, high] = await pair();
    const addresses = high.transport.addresses();
    await high.transport.stop();
    low.transport.dial(high.id, addresses);
    await bed().until(() => eventsOf(low, 'dial-failed').length === 1, 'the dial fails');
    expect(eventsOf(low, 'dial-failed')).toEqual([{ type: 'dial-failed', machine: high.id, refused: true }]);
  });

  it('does not connect to another machine than the one it dials', async () => {
    const [low, high] = await pair();
    const third = await bed().create(3);
    everyoneTrusts(low, high, third);
    const addresses = third.transport.addresses().map((address) => address.split('/p2p/')[0] ?? '');
    low.transport.dial(high.id, addresses);
    await bed().until(() => eventsOf(low, 'dial-failed').length === 1, 'the dial fails');
    expect(eventsOf(low, 'dial-failed')[0]?.refused).toBe(false);
    expect(linksOf(low)).toBe(0);
  });

  it('fails a dial without usable addresses, and one to a machine that is no member', async () => {
    const [low, high] = await pair();
    low.transport.dial(high.id, ['nonsense', `/ip4/127.0.0.1/tcp/1/p2p/${low.id}`]);
    await bed().until(() => eventsOf(low, 'dial-failed').length === 1, 'the dial fails');
    const stranger = await bed().create(3);
    low.transport.dial(stranger.id, stranger.transport.addresses());
    await bed().until(() => eventsOf(low, 'dial-failed').length === 2, 'the dial fails');
    expect(eventsOf(low, 'dial-failed').map((event) => event.refused)).toEqual([false, false]);
  });

  it('fails a dial when the other side does not count this machine among the members', async () => {
    const [low, high] = [await bed().create(1), await bed().create(2)];
    low.transport.setMembers(new Set([low.id, high.id]));
    low.transport.dial(high.id, high.transport.addresses());
    await bed().until(() => eventsOf(low, 'dial-failed').length === 1, 'the dial fails');
    everyoneTrusts(low, high);
    low.transport.dial(high.id, high.transport.addresses());
    await bed().until(() => linksOf(low) === 1 && linksOf(high) === 1, 'both are connected');
  });

  it('reports a crash of the other side as broken', async () => {
    const [low, high] = await connectedPair();
    await bed().kill(high);
    await bed().until(() => linksOf(low) === 0, 'the loss is noticed');
    expect(eventsOf(low, 'disconnected')).toEqual([{ type: 'disconnected', machine: high.id, broken: true }]);
    expect(low.transport.send(high.id, beatOf(1))).toBe(false);
  });

  it('reports a stop on purpose as not broken, and delivers the last urgent words', async () => {
    const [low, high] = await connectedPair();
    expect(high.transport.send(low.id, { type: 'leave', incarnation: 7 })).toBe(true);
    await high.transport.stop();
    await bed().until(() => linksOf(low) === 0, 'the end is noticed');
    expect(eventsOf(low, 'message').map((event) => event.message)).toEqual([{ type: 'leave', incarnation: 7 }]);
    expect(eventsOf(low, 'disconnected')).toEqual([{ type: 'disconnected', machine: high.id, broken: false }]);
  });

  it('disconnects at once when told so, which is broken only for the other side', async () => {
    const [low, high] = await connectedPair();
    low.transport.disconnect(high.id);
    expect(low.transport.send(high.id, beatOf(1))).toBe(false);
    await bed().until(() => linksOf(low) === 0 && linksOf(high) === 0, 'both notice');
    expect(eventsOf(low, 'disconnected')[0]?.broken).toBe(false);
    expect(eventsOf(high, 'disconnected')[0]?.broken).toBe(true);
  });

  it('connects again after a restart at the same address', async () => {
    const [low, high] = await connectedPair();
    await high.transport.stop();
    await bed().until(() => linksOf(low) === 0, 'the end is noticed');
    const again = await bed().restart(high);
    everyoneTrusts(low, again);
    low.transport.dial(again.id, high.events.length === 0 ? [] : again.transport.addresses());
    await bed().until(() => linksOf(low) === 1 && linksOf(again) === 1, 'they are connected again');
    expect(low.transport.send(again.id, beatOf(5))).toBe(true);
    await bed().until(() => eventsOf(again, 'message').length === 1, 'the message arrives');
  });

  it('reports nothing after it was stopped, even when stopped while busy', async () => {
    const [low, high] = await connectedPair();
    for (let number = 0; number < 200; number += 1) {
      high.transport.send(low.id, chunkOf(number, 10_000));
      low.transport.send(high.id, chunkOf(number, 10_000));
    }
    const stopping = low.transport.stop();
    const heard = low.events.length;
    await stopping;
    await bed().until(() => linksOf(high) === 0, 'the other side notices');
    expect(low.events).toHaveLength(heard);
    expect(low.transport.send(high.id, beatOf(1))).toBe(false);
  });
}

function describeMessages(bed: () => TransportBed, connectedPair: Pair): void {
  it('keeps the order of messages', async () => {
    const [low, high] = await connectedPair();
    for (let number = 0; number < 500; number += 1) expect(low.transport.send(high.id, beatOf(number))).toBe(true);
    await bed().until(() => eventsOf(high, 'message').length === 500, 'all arrive');
    const numbers = eventsOf(high, 'message').map(({ message }) => (message.type === 'beat' ? message.sentAt : -1));
    expect(numbers).toEqual(numbers.map((_, index) => index));
  });

  it('carries large messages whole', async () => {
    const [low, high] = await connectedPair();
    const sent = Array.from({ length: 20 }, (_, number) => chunkOf(number, LIMITS.outputChunkBytes - number));
    for (const message of sent) expect(high.transport.send(low.id, message)).toBe(true);
    await bed().until(() => eventsOf(low, 'message').length === sent.length, 'all arrive');
    expect(eventsOf(low, 'message').map((event) => event.message)).toEqual(sent);
  });

  it('lets urgent messages pass bulk ones', async () => {
    const [low, high] = await connectedPair();
    const bulk = 150;
    for (let number = 0; number < bulk; number += 1) {
      expect(low.transport.send(high.id, chunkOf(number, LIMITS.outputChunkBytes))).toBe(true);
    }
    expect(low.transport.send(high.id, beatOf(1))).toBe(true);
    await bed().until(() => eventsOf(high, 'message').length === bulk + 1, 'all arrive');
    const place = eventsOf(high, 'message').findIndex((event) => event.message.type === 'beat');
    expect(place).toBeLessThan(bulk / 2);
  });

  it('takes no more when the queue is full, and still takes urgent messages', async () => {
    const [low, high] = await connectedPair();
    let taken = 0;
    while (taken < 5 * LIMITS.sendQueueMessages && low.transport.send(high.id, chunkOf(taken, 60_000))) taken += 1;
    expect(taken).toBeGreaterThan(10);
    expect(taken).toBeLessThanOrEqual(LIMITS.sendQueueMessages);
    expect(low.transport.send(high.id, beatOf(1))).toBe(true);
    await bed().until(() => eventsOf(high, 'message').length === taken + 1, 'all that was taken arrives');
    expect(low.transport.send(high.id, chunkOf(0, 10))).toBe(true);
  });

  it('gossips heartbeats to all, and each one once', async () => {
    const peers = [await bed().create(1), await bed().create(2), await bed().create(3)];
    everyoneTrusts(...peers);
    const [first, second, third] = peers as [TestPeer, TestPeer, TestPeer];
    for (const other of [second, third]) first.transport.dial(other.id, other.transport.addresses());
    second.transport.dial(third.id, third.transport.addresses());
    await bed().until(() => peers.every((peer) => linksOf(peer) === 2), 'all are connected');
    let sequence = 0;
    const hears = (peer: TestPeer): boolean => eventsOf(peer, 'heartbeat').length > 0;
    // Subscriptions spread after the connection; heartbeats repeat, as they do in life.
    await bed().until(() => {
      sequence += 1;
      if (!hears(second) || !hears(third)) first.transport.publish(heartbeatOf(first.id, sequence));
      return hears(second) && hears(third);
    }, 'the heartbeats arrive');
    const last = heartbeatOf(first.id, 1_000_000);
    first.transport.publish(last);
    const copies = (peer: TestPeer): number =>
      eventsOf(peer, 'heartbeat').filter((event) => event.heartbeat.sequence === last.sequence).length;
    await bed().until(() => copies(second) > 0 && copies(third) > 0, 'the last one arrives');
    expect([copies(first), copies(second), copies(third)]).toEqual([0, 1, 1]);
    expect(eventsOf(third, 'heartbeat').at(-1)?.heartbeat).toEqual(last);
  });
}

function describeTrust(bed: () => TransportBed, connectedPair: Pair): void {
  it('closes the connection of a member that is removed, and does not let it back', async () => {
    const [low, high] = await connectedPair();
    low.transport.setMembers(new Set([low.id]));
    await bed().until(() => linksOf(low) === 0 && linksOf(high) === 0, 'the connection is closed');
    expect(eventsOf(low, 'disconnected')[0]?.broken).toBe(false);
    high.transport.dial(low.id, low.transport.addresses());
    await bed().until(() => eventsOf(high, 'dial-failed').length === 1, 'it is not let back');
    expect(linksOf(low)).toBe(0);
  });

  it('connects to a stranger that became a member', async () => {
    const [low, high] = [await bed().create(1), await bed().create(2)];
    const joined = await high.transport.requestJoin(low.id, low.transport.addresses(), joinRequestOf('new'));
    expect(joined.ok).toBe(true);
    everyoneTrusts(low, high);
    high.transport.dial(low.id, low.transport.addresses());
    await bed().until(() => linksOf(low) === 1 && linksOf(high) === 1, 'both are connected');
    let sequence = 0;
    await bed().until(() => {
      sequence += 1;
      low.transport.publish(heartbeatOf(low.id, sequence));
      return eventsOf(high, 'heartbeat').length > 0;
    }, 'gossip comes up');
  });

  it('gives strangers neither control nor gossip', async () => {
    const [low, high] = await connectedPair();
    const stranger = await bed().hostile();
    expect(await stranger.openControl(low)).toBe(false);
    await stranger.forgeHeartbeat(low, stranger.id);
    let sequence = 0;
    await bed().until(() => {
      sequence += 1;
      low.transport.publish(heartbeatOf(low.id, sequence));
      return eventsOf(high, 'heartbeat').length >= 5;
    }, 'members hear');
    expect(stranger.heard()).toBe(0);
    expect(eventsOf(low, 'heartbeat')).toEqual([]);
    expect(linksOf(low)).toBe(1);
  });

  it('drops a member that keeps sending malformed messages, and serves the others on', async () => {
    const [low, high] = await connectedPair();
    const hostile = await bed().hostile();
    everyoneTrusts(low, high, hostile);
    await hostile.sendMalformed(low, LIMITS.badMessagesPerPeer - 1);
    await bed().until(() => linksOf(low) === 2, 'it is connected');
    expect(eventsOf(low, 'offence')).toEqual([]);
    await hostile.sendMalformed(low, 1);
    await bed().until(() => eventsOf(low, 'offence').length === 1, 'the offence is reported');
    await bed().until(() => linksOf(low) === 1, 'it is dropped');
    expect(eventsOf(low, 'offence')[0]?.machine).toBe(hostile.id);
    expect(high.transport.send(low.id, beatOf(3))).toBe(true);
    await bed().until(() => eventsOf(low, 'message').length === 1, 'the others are served');
  });

  it('delivers no heartbeat that its author did not sign', async () => {
    const [low, high] = await connectedPair();
    const hostile = await bed().hostile();
    everyoneTrusts(low, high, hostile);
    for (let count = 0; count < LIMITS.badMessagesPerPeer; count += 1) await hostile.forgeHeartbeat(low, high.id);
    await bed().until(() => eventsOf(low, 'offence').length === 1, 'the last hop is held to account');
    expect(eventsOf(low, 'offence')[0]?.machine).toBe(hostile.id);
    expect(eventsOf(low, 'heartbeat')).toEqual([]);
    expect(eventsOf(high, 'heartbeat')).toEqual([]);
  });
}

function describeJoining(bed: () => TransportBed, pair: Pair): void {
  it('brings the answer of the inviter, whatever it is', async () => {
    const [low, high] = [await bed().create(1), await bed().create(2)];
    const request = joinRequestOf('new machine');
    low.answer = () => Promise.resolve(WELCOME);
    expect(await high.transport.requestJoin(low.id, low.transport.addresses(), request)).toEqual({
      ok: true,
      value: WELCOME,
    });
    expect(eventsOf(low, 'join')).toEqual([{ type: 'join', machine: high.id, request }]);
    const refusal: JoinAnswer = { type: 'refused', code: 'TOKEN_USED', message: 'It was used.' };
    low.answer = () => Promise.resolve(refusal);
    expect(await high.transport.requestJoin(low.id, low.transport.addresses(), request)).toEqual({
      ok: true,
      value: refusal,
    });
  });

  it('lets the inviter make the asker a member before it answers', async () => {
    const [low, high] = [await bed().create(1), await bed().create(2)];
    low.answer = (from) => {
      low.transport.setMembers(new Set([low.id, from]));
      return Promise.resolve(WELCOME);
    };
    expect(await high.transport.requestJoin(low.id, low.transport.addresses(), joinRequestOf('x'))).toEqual({
      ok: true,
      value: WELCOME,
    });
    high.transport.setMembers(new Set([low.id, high.id]));
    high.transport.dial(low.id, low.transport.addresses());
    await bed().until(() => linksOf(low) === 1 && linksOf(high) === 1, 'both are connected');
  });

  it('refuses a request that is too large or malformed', async () => {
    const [low, high] = await pair();
    const large = { ...joinRequestOf('x'), labels: { a: 'x'.repeat(LIMITS.joinMessageBytes) } };
    const malformed = { ...joinRequestOf(''), secret: new Uint8Array(99) };
    for (const request of [large, malformed]) {
      const outcome = await high.transport.requestJoin(low.id, low.transport.addresses(), request);
      expect(outcome.ok ? 'answered' : outcome.error.code).toBe('PEER_UNREACHABLE');
    }
    expect(eventsOf(low, 'join')).toEqual([]);
  });

  it('says that the inviter cannot be reached', async () => {
    const [low, high] = await pair();
    const addresses = low.transport.addresses();
    await low.transport.stop();
    const outcome = await high.transport.requestJoin(low.id, addresses, joinRequestOf('x'));
    expect(outcome.ok ? 'answered' : outcome.error.code).toBe('PEER_UNREACHABLE');
  });

  it('does not ask another machine than the inviter', async () => {
    const [low, high] = await pair();
    const third = await bed().create(3);
    const addresses = third.transport.addresses().map((address) => address.split('/p2p/')[0] ?? '');
    const outcome = await high.transport.requestJoin(low.id, addresses, joinRequestOf('x'));
    expect(outcome.ok ? 'answered' : outcome.error.code).toBe('PEER_UNREACHABLE');
    expect(eventsOf(third, 'join')).toEqual([]);
  });
}
