/** Whom a transport serves: members, and of them only those that keep to the rules. */
import { expect, it } from 'vitest';
import { LIMITS } from '../../core/config/constants.ts';
import { eventsOf, everyoneTrusts, joinOutcome, linksOf, type TransportScene } from './transport-bed.ts';
import { beatOf, heartbeatOf, joinRequestOf } from './transport-messages.ts';

export function describeTrust(scene: TransportScene): void {
  it('closes the connection of a member that is removed, and does not let it back', async () => {
    const [low, high] = await scene.connectedPair();
    low.transport.setMembers(new Set([low.id]));
    await scene.bed.until(() => linksOf(low) === 0 && linksOf(high) === 0, 'the connection is closed');
    expect(eventsOf(low, 'disconnected')[0]?.broken).toBe(false);
    high.transport.dial(low.id, low.transport.addresses());
    await scene.bed.until(() => eventsOf(high, 'dial-failed').length === 1, 'it is not let back');
    expect(linksOf(low)).toBe(0);
  });

  it('connects to a stranger that became a member', async () => {
    const [low, high] = [await scene.bed.create(1), await scene.bed.create(2)];
    const joined = await joinOutcome(scene.bed, high, low, low.transport.addresses(), joinRequestOf('new'));
    expect(joined.ok).toBe(true);
    everyoneTrusts(low, high);
    high.transport.dial(low.id, low.transport.addresses());
    await scene.bed.until(() => linksOf(low) === 1 && linksOf(high) === 1, 'both are connected');
    let sequence = 0;
    await scene.bed.until(() => {
      sequence += 1;
      low.transport.publish(heartbeatOf(low.id, sequence));
      return eventsOf(high, 'heartbeat').length > 0;
    }, 'gossip comes up');
  });

  it('gives strangers neither control nor gossip', async () => {
    const [low, high] = await scene.connectedPair();
    const stranger = await scene.bed.hostile();
    expect(await stranger.openControl(low)).toBe(false);
    await stranger.forgeHeartbeat(low, stranger.id);
    let sequence = 0;
    await scene.bed.until(() => {
      sequence += 1;
      low.transport.publish(heartbeatOf(low.id, sequence));
      return eventsOf(high, 'heartbeat').length >= 5;
    }, 'members hear');
    expect(stranger.heard()).toBe(0);
    expect(eventsOf(low, 'heartbeat')).toEqual([]);
    expect(linksOf(low)).toBe(1);
  });

  it('drops a member that keeps sending malformed messages, and serves the others on', async () => {
    const [low, high] = await scene.connectedPair();
    const hostile = await scene.bed.hostile();
    everyoneTrusts(low, high, hostile);
    await hostile.sendMalformed(low, LIMITS.badMessagesPerPeer - 1);
    await scene.bed.until(() => linksOf(low) === 2, 'it is connected');
    expect(eventsOf(low, 'offence')).toEqual([]);
    await hostile.sendMalformed(low, 1);
    await scene.bed.until(() => eventsOf(low, 'offence').length === 1, 'the offence is reported');
    await scene.bed.until(() => linksOf(low) === 1, 'it is dropped');
    expect(eventsOf(low, 'offence')[0]?.machine).toBe(hostile.id);
    expect(high.transport.send(low.id, beatOf(3))).toBe(true);
    await scene.bed.until(() => eventsOf(low, 'message').length === 1, 'the others are served');
  });

  it('delivers no heartbeat that its author did not sign', async () => {
    const [low, high] = await scene.connectedPair();
    const hostile = await scene.bed.hostile();
    everyoneTrusts(low, high, hostile);
    for (let count = 0; count < LIMITS.badMessagesPerPeer; count += 1) await hostile.forgeHeartbeat(low, high.id);
    await scene.bed.until(() => eventsOf(low, 'offence').length === 1, 'the last hop is held to account');
    expect(eventsOf(low, 'offence')[0]?.machine).toBe(hostile.id);
    expect(eventsOf(low, 'heartbeat')).toEqual([]);
    expect(eventsOf(high, 'heartbeat')).toEqual([]);
  });

  it('hears nothing more of a machine that was removed here, though others hand it on', async () => {
    const [first, second, removed] = [await scene.bed.create(1), await scene.bed.create(2), await scene.bed.create(3)];
    everyoneTrusts(first, second, removed);
    for (const other of [first, removed]) second.transport.dial(other.id, other.transport.addresses());
    await scene.bed.until(() => linksOf(second) === 2, 'the one in the middle is connected with both');
    let sequence = 0;
    const beat = (): void => removed.transport.publish(heartbeatOf(removed.id, (sequence += 1)));
    await scene.bed.until(() => {
      beat();
      return eventsOf(first, 'heartbeat').length > 0;
    }, 'gossip comes up');
    first.transport.setMembers(new Set([first.id, second.id]));
    const before = eventsOf(first, 'heartbeat').length;
    const known = eventsOf(second, 'heartbeat').length;
    await scene.bed.until(() => {
      beat();
      return eventsOf(second, 'heartbeat').length >= known + 5;
    }, 'the others still hear');
    expect(eventsOf(first, 'heartbeat')).toHaveLength(before);
  });
}
