/** Machines that ask to be paired and keep to no rule: none is let in, and none keeps out those that do. */
import { beforeEach, describe, expect, test } from 'vitest';
import { LIMITS, TIMES } from '../../../core/config/constants.ts';
import type { Role } from '../../../core/domain/machine.ts';
import type { JoinRequest } from '../../../core/protocol/messages.ts';
import { commitmentOf, opensCommitment, pairingDigitsOf } from '../../../core/security/pairing.ts';
import { PairingBed, type Stranger } from './pairing-bed.ts';

const ADMIN = 0;
const NEW = 2;
const roles: readonly Role[] = ['editor', 'executor'];
const nonce = new Uint8Array(32).fill(5);
const introduction = { name: 'stranger', labels: {}, addresses: [] };
let bed: PairingBed;

beforeEach(async () => {
  bed = await PairingBed.form();
});

const idOf = (index: number) => bed.cluster.machine(index).id;
const approve = () => bed.cluster.command(ADMIN, { kind: 'approve-pairing', id: idOf(NEW), roles });
const confirm = () => bed.cluster.command(NEW, { kind: 'confirm-pairing', same: true });

const askingOf = ({ id }: Stranger): JoinRequest => {
  const commitment = commitmentOf({ asker: id, asked: idOf(ADMIN) }, nonce, 'asker');
  return { type: 'pair-ask', commitment, ...introduction };
};

/** Uses up what all together may compare, by addresses that are not the machine's own. */
async function exhaustComparisons(first: Stranger): Promise<void> {
  const strangers = [first];
  while (strangers.length < LIMITS.pairingsInAll / LIMITS.pairingsPerStranger) {
    strangers.push(await bed.stranger(150 + strangers.length));
  }
  for (const stranger of strangers) {
    for (let count = 0; count < LIMITS.pairingsPerStranger; count += 1) {
      await stranger.say(ADMIN, askingOf(stranger));
      await stranger.say(ADMIN, { type: 'pair-reveal', nonce });
    }
    await stranger.say(ADMIN, { type: 'pair-cancel', commitment: askingCommitment(stranger) });
  }
}

const askingCommitment = (stranger: Stranger): Uint8Array => {
  const request = askingOf(stranger);
  return request.type === 'pair-ask' ? request.commitment : nonce;
};

describe('a hostile asker', () => {
  test('that reveals another nonce than it was bound to is refused, and shown to nobody', async () => {
    const stranger = await bed.stranger(99);
    expect(await stranger.say(ADMIN, askingOf(stranger))).toMatchObject({ type: 'pair-bound' });
    const other = new Uint8Array(32).fill(6);
    expect(await stranger.say(ADMIN, { type: 'pair-reveal', nonce: other })).toMatchObject({
      code: 'PAIRING_MISMATCH',
    });
    // Nor can it try again with the right one.
    expect(await stranger.say(ADMIN, { type: 'pair-reveal', nonce })).toMatchObject({ code: 'PAIRING_MISMATCH' });
    expect(bed.shown(ADMIN)).toEqual([]);
  });

  test('is told no nonce before its own is known and a person sees the digits', async () => {
    const stranger = await bed.stranger(99);
    const bound = await stranger.say(ADMIN, askingOf(stranger));
    if (bound.type !== 'pair-bound') throw new Error(`it was answered ${bound.type}`);
    const revealed = await stranger.say(ADMIN, { type: 'pair-reveal', nonce });
    if (revealed.type !== 'pair-nonce') throw new Error(`it was answered ${revealed.type}`);
    const sides = { asker: stranger.id, asked: idOf(ADMIN) };
    expect(opensCommitment(sides, revealed.nonce, bound.commitment, 'asked')).toBe(true);
    const digits = pairingDigitsOf({
      ...{ ...sides, clusterId: bound.clusterId },
      ...{ askerNonce: nonce, askedNonce: revealed.nonce },
    });
    expect(bed.shown(ADMIN)).toMatchObject([{ id: stranger.id, digits }]);
  });

  test('has few comparisons: each that a person saw counts for an hour', async () => {
    const stranger = await bed.stranger(99);
    for (let count = 0; count < LIMITS.pairingsPerStranger; count += 1) {
      await stranger.say(ADMIN, askingOf(stranger));
      expect(await stranger.say(ADMIN, { type: 'pair-reveal', nonce })).toMatchObject({ type: 'pair-nonce' });
    }
    expect(await stranger.say(ADMIN, askingOf(stranger))).toMatchObject({ code: 'TOO_MANY_ATTEMPTS' });
    await bed.cluster.run(TIMES.attemptsMs);
    expect(await stranger.say(ADMIN, askingOf(stranger))).toMatchObject({ type: 'pair-bound' });
  });

  test('with ever new keys and addresses has few comparisons, and does not keep people from inviting', async () => {
    const codes: string[] = [];
    for (let number = 100; number < 100 + LIMITS.pairingsInAll + 3; number += 1) {
      const stranger = await bed.stranger(number);
      const asked = await stranger.say(ADMIN, askingOf(stranger));
      const answer = asked.type === 'pair-bound' ? await stranger.say(ADMIN, { type: 'pair-reveal', nonce }) : asked;
      codes.push(answer.type === 'refused' ? answer.code : answer.type);
      await bed.cluster.command(ADMIN, { kind: 'refuse-pairing', id: stranger.id }).catch(() => undefined);
    }
    expect(codes.filter((code) => code === 'pair-nonce')).toHaveLength(LIMITS.pairingsInAll);
    expect(codes.at(-1)).toBe('TOO_MANY_ATTEMPTS');
    expect(await bed.codeOf(NEW, { kind: 'pair', to: bed.addressOf(ADMIN) })).toBe('TOO_MANY_ATTEMPTS');
    await bed.cluster.join(NEW, ADMIN);
  });

  test('that goes on past the last comparison is not shown either', async () => {
    const asking = await Promise.all([97, 98, 99].map((number) => bed.stranger(number)));
    const [early, ...late] = asking as [Stranger, ...Stranger[]];
    for (const stranger of late) await stranger.say(ADMIN, askingOf(stranger));
    await exhaustComparisons(early);
    for (const stranger of late) {
      const answer = await stranger.say(ADMIN, { type: 'pair-reveal', nonce });
      expect(answer).toMatchObject({ code: 'TOO_MANY_ATTEMPTS' });
    }
    expect(bed.shown(ADMIN).map(({ id }) => id)).not.toContain(late[0]?.id);
  });

  test('from one address, with ever new keys, keeps nobody out who asks from another', async () => {
    for (let number = 100; number < 150; number += 1) {
      const stranger = await bed.stranger(number, undefined, '/ip4/10.6.6.6/tcp/4100');
      const asked = await stranger.say(ADMIN, askingOf(stranger));
      if (asked.type === 'pair-bound' && number % 2 === 0) await stranger.say(ADMIN, { type: 'pair-reveal', nonce });
    }
    expect(bed.shown(ADMIN).length).toBeLessThanOrEqual(LIMITS.openPairingsPerAddress);
    await bed.ask(NEW, ADMIN);
    await confirm();
    await approve();
    await bed.cluster.run(10_000);
    expect(bed.names(ADMIN)).toEqual(['m0', 'm1', 'm2']);
  });

  test('from several addresses that each hold all they may gives way to one that holds none', async () => {
    const crowd: Stranger[] = [];
    for (let number = 100; number < 100 + LIMITS.pairings; number += 1) {
      const at = `/ip4/10.6.6.${Math.floor((number - 100) / LIMITS.openPairingsPerAddress)}/tcp/4100`;
      const stranger = await bed.stranger(number, undefined, at);
      crowd.push(stranger);
      await stranger.say(ADMIN, askingOf(stranger));
      await stranger.say(ADMIN, { type: 'pair-reveal', nonce });
    }
    const third = await bed.stranger(200, undefined, '/ip4/10.6.6.0/tcp/4100');
    expect(await third.say(ADMIN, askingOf(third))).toMatchObject({ code: 'BUSY' });
    const late = await bed.stranger(201, undefined, '/ip4/10.6.7.1/tcp/4100');
    expect(await late.say(ADMIN, askingOf(late))).toMatchObject({ type: 'pair-bound' });
    expect(await crowd[0]?.say(ADMIN, { type: 'pair-wait', confirmed: false })).toMatchObject({
      code: 'PAIRING_CANCELLED',
    });
    expect(bed.shown(ADMIN)).toHaveLength(LIMITS.pairings - 1);
  });

  test('is let ask anew, with all others, when an admin says so', async () => {
    await exhaustComparisons(await bed.stranger(99));
    const open = bed.shown(ADMIN).length;
    expect(await bed.codeOf(NEW, { kind: 'pair', to: bed.addressOf(ADMIN) })).toBe('TOO_MANY_ATTEMPTS');
    expect(await bed.cluster.command(ADMIN, { kind: 'clear-pairings' })).toEqual({ ended: open });
    expect(bed.shown(ADMIN)).toEqual([]);
    await bed.ask(NEW, ADMIN);
    expect(bed.shown(ADMIN)).toHaveLength(1);
  });

  test('finds only a few places', async () => {
    for (let number = 100; number < 100 + LIMITS.pairings; number += 1) {
      const stranger = await bed.stranger(number);
      await stranger.say(ADMIN, askingOf(stranger));
    }
    const late = await bed.stranger(200);
    expect(await late.say(ADMIN, askingOf(late))).toMatchObject({ code: 'BUSY' });
    await bed.cluster.run(TIMES.pairingRevealMs);
    expect(await late.say(ADMIN, askingOf(late))).toMatchObject({ type: 'pair-bound' });
  });

  test('cannot be admitted by waiting alone, nor speak for another pairing', async () => {
    const stranger = await bed.stranger(99);
    expect(await stranger.say(ADMIN, { type: 'pair-wait', confirmed: true })).toMatchObject({
      code: 'PAIRING_NOT_FOUND',
    });
    await bed.ask(NEW, ADMIN);
    const cancel: JoinRequest = { type: 'pair-cancel', commitment: nonce };
    expect(await stranger.say(ADMIN, cancel)).toMatchObject({ code: 'PAIRING_NOT_FOUND' });
    expect(await stranger.say(ADMIN, { type: 'pair-reveal', nonce })).toMatchObject({ code: 'PAIRING_NOT_FOUND' });
    expect(bed.shown(ADMIN)).toHaveLength(1);
  });

  test('shows people nothing that a terminal takes for its own', async () => {
    const stranger = await bed.stranger(99);
    const sides = { asker: stranger.id, asked: idOf(ADMIN) };
    const name = 'nice\u001b[2Jname\u202e';
    await stranger.say(ADMIN, {
      type: 'pair-ask',
      commitment: commitmentOf(sides, nonce, 'asker'),
      ...introduction,
      name,
    });
    await stranger.say(ADMIN, { type: 'pair-reveal', nonce });
    expect(bed.shown(ADMIN)[0]?.name).toBe('nice?[2Jname?');
  });
});
