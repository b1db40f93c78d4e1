/**
 * Machines that do not belong: over real libp2p they get nothing but refusals, and those are in the audit log. Keys cost a
 * stranger nothing, so the log counts all strangers together: it holds the first of a kind, and later how many followed.
 */
import { randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { MachineId } from '../../core/domain/ids.ts';
import { encodeHello, encodeValue } from '../../core/protocol/codec.ts';
import { frameWhole } from '../../core/protocol/frames.ts';
import type { JoinRequest } from '../../core/protocol/messages.ts';
import { ownHello, PROTOCOLS } from '../../core/protocol/versions.ts';
import { parseInvitation } from '../../core/security/invitation.ts';
import { commitmentOf, opensCommitment, pairingDigitsOf } from '../../core/security/pairing.ts';
import { recoveryWordsOf } from '../../core/security/root-key.ts';
import { sealHeartbeat } from '../../core/security/sealed-heartbeat.ts';
import { heartbeatOf } from '../conformance/transport-messages.ts';
import { sceneOfFile } from './kit/attack-scene.ts';

const scene = sceneOfFile();
const NEWCOMER = { name: 'newcomer', labels: {}, addresses: [] };

describe('a stranger', () => {
  it('is not answered on the control protocol', async () => {
    const stranger = await scene.stranger();
    const hello = frameWhole(encodeHello(ownHello([])), 'urgent');
    const heard = await stranger.speak(scene.addresses, PROTOCOLS.control, hello);
    expect(heard.answered).toHaveLength(0);
    await scene.expectTrace({ action: 'stranger-refused', by: stranger.id });
  });

  it('hears no gossip, and what it gossips is heard by nobody', async () => {
    const stranger = await scene.stranger();
    const beat = sealHeartbeat(stranger.signer, heartbeatOf(stranger.id, 1));
    await stranger.gossip(scene.addresses, beat).catch((fault: unknown) => expect(fault).toBeInstanceOf(Error));
    const heard = await stranger.speak(scene.addresses, '/meshsub/1.1.0', new Uint8Array());
    expect(heard.answered).toHaveLength(0);
    expect((await scene.agent.status()).members.map(({ id }) => id)).not.toContain(stranger.id);
    await scene.expectTrace({ action: 'stranger-refused', by: stranger.id });
  });

  it.each(['/carillon/control/2', '/carillon/join/1', '/carillon/admin/1', '/ipfs/kad/1.0.0', '/x'.repeat(200)])(
    'finds no protocol %s',
    async (protocol) => {
      const stranger = await scene.stranger();
      const heard = await stranger.speak(scene.addresses, protocol, Uint8Array.of(1, 2, 3));
      expect(heard.answered).toHaveLength(0);
      await scene.expectTrace({ action: 'stranger-refused', by: stranger.id, text: 'that is not offered' });
    },
  );

  it('learns nothing of the cluster by identifying the machine', async () => {
    const stranger = await scene.stranger();
    const heard = await stranger.speak(scene.addresses, '/ipfs/id/1.0.0', new Uint8Array());
    const text = Buffer.from(heard.answered).toString('latin1');
    expect(text).not.toContain('fortress');
    expect(text).not.toContain(scene.agent.dataFolder);
  });

  it.each([
    ['random bytes', randomBytes(200)],
    ['nothing', new Uint8Array()],
    ['a deeply nested list', new Uint8Array(4000).fill(0x81)],
    ['a list that claims four billion items', Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff)],
    ['text that claims to be endless', Uint8Array.of(0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
  ])('gets no answer to a join of %s', async (_what, bytes) => {
    const stranger = await scene.stranger();
    expect(await stranger.join(scene.addresses, bytes)).toBeUndefined();
    await scene.expectTrace({ action: 'stranger-refused', text: 'its request to join' });
    expect(await scene.agent.client.health.live({})).toMatchObject({ ok: true });
  });

  it('cannot make the machine wait for a message that is announced as endless', async () => {
    const stranger = await scene.stranger();
    const length = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x07);
    const heard = await stranger.speak(scene.addresses, PROTOCOLS.join, length);
    expect(heard.answered).toHaveLength(0);
    expect(heard.ended).not.toBe('nothing more came');
    await scene.expectTrace({ action: 'stranger-refused', text: 'its request to join' });
  });
});

describe('an invitation', () => {
  const asked = async (token: string, seed?: Uint8Array) => {
    const peer = await scene.stranger(seed);
    return { peer, answer: await peer.joinBy(token, 'guest') };
  };

  it('lets in one machine: who comes second is refused, though it holds the same token', async () => {
    const { token } = await scene.agent.client.cluster.invite({ roles: ['viewer'] });
    expect((await asked(token)).answer).toMatchObject({ type: 'welcome' });
    const { answer } = await asked(token);
    expect(answer).toMatchObject({ type: 'refused', code: 'TOKEN_USED' });
    await scene.expectTrace({ action: 'join-refused' });
  });

  it('is won by one of many machines that race for it', async () => {
    const { token } = await scene.agent.client.cluster.invite({ roles: ['viewer'] });
    const racers = await Promise.all(Array.from({ length: 5 }, () => asked(token)));
    const answers = racers.map(({ answer }) => answer?.type ?? 'nothing');
    expect(answers.filter((type) => type === 'welcome')).toHaveLength(1);
    const told = racers.filter(({ answer }) => answer?.type === 'refused');
    for (const { answer } of told) expect(answer).toMatchObject({ code: 'TOKEN_USED' });
    await scene.expectTrace({ action: 'join-refused' });
  });

  it('is worth nothing once it was taken back', async () => {
    const { id, token } = await scene.agent.client.cluster.invite({ roles: ['viewer'] });
    await scene.agent.client.cluster.cancelInvitation({ id });
    const { answer } = await asked(token);
    expect(answer).toMatchObject({ type: 'refused', code: 'TOKEN_CANCELLED' });
    await scene.expectTrace({ action: 'join-refused' });
  });

  it('is worth nothing once its time is over', async () => {
    const { token } = await scene.agent.client.cluster.invite({ roles: ['admin'], expiresMs: 10_000 });
    const parsed = parseInvitation(token);
    if (!parsed.ok) throw new Error(parsed.error.message);
    const stranger = await scene.stranger();
    await vi.waitUntil(() => Date.now() > parsed.value.expiresAt, { timeout: 15_000, interval: 100 });
    const answer = await stranger.joinBy(token, 'late');
    expect(answer).toMatchObject({ type: 'refused', code: 'TOKEN_EXPIRED' });
    await scene.expectTrace({ action: 'join-refused', text: 'TOKEN_EXPIRED' });
  });

  it('gives no other roles than it was made with, whatever the new machine asks for', async () => {
    const { token } = await scene.agent.client.cluster.invite({ roles: ['viewer'] });
    const invitation = parseInvitation(token);
    if (!invitation.ok) throw new Error(invitation.error.message);
    const { secret } = invitation.value;
    const climber = await scene.stranger();
    const asked = { type: 'join-request', secret, ...NEWCOMER, roles: ['admin', 'editor', 'executor'] };
    expect(await climber.join(scene.addresses, encodeValue(asked))).toBeUndefined();
    await scene.expectTrace({ action: 'stranger-refused', text: 'its request to join' });
    // It is still good, and for what it says.
    const labels = { roles: 'admin', role: 'admin' };
    const request: JoinRequest = { type: 'join-request', secret, ...NEWCOMER, labels };
    expect(await climber.join(scene.addresses, request)).toMatchObject({ type: 'welcome' });
    const { members } = await scene.agent.status();
    const { machines } = await scene.agent.client.machines.list({});
    expect(members.length).toBeGreaterThan(0);
    expect(machines.find(({ id }) => id === climber.id)?.roles).toEqual(['viewer']);
  });

  it('of another cluster opens nothing here', async () => {
    const other = scene.bed.add('elsewhere');
    await other.start();
    await other.client.cluster.create({ name: 'other' });
    const { token } = await other.client.cluster.invite({ roles: ['admin'] });
    await other.stop();
    const invitation = parseInvitation(token);
    if (!invitation.ok) throw new Error(invitation.error.message);
    const stranger = await scene.stranger();
    const { secret } = invitation.value;
    const answer = await stranger.join(scene.addresses, { type: 'join-request', secret, ...NEWCOMER });
    expect(answer).toMatchObject({ type: 'refused', code: 'TOKEN_INVALID' });
    await scene.expectTrace({ action: 'join-refused' });
  });

  it('cannot be guessed: after some wrong ones a machine is not listened to', async () => {
    const stranger = await scene.stranger();
    const codes: (string | undefined)[] = [];
    for (let tries = 0; tries < 20 && codes.at(-1) !== 'TOO_MANY_ATTEMPTS'; tries += 1) {
      const secret = randomBytes(32);
      const answer = await stranger.join(scene.addresses, { type: 'join-request', secret, ...NEWCOMER });
      codes.push(answer?.type === 'refused' ? answer.code : answer?.type);
    }
    expect(codes.at(-1)).toBe('TOO_MANY_ATTEMPTS');
    expect(new Set(codes)).toEqual(new Set(['TOKEN_INVALID', 'TOO_MANY_ATTEMPTS']));
    await scene.expectTrace({ action: 'join-refused' });
    expect((await scene.agent.status()).members.map(({ id }) => id)).not.toContain(stranger.id);
  });
});

describe('a man in the middle at pairing', () => {
  it('shows other digits to the two sides, whatever nonces it chooses', async () => {
    const middle = await scene.stranger();
    const victim = (await scene.stranger()).id;
    const asked = scene.agent.id as MachineId;
    const nonceAsker = randomBytes(32);
    const commitment = commitmentOf({ asker: middle.id, asked }, nonceAsker, 'asker');
    const answer = await middle.join(scene.addresses, { type: 'pair-ask', commitment, ...NEWCOMER });
    if (answer?.type !== 'pair-bound') throw new Error(`not bound: ${JSON.stringify(answer)}`);
    const revealed = await middle.join(scene.addresses, { type: 'pair-reveal', nonce: nonceAsker });
    if (revealed?.type !== 'pair-nonce') throw new Error(`no nonce: ${JSON.stringify(revealed)}`);
    const { clusterId } = answer;
    const { nonce } = revealed;
    expect(opensCommitment({ asker: middle.id, asked }, nonce, answer.commitment, 'asked')).toBe(true);
    const sides = { asker: middle.id, asked };
    const shown = pairingDigitsOf({ ...sides, clusterId, askerNonce: nonceAsker, askedNonce: nonce });
    expect((await scene.agent.status()).members.map(({ id }) => id)).not.toContain(middle.id);
    const atVictim = pairingDigitsOf({
      asker: victim,
      asked: middle.id,
      clusterId,
      askerNonce: nonceAsker,
      askedNonce: nonce,
    });
    expect(atVictim).not.toBe(shown);
    await scene.expectTrace({ action: 'pairing-asked', by: middle.id });
  });

  it('cannot choose its nonce after it has seen the other: what it reveals must be what it committed to', async () => {
    const middle = await scene.stranger();
    const sides = { asker: middle.id, asked: scene.agent.id as MachineId };
    const commitment = commitmentOf(sides, randomBytes(32), 'asker');
    const asking = await middle.join(scene.addresses, { type: 'pair-ask', commitment, ...NEWCOMER });
    expect(asking?.type).toBe('pair-bound');
    const answer = await middle.join(scene.addresses, { type: 'pair-reveal', nonce: randomBytes(32) });
    expect(answer).toMatchObject({ type: 'refused' });
    await scene.expectTrace({ action: 'pairing-refused', by: middle.id });
  });
});

describe('the words of a recovery kit', () => {
  it.each([
    ['of another cluster', recoveryWordsOf(randomBytes(32)).join(' ')],
    ['that are none', 'abandon '.repeat(24).trim()],
  ])('%s make nobody an admin, and that they were shown is noted', async (_what, words) => {
    const asked = scene.agent.client.recovery.recover({ words });
    await expect(asked).rejects.toMatchObject({ error: { code: 'RECOVERY_WORDS_INVALID' } });
    await scene.expectTrace({ action: 'api-refused', text: 'were shown' });
  });
});
