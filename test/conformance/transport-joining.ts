/** The one thing that strangers may ask for: to join. */
import { expect, it } from 'vitest';
import { LIMITS } from '../../core/config/constants.ts';
import type { JoinAnswer } from '../../core/protocol/messages.ts';
import { eventsOf, everyoneTrusts, joinOutcome, linksOf, type TransportScene } from './transport-bed.ts';
import { joinRequestOf, WELCOME } from './transport-messages.ts';

export function describeJoining(scene: TransportScene): void {
  it('brings the answer of the inviter, whatever it is', async () => {
    const [low, high] = [await scene.bed.create(1), await scene.bed.create(2)];
    const request = joinRequestOf('new machine');
    low.answer = () => Promise.resolve(WELCOME);
    expect(await joinOutcome(scene.bed, high, low, low.transport.addresses(), request)).toEqual({
      ok: true,
      value: WELCOME,
    });
    expect(eventsOf(low, 'join')).toEqual([{ type: 'join', machine: high.id, request }]);
    const refusal: JoinAnswer = { type: 'refused', code: 'TOKEN_USED', message: 'It was used.' };
    low.answer = () => Promise.resolve(refusal);
    expect(await joinOutcome(scene.bed, high, low, low.transport.addresses(), request)).toEqual({
      ok: true,
      value: refusal,
    });
  });

  it('lets the inviter make the asker a member before it answers', async () => {
    const [low, high] = [await scene.bed.create(1), await scene.bed.create(2)];
    low.answer = (from) => {
      low.transport.setMembers(new Set([low.id, from]));
      return Promise.resolve(WELCOME);
    };
    expect(await joinOutcome(scene.bed, high, low, low.transport.addresses(), joinRequestOf('x'))).toEqual({
      ok: true,
      value: WELCOME,
    });
    high.transport.setMembers(new Set([low.id, high.id]));
    high.transport.dial(low.id, low.transport.addresses());
    await scene.bed.until(() => linksOf(low) === 1 && linksOf(high) === 1, 'both are connected');
  });

  it('lets a member that has lost everything, and knows nobody, join again', async () => {
    const [low, high] = await scene.pair();
    for (const [asker, inviter] of [
      [high, low],
      [low, high],
    ] as const) {
      everyoneTrusts(low, high);
      asker.transport.setMembers(new Set([asker.id]));
      for (let count = 0; count < 3; count += 1) {
        const addresses = inviter.transport.addresses();
        const outcome = await joinOutcome(scene.bed, asker, inviter, addresses, joinRequestOf('again'));
        expect(outcome).toMatchObject({ ok: true });
      }
    }
    everyoneTrusts(low, high);
    await scene.bed.until(() => {
      high.transport.dial(low.id, low.transport.addresses());
      return linksOf(low) === 1 && linksOf(high) === 1;
    }, 'both are connected');
  });

  it('answers one that takes the inviter for a member still, and whom the inviter knows no more', async () => {
    const [low, high] = await scene.pair();
    const refusal: JoinAnswer = { type: 'refused', code: 'MACHINE_REMOVED', message: 'It was removed.' };
    for (const [asker, inviter] of [
      [low, high],
      [high, low],
    ] as const) {
      everyoneTrusts(low, high);
      inviter.transport.setMembers(new Set([inviter.id]));
      inviter.answer = () => Promise.resolve(refusal);
      for (let count = 0; count < 3; count += 1) {
        const addresses = inviter.transport.addresses();
        // Its dials fail all the while: what comes of them must not end the question.
        asker.transport.dial(inviter.id, addresses);
        const outcome = await joinOutcome(scene.bed, asker, inviter, addresses, joinRequestOf('asks'));
        expect(outcome).toEqual({ ok: true, value: refusal });
      }
    }
    everyoneTrusts(low, high);
    await scene.bed.until(() => {
      high.transport.dial(low.id, low.transport.addresses());
      return linksOf(low) === 1 && linksOf(high) === 1;
    }, 'both are connected');
  });

  it('hears a second request while the first waits for its answer', async () => {
    const [low, high] = [await scene.bed.create(1), await scene.bed.create(2)];
    const waiting: ((answer: JoinAnswer) => void)[] = [];
    low.answer = (_from, request) =>
      request.type === 'pair-wait' && !request.confirmed
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve({ type: 'pair-pending' });
    const addresses = low.transport.addresses();
    const first = joinOutcome(scene.bed, high, low, addresses, { type: 'pair-wait', confirmed: false });
    await scene.bed.until(() => waiting.length === 1, 'the first waits');
    const second = await joinOutcome(scene.bed, high, low, addresses, { type: 'pair-wait', confirmed: true });
    expect(second).toEqual({ ok: true, value: { type: 'pair-pending' } });
    waiting[0]?.(WELCOME);
    expect(await first).toEqual({ ok: true, value: WELCOME });
  });

  it('refuses a request that is too large or malformed', async () => {
    const [low, high] = await scene.pair();
    const large = { ...joinRequestOf('x'), labels: { a: 'x'.repeat(LIMITS.joinMessageBytes) } };
    const malformed = { ...joinRequestOf(''), secret: new Uint8Array(99) };
    for (const request of [large, malformed]) {
      const outcome = await joinOutcome(scene.bed, high, low, low.transport.addresses(), request);
      expect(outcome.ok ? 'answered' : outcome.error.code).toBe('PEER_UNREACHABLE');
    }
    expect(eventsOf(low, 'join')).toEqual([]);
  });

  it('says that the inviter cannot be reached', async () => {
    const [low, high] = await scene.pair();
    const addresses = low.transport.addresses();
    await low.transport.stop();
    const outcome = await joinOutcome(scene.bed, high, low, addresses, joinRequestOf('x'));
    expect(outcome.ok ? 'answered' : outcome.error.code).toBe('PEER_UNREACHABLE');
  });

  it('does not ask another machine than the inviter', async () => {
    const [low, high] = await scene.pair();
    const third = await scene.bed.create(3);
    const addresses = third.transport.addresses().map((address) => address.split('/p2p/')[0] ?? '');
    const outcome = await joinOutcome(scene.bed, high, low, addresses, joinRequestOf('x'));
    expect(outcome.ok ? 'answered' : outcome.error.code).toBe('PEER_UNREACHABLE');
    expect(eventsOf(third, 'join')).toEqual([]);
  });

  it('says so when the inviter is gone before it answered', async () => {
    const [low, high] = [await scene.bed.create(1), await scene.bed.create(2)];
    low.answer = () => new Promise(() => undefined);
    const outcome = joinOutcome(scene.bed, high, low, low.transport.addresses(), joinRequestOf('x'));
    await scene.bed.until(() => eventsOf(low, 'join').length === 1, 'it is asked');
    await scene.bed.kill(low);
    const said = await outcome;
    expect(['PEER_UNREACHABLE', 'PEER_TIMEOUT']).toContain(said.ok ? 'answered' : said.error.code);
  });

  it('is not answered by a machine that has stopped', async () => {
    const [low, high] = [await scene.bed.create(1), await scene.bed.create(2)];
    const addresses = low.transport.addresses();
    await high.transport.stop();
    const outcome = await high.transport.requestJoin(low.id, addresses, joinRequestOf('x'));
    expect(outcome.ok ? 'answered' : outcome.error.code).toBe('STOPPING');
    expect(eventsOf(low, 'join')).toEqual([]);
  });
}
