/** How transports find each other and part: dials and their outcomes, ends on purpose and by a crash. */
import { expect, it } from 'vitest';
import { eventsOf, everyoneTrusts, linksOf, type TransportScene } from './transport-bed.ts';
import { beatOf, chunkOf, heartbeatOf } from './transport-messages.ts';

export function describeConnecting(scene: TransportScene): void {
  it('connects whichever side dials', async () => {
    const [low, high] = await scene.pair();
    high.transport.dial(low.id, low.transport.addresses());
    await scene.bed.until(() => linksOf(low) === 1 && linksOf(high) === 1, 'both are connected');
    expect(eventsOf(high, 'connected')[0]?.addresses).toEqual(low.transport.addresses());
    expect(eventsOf(low, 'connected')[0]?.addresses).toEqual(high.transport.addresses());
  });

  it('connects once when both dial at the same time', async () => {
    const [low, high] = await scene.pair();
    low.transport.dial(high.id, high.transport.addresses());
    high.transport.dial(low.id, low.transport.addresses());
    await scene.bed.until(() => linksOf(low) === 1 && linksOf(high) === 1, 'both are connected');
    expect(low.transport.send(high.id, beatOf(1))).toBe(true);
    expect(high.transport.send(low.id, beatOf(2))).toBe(true);
    await scene.bed.until(() => eventsOf(high, 'message').length + eventsOf(low, 'message').length === 2, 'both hear');
    expect([eventsOf(low, 'connected').length, eventsOf(high, 'connected').length]).toEqual([1, 1]);
  });

  it('tells when a dial is refused because nobody listens', async () => {
    const [low, high] = await scene.pair();
    const addresses = high.transport.addresses();
    await high.transport.stop();
    low.transport.dial(high.id, addresses);
    await scene.bed.until(() => eventsOf(low, 'dial-failed').length === 1, 'the dial fails');
    expect(eventsOf(low, 'dial-failed')).toEqual([{ type: 'dial-failed', machine: high.id, refused: true }]);
  });

  it('does not connect to another machine than the one it dials', async () => {
    const [low, high] = await scene.pair();
    const third = await scene.bed.create(3);
    everyoneTrusts(low, high, third);
    const addresses = third.transport.addresses().map((address) => address.split('/p2p/')[0] ?? '');
    low.transport.dial(high.id, addresses);
    await scene.bed.until(() => eventsOf(low, 'dial-failed').length === 1, 'the dial fails');
    expect(eventsOf(low, 'dial-failed')[0]?.refused).toBe(false);
    expect(linksOf(low)).toBe(0);
  });

  it('fails a dial without usable addresses, and one to a machine that is no member', async () => {
    const [low, high] = await scene.pair();
    low.transport.dial(high.id, ['nonsense', `/ip4/127.0.0.1/tcp/1/p2p/${low.id}`]);
    await scene.bed.until(() => eventsOf(low, 'dial-failed').length === 1, 'the dial fails');
    const stranger = await scene.bed.create(3);
    low.transport.dial(stranger.id, stranger.transport.addresses());
    await scene.bed.until(() => eventsOf(low, 'dial-failed').length === 2, 'the dial fails');
    expect(eventsOf(low, 'dial-failed').map((event) => event.refused)).toEqual([false, false]);
  });

  it('fails a dial when the other side does not count this machine among the members', async () => {
    const [low, high] = [await scene.bed.create(1), await scene.bed.create(2)];
    low.transport.setMembers(new Set([low.id, high.id]));
    low.transport.dial(high.id, high.transport.addresses());
    await scene.bed.until(() => eventsOf(low, 'dial-failed').length === 1, 'the dial fails');
    everyoneTrusts(low, high);
    low.transport.dial(high.id, high.transport.addresses());
    await scene.bed.until(() => linksOf(low) === 1 && linksOf(high) === 1, 'both are connected');
  });

  it('reports a crash of the other side as broken', async () => {
    const [low, high] = await scene.connectedPair();
    await scene.bed.kill(high);
    await scene.bed.until(() => linksOf(low) === 0, 'the loss is noticed');
    expect(eventsOf(low, 'disconnected')).toEqual([{ type: 'disconnected', machine: high.id, broken: true }]);
    expect(low.transport.send(high.id, beatOf(1))).toBe(false);
  });

  it('reports a stop on purpose as not broken, and delivers the last urgent words', async () => {
    const [low, high] = await scene.connectedPair();
    expect(high.transport.send(low.id, { type: 'leave', incarnation: 7 })).toBe(true);
    await high.transport.stop();
    await scene.bed.until(() => linksOf(low) === 0, 'the end is noticed');
    expect(eventsOf(low, 'message').map((event) => event.message)).toEqual([{ type: 'leave', incarnation: 7 }]);
    expect(eventsOf(low, 'disconnected')).toEqual([{ type: 'disconnected', machine: high.id, broken: false }]);
  });

  it('disconnects at once when told so, which is broken only for the other side', async () => {
    const [low, high] = await scene.connectedPair();
    low.transport.disconnect(high.id);
    expect(low.transport.send(high.id, beatOf(1))).toBe(false);
    await scene.bed.until(() => linksOf(low) === 0 && linksOf(high) === 0, 'both notice');
    expect(eventsOf(low, 'disconnected')[0]?.broken).toBe(false);
    expect(eventsOf(high, 'disconnected')[0]?.broken).toBe(true);
  });

  it('connects again after a restart at the same address', async () => {
    const [low, high] = await scene.connectedPair();
    await high.transport.stop();
    await scene.bed.until(() => linksOf(low) === 0, 'the end is noticed');
    const again = await scene.bed.restart(high);
    everyoneTrusts(low, again);
    low.transport.dial(again.id, high.events.length === 0 ? [] : again.transport.addresses());
    await scene.bed.until(() => linksOf(low) === 1 && linksOf(again) === 1, 'they are connected again');
    expect(low.transport.send(again.id, beatOf(5))).toBe(true);
    await scene.bed.until(() => eventsOf(again, 'message').length === 1, 'the message arrives');
  });

  it('reports nothing after it was stopped, even when stopped while busy', async () => {
    const [low, high] = await scene.connectedPair();
    for (let number = 0; number < 200; number += 1) {
      high.transport.send(low.id, chunkOf(number, 10_000));
      low.transport.send(high.id, chunkOf(number, 10_000));
    }
    const stopping = low.transport.stop();
    const heard = low.events.length;
    await stopping;
    await scene.bed.until(() => linksOf(high) === 0, 'the other side notices');
    expect(low.events).toHaveLength(heard);
    expect(low.transport.send(high.id, beatOf(1))).toBe(false);
  });

  it('reports nothing from within a call', async () => {
    const [low, high] = await scene.connectedPair();
    const heard = (): string[] => low.events.map((event) => event.type);
    const before = heard();
    low.transport.dial(high.id, high.transport.addresses());
    low.transport.dial(low.id, low.transport.addresses());
    low.transport.disconnect(high.id);
    low.transport.setMembers(new Set([low.id]));
    expect(heard()).toEqual(before);
    await scene.bed.until(() => heard().length === before.length + 2, 'it is reported');
    expect(heard().slice(before.length).toSorted()).toEqual(['dial-failed', 'disconnected']);
  });

  it('takes no notice of a dial to whom it is connected', async () => {
    const [low, high] = await scene.connectedPair();
    low.transport.dial(high.id, high.transport.addresses());
    high.transport.dial(low.id, ['nonsense']);
    expect(low.transport.send(high.id, beatOf(1))).toBe(true);
    expect(high.transport.send(low.id, beatOf(2))).toBe(true);
    await scene.bed.until(
      () => eventsOf(high, 'message').length + eventsOf(low, 'message').length === 2,
      'both hear what is sent',
    );
    expect([low, high].map((peer) => peer.events.map((event) => event.type))).toEqual([
      ['connected', 'message'],
      ['connected', 'message'],
    ]);
  });

  it('does nothing that it is asked for once it has stopped', async () => {
    const [low, high] = await scene.connectedPair();
    await low.transport.stop();
    await scene.bed.until(() => linksOf(high) === 0, 'the other side notices');
    const heard = low.events.length;
    low.transport.dial(high.id, high.transport.addresses());
    low.transport.disconnect(high.id);
    low.transport.setMembers(new Set([low.id]));
    low.transport.publish(heartbeatOf(low.id, 1));
    expect(low.transport.send(high.id, beatOf(1))).toBe(false);
    expect(low.transport.addresses()).toEqual([]);
    const third = await scene.bed.create(3);
    everyoneTrusts(high, third);
    third.transport.dial(high.id, high.transport.addresses());
    await scene.bed.until(() => linksOf(third) === 1, 'others connect');
    expect(low.events).toHaveLength(heard);
    expect(eventsOf(high, 'heartbeat')).toEqual([]);
    await low.transport.stop();
  });
}
