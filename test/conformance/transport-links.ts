/** What becomes of what is sent when the way between two machines fails, and what they are told. */
import { expect, it } from 'vitest';
import { LIMITS } from '../../core/config/constants.ts';
import { WIRE } from '../../core/protocol/limits.ts';
import type { PeerMessage } from '../../core/protocol/messages.ts';
import {
  eventsOf,
  everyoneTrusts,
  linksOf,
  type TestLink,
  type TestPeer,
  type TransportScene,
} from './transport-bed.ts';
import { beatOf, chunkOf, claimOf, heartbeatOf } from './transport-messages.ts';

const CHUNK_BYTES = 60_000;

export function describeLinks(scene: TransportScene): void {
  describeStalls(scene);
  describeBreaks(scene);
}

function describeStalls(scene: TransportScene): void {
  it('tells nobody of a link that stalls, and delivers all in order, once, when it goes on', async () => {
    const { low, high, third, link } = await linkedPair(scene);
    link.stall();
    for (let number = 0; number < 50; number += 1) {
      expect(low.transport.send(high.id, beatOf(number))).toBe(true);
      expect(high.transport.send(low.id, beatOf(number))).toBe(true);
    }
    await exchange(scene, third, high);
    expect([numbersFrom(low, high), numbersFrom(high, low)]).toEqual([[], []]);
    link.resume();
    await scene.bed.until(
      () => numbersFrom(low, high).length >= 50 && numbersFrom(high, low).length >= 50,
      'all arrive',
    );
    await exchange(scene, low, high);
    const all = Array.from({ length: 50 }, (_, number) => number);
    expect([numbersFrom(low, high), numbersFrom(high, low)]).toEqual([
      [...all, LAST],
      [...all, LAST],
    ]);
    expect([eventsOf(low, 'disconnected'), eventsOf(high, 'disconnected')]).toEqual([[], []]);
  });

  it('takes a bounded number of bytes into a stalled link, and delivers what it took', async () => {
    const { low, high, link } = await linkedPair(scene);
    link.stall();
    let taken = 0;
    let refused = 0;
    await scene.bed.until(() => {
      const before = taken;
      while (taken < LIMITS.sendQueueMessages && low.transport.send(high.id, chunkOf(taken, CHUNK_BYTES))) taken += 1;
      refused = taken === before ? refused + 1 : 0;
      return refused > 10;
    }, 'no more is taken');
    expect(taken * CHUNK_BYTES).toBeGreaterThan(WIRE.sendQueueBytes - 2 * CHUNK_BYTES);
    expect(taken * CHUNK_BYTES).toBeLessThan(2 * WIRE.sendQueueBytes);
    expect(low.transport.send(high.id, beatOf(1))).toBe(true);
    link.resume();
    await scene.bed.until(() => eventsOf(high, 'message').length === taken + 1, 'all that was taken arrives');
    const chunks = eventsOf(high, 'message').flatMap(({ message }) =>
      message.type === 'output-chunk' ? [message.offset] : [],
    );
    expect(chunks).toEqual(chunks.map((_, index) => index));
  });

  it('takes a bounded number of messages into a stalled link', async () => {
    const { low, high, link } = await linkedPair(scene);
    link.stall();
    let taken = 0;
    while (taken < 3 * LIMITS.sendQueueMessages && low.transport.send(high.id, claimOf(taken))) taken += 1;
    expect(taken).toBeGreaterThan(LIMITS.sendQueueMessages / 2);
    expect(taken).toBeLessThanOrEqual(2 * LIMITS.sendQueueMessages);
    link.resume();
    await scene.bed.until(() => eventsOf(high, 'message').length === taken, 'all that was taken arrives');
  });

  it('fails a dial to where nothing answers, and does not call that refused', async () => {
    const [low, high] = await scene.pair();
    const link = await scene.bed.link(low, high);
    link.stall();
    low.transport.dial(high.id, link.addresses);
    await scene.bed.until(() => eventsOf(low, 'dial-failed').length === 1, 'the dial fails');
    expect(eventsOf(low, 'dial-failed')).toEqual([{ type: 'dial-failed', machine: high.id, refused: false }]);
    expect(linksOf(low)).toBe(0);
  });
}

function describeBreaks(scene: TransportScene): void {
  it('loses the end of what was under way when a link breaks, and repeats nothing after it', async () => {
    const { low, high, link } = await linkedPair(scene);
    for (let number = 0; number < 300; number += 1) low.transport.send(high.id, beatOf(number));
    link.breakAt(low);
    await scene.bed.until(() => linksOf(low) === 1, 'it is told');
    expect(eventsOf(low, 'disconnected')).toEqual([{ type: 'disconnected', machine: high.id, broken: true }]);
    expect(low.transport.send(high.id, beatOf(1000))).toBe(false);
    low.transport.dial(high.id, high.transport.addresses());
    await scene.bed.until(() => linksOf(low) === 2, 'it is connected again');
    for (let number = 2000; number < 2100; number += 1) expect(low.transport.send(high.id, beatOf(number))).toBe(true);
    await scene.bed.until(() => numbersFrom(low, high).includes(2099), 'what is sent anew arrives');
    const numbers = numbersFrom(low, high);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    const old = numbers.filter((number) => number < 1000);
    expect(old).toEqual(old.map((_, index) => index));
    expect(numbers.filter((number) => number >= 1000)).toHaveLength(100);
  });

  it('takes the new connection for the old, which the other side has not missed yet', async () => {
    const { low, high, link } = await linkedPair(scene);
    link.breakAt(low);
    await scene.bed.until(() => linksOf(low) === 1, 'the one side is told');
    low.transport.dial(high.id, high.transport.addresses());
    await scene.bed.until(() => linksOf(low) === 2, 'it is connected again');
    await scene.bed.until(
      () => eventsOf(high, 'connected').filter(({ machine }) => machine === low.id).length === 2,
      'so is the other',
    );
    const course = high.events.filter((event) => 'machine' in event && event.machine === low.id);
    expect(course.map((event) => event.type)).toEqual(['connected', 'disconnected', 'connected']);
    expect(eventsOf(high, 'disconnected')[0]?.broken).toBe(true);
    await exchange(scene, high, low);
  });

  it('lets the machine with the greater id wait until the other has missed the old connection', async () => {
    const { low, high, link } = await linkedPair(scene);
    link.breakAt(high);
    await scene.bed.until(() => linksOf(high) === 1, 'the one side is told');
    high.transport.dial(low.id, low.transport.addresses());
    await scene.bed.until(() => eventsOf(high, 'dial-failed').length === 1, 'the dial fails');
    low.transport.disconnect(high.id);
    high.transport.dial(low.id, low.transport.addresses());
    await scene.bed.until(() => linksOf(high) === 2 && linksOf(low) === 2, 'it is connected again');
    await exchange(scene, high, low);
  });

  it('says no more of a connection that broke, and gossips over it no more', async () => {
    const [low, high] = await scene.pair();
    const link = await scene.bed.link(low, high);
    low.transport.dial(high.id, link.addresses);
    await scene.bed.until(() => linksOf(low) === 1 && linksOf(high) === 1, 'both are connected');
    await gossips(scene, low, high);
    link.breakAt(low);
    await scene.bed.until(() => linksOf(low) === 0, 'it is told');
    const heard = high.events.length;
    low.transport.publish(heartbeatOf(low.id, 1_000_000));
    const third = await scene.bed.create(3);
    everyoneTrusts(high, third);
    high.transport.dial(third.id, third.transport.addresses());
    await scene.bed.until(() => linksOf(third) === 1, 'the other is connected elsewhere');
    await exchange(scene, third, high);
    const later = high.events
      .slice(heard)
      .flatMap((event) => (event.type === 'heartbeat' ? [event.heartbeat.sequence] : []));
    expect(later).not.toContain(1_000_000);
  });
}

interface LinkedPair {
  readonly low: TestPeer;
  readonly high: TestPeer;
  /** Connected to both, by other ways. */
  readonly third: TestPeer;
  readonly link: TestLink;
}

async function linkedPair(scene: TransportScene): Promise<LinkedPair> {
  const [low, high] = await scene.pair();
  const third = await scene.bed.create(3);
  everyoneTrusts(low, high, third);
  const link = await scene.bed.link(low, high);
  low.transport.dial(high.id, link.addresses);
  for (const other of [low, high]) third.transport.dial(other.id, other.transport.addresses());
  await scene.bed.until(() => [low, high, third].every((peer) => linksOf(peer) === 2), 'all are connected');
  return { low, high, third, link };
}

const LAST = 999_999;

/** One message from here to there and one back; what was to arrive before has had its time. */
async function exchange(scene: TransportScene, from: TestPeer, to: TestPeer): Promise<void> {
  const arrived = (peer: TestPeer, sender: TestPeer): number =>
    numbersFrom(sender, peer).filter((number) => number === LAST).length;
  const [there, back] = [arrived(to, from), arrived(from, to)];
  expect(from.transport.send(to.id, beatOf(LAST))).toBe(true);
  await scene.bed.until(() => arrived(to, from) > there, 'a message arrives');
  expect(to.transport.send(from.id, beatOf(LAST))).toBe(true);
  await scene.bed.until(() => arrived(from, to) > back, 'an answer arrives');
}

async function gossips(scene: TransportScene, from: TestPeer, to: TestPeer): Promise<void> {
  let sequence = 0;
  await scene.bed.until(() => {
    from.transport.publish(heartbeatOf(from.id, (sequence += 1)));
    return eventsOf(to, 'heartbeat').length > 0;
  }, 'gossip comes up');
}

/** The numbers of the beats that one has had from the other, in the order of their coming. */
function numbersFrom(sender: TestPeer, receiver: TestPeer): number[] {
  return eventsOf(receiver, 'message').flatMap(({ machine, message }) =>
    machine === sender.id && isBeat(message) ? [message.sentAt] : [],
  );
}

function isBeat(message: PeerMessage): message is PeerMessage & { type: 'beat' } {
  return message.type === 'beat';
}
