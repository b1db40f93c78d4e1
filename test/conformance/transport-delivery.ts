/** What happens to messages and heartbeats between members that are connected: order, size, precedence, limits. */
import { expect, it } from 'vitest';
import { LIMITS } from '../../core/config/constants.ts';
import { eventsOf, everyoneTrusts, linksOf, type TestPeer, type TransportScene } from './transport-bed.ts';
import { beatOf, chunkOf, heartbeatOf } from './transport-messages.ts';

export function describeDelivery(scene: TransportScene): void {
  it('keeps the order of messages', async () => {
    const [low, high] = await scene.connectedPair();
    for (let number = 0; number < 500; number += 1) expect(low.transport.send(high.id, beatOf(number))).toBe(true);
    await scene.bed.until(() => eventsOf(high, 'message').length === 500, 'all arrive');
    const numbers = eventsOf(high, 'message').map(({ message }) => (message.type === 'beat' ? message.sentAt : -1));
    expect(numbers).toEqual(numbers.map((_, index) => index));
  });

  it('carries large messages whole', async () => {
    const [low, high] = await scene.connectedPair();
    const sent = Array.from({ length: 20 }, (_, number) => chunkOf(number, LIMITS.outputChunkBytes - number));
    for (const message of sent) expect(high.transport.send(low.id, message)).toBe(true);
    await scene.bed.until(() => eventsOf(low, 'message').length === sent.length, 'all arrive');
    expect(eventsOf(low, 'message').map((event) => event.message)).toEqual(sent);
  });

  it('lets urgent messages pass bulk ones', async () => {
    const [low, high] = await scene.connectedPair();
    const bulk = 150;
    for (let number = 0; number < bulk; number += 1) {
      expect(low.transport.send(high.id, chunkOf(number, LIMITS.outputChunkBytes))).toBe(true);
    }
    expect(low.transport.send(high.id, beatOf(1))).toBe(true);
    await scene.bed.until(() => eventsOf(high, 'message').length === bulk + 1, 'all arrive');
    const place = eventsOf(high, 'message').findIndex((event) => event.message.type === 'beat');
    expect(place).toBeLessThan(bulk / 2);
  });

  it('takes no more when the queue is full, and still takes urgent messages', async () => {
    const [low, high] = await scene.connectedPair();
    let taken = 0;
    while (taken < 5 * LIMITS.sendQueueMessages && low.transport.send(high.id, chunkOf(taken, 60_000))) taken += 1;
    expect(taken).toBeGreaterThan(10);
    expect(taken).toBeLessThanOrEqual(LIMITS.sendQueueMessages);
    expect(low.transport.send(high.id, beatOf(1))).toBe(true);
    await scene.bed.until(() => eventsOf(high, 'message').length === taken + 1, 'all that was taken arrives');
    expect(low.transport.send(high.id, chunkOf(0, 10))).toBe(true);
  });

  it('gossips heartbeats to all, and each one once', async () => {
    const peers = [await scene.bed.create(1), await scene.bed.create(2), await scene.bed.create(3)];
    everyoneTrusts(...peers);
    const [first, second, third] = peers as [TestPeer, TestPeer, TestPeer];
    for (const other of [second, third]) first.transport.dial(other.id, other.transport.addresses());
    second.transport.dial(third.id, third.transport.addresses());
    await scene.bed.until(() => peers.every((peer) => linksOf(peer) === 2), 'all are connected');
    let sequence = 0;
    const hears = (peer: TestPeer): boolean => eventsOf(peer, 'heartbeat').length > 0;
    // Subscriptions spread after the connection; heartbeats repeat, as they do in life.
    await scene.bed.until(() => {
      sequence += 1;
      if (!hears(second) || !hears(third)) first.transport.publish(heartbeatOf(first.id, sequence));
      return hears(second) && hears(third);
    }, 'the heartbeats arrive');
    const last = heartbeatOf(first.id, 1_000_000);
    first.transport.publish(last);
    const copies = (peer: TestPeer): number =>
      eventsOf(peer, 'heartbeat').filter((event) => event.heartbeat.sequence === last.sequence).length;
    await scene.bed.until(() => copies(second) > 0 && copies(third) > 0, 'the last one arrives');
    expect([copies(first), copies(second), copies(third)]).toEqual([0, 1, 1]);
    expect(eventsOf(third, 'heartbeat').at(-1)?.heartbeat).toEqual(last);
  });

  it('sends a message as it was, whatever becomes of it afterwards', async () => {
    const [low, high] = await scene.connectedPair();
    const message = chunkOf(7, 1000);
    expect(low.transport.send(high.id, message)).toBe(true);
    if (!scene.bed.sharesObjects && message.type === 'output-chunk') message.data.fill(0);
    await scene.bed.until(() => eventsOf(high, 'message').length === 1, 'it arrives');
    expect(eventsOf(high, 'message')[0]?.message).toEqual(chunkOf(7, 1000));
  });

  it('takes no message that is too large to travel, and carries on', async () => {
    const [low, high] = await scene.connectedPair();
    expect(low.transport.send(high.id, chunkOf(1, LIMITS.controlMessageBytes))).toBe(false);
    expect(low.transport.send(high.id, beatOf(2))).toBe(true);
    await scene.bed.until(() => eventsOf(high, 'message').length > 0, 'the next one arrives');
    expect(eventsOf(high, 'message').map((event) => event.message)).toEqual([beatOf(2)]);
  });

  it('hands gossip on to members with whom there is no connection, and to nobody else', async () => {
    const [first, second, third] = [await scene.bed.create(1), await scene.bed.create(2), await scene.bed.create(3)];
    const alone = await scene.bed.create(4);
    everyoneTrusts(first, second, third, alone);
    for (const other of [first, third]) second.transport.dial(other.id, other.transport.addresses());
    await scene.bed.until(() => linksOf(second) === 2, 'the one in the middle is connected with both');
    let sequence = 0;
    await scene.bed.until(() => {
      first.transport.publish(heartbeatOf(first.id, (sequence += 1)));
      return eventsOf(second, 'heartbeat').length >= 3 && eventsOf(third, 'heartbeat').length >= 3;
    }, 'the others hear');
    expect(linksOf(first)).toBe(1);
    expect(alone.events).toEqual([]);
    expect(eventsOf(first, 'heartbeat')).toEqual([]);
  });
}
