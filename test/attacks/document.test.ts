/**
 * Members that write into the document what they may not: real members over real libp2p, with properly sealed changes of
 * a real document. Each is rejected, nothing changes, and the audit log says who tried it.
 */
import { randomBytes } from 'node:crypto';
import { encodeChange } from '@automerge/automerge';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SealedChange } from '../../core/document/document-protocol.ts';
import { CLUSTER_PLACE, facetPlace, machinePlace } from '../../core/document/schema.ts';
import type { MachineId, TaskId } from '../../core/domain/ids.ts';
import type { Role } from '../../core/domain/machine.ts';
import { sealChange } from '../../core/security/sealed-change.ts';
import { createSigner } from '../../core/adapters/keys/ed25519.ts';
import { eventually } from '../integration/eventually.ts';
import { shellTask } from '../integration/task-builder.ts';
import { type HostileMember, sceneOfFile } from './kit/attack-scene.ts';
import type { ForgedWrite } from './kit/hostile-author.ts';

const scene = sceneOfFile();
const TASK = 'payroll' as TaskId;
const action = facetPlace(TASK, 'action');
const evil = { type: 'shell', script: 'touch /tmp/owned' };

beforeAll(async () => {
  await scene.agent.client.tasks.apply({ definitions: [shellTask(TASK, 'true')] });
});

async function expectUntouched(): Promise<void> {
  const task = await scene.agent.client.tasks.get({ id: TASK });
  expect(JSON.stringify(task)).not.toContain('owned');
  expect(await scene.agent.client.health.live({})).toMatchObject({ ok: true });
}

/** The roster's entry of a machine, as the member has read it. */
function entryOf({ author }: HostileMember, id: string): Record<string, unknown> {
  return author.read(machinePlace(id as MachineId)).value as Record<string, unknown>;
}

type Attempt = (member: HostileMember) => ForgedWrite;
const stranger = createSigner(randomBytes(32)).self;
const rolesOf = (member: HostileMember, roles: readonly Role[]): ForgedWrite => {
  const id = member.peer.id;
  return { place: machinePlace(id), value: { ...entryOf(member, id), roles } };
};

const BEYOND_ROLES: readonly (readonly [string, readonly Role[], Attempt])[] = [
  ['a viewer that edits a task', ['viewer'], () => ({ place: action, value: evil })],
  ['an executor that edits a task', ['executor'], () => ({ place: action, value: evil })],
  ['an admin without the role editor that edits a task', ['admin'], () => ({ place: action, value: evil })],
  ['a viewer that deletes a task', ['viewer'], () => ({ place: facetPlace(TASK, 'deleted'), value: true })],
  ['a viewer that writes a calendar', ['viewer'], () => ({ place: { map: 'calendars', key: 'x' }, value: {} })],
  ['a viewer that writes a secret', ['viewer'], () => ({ place: { map: 'secrets', key: 'x' }, value: {} })],
  ['a viewer that makes itself admin', ['viewer'], (member) => rolesOf(member, ['admin'])],
  ['an executor that makes itself admin', ['executor'], (member) => rolesOf(member, ['admin', 'executor'])],
  ['an editor that makes itself executor', ['editor'], (member) => rolesOf(member, ['editor', 'executor'])],
  [
    'an editor that adds a machine',
    ['editor'],
    (member) => ({
      place: machinePlace(stranger),
      value: { ...entryOf(member, member.peer.id), id: stranger, roles: ['executor'] },
    }),
  ],
  [
    'an editor that removes the founder',
    ['editor'],
    (member) => ({
      place: machinePlace(scene.agent.id as MachineId),
      value: { ...entryOf(member, scene.agent.id), removed: true },
    }),
  ],
  [
    'an executor that takes another machine’s vote',
    ['executor'],
    (member) => ({
      place: machinePlace(scene.agent.id as MachineId),
      value: { ...entryOf(member, scene.agent.id), voter: false },
    }),
  ],
  [
    'a viewer with a certificate that the root key never gave',
    ['viewer'],
    (member) => ({
      place: machinePlace(member.peer.id),
      value: { ...entryOf(member, member.peer.id), roles: ['admin'], certificate: 'A'.repeat(86) },
    }),
  ],
  [
    'an editor that names another root key',
    ['editor'],
    (member) => ({
      place: CLUSTER_PLACE,
      value: { ...(member.author.read(CLUSTER_PLACE).value as object), root: stranger },
    }),
  ],
];

describe('a change beyond its author’s roles is rejected', () => {
  it.each(BEYOND_ROLES)('of %s', async (_who, roles, attempt) => {
    const member = await scene.member(...roles);
    const before = (await scene.agent.status()).document.digest;
    await scene.expectRejected(member, [member.author.write(attempt(member))], 'not allowed');
    expect((await scene.agent.status()).document.digest).toBe(before);
    await expectUntouched();
  });
});

/** A change by hand, sealed by the member: Automerge's own encoding of any operations. */
function byHand({ author, peer }: HostileMember, ops: readonly object[]): SealedChange {
  const { heads, lastOperation } = author.standing;
  const actor = randomBytes(16).toString('hex');
  const fields = { actor, seq: 1, startOp: lastOperation + 1, time: 0, message: null, deps: heads, ops };
  const bytes = encodeChange(fields as object as Parameters<typeof encodeChange>[0]);
  return sealChange(peer.signer, { actor, sequence: 1, hash: hashOf(bytes), bytes });
}

/** SHA-256 of the chunk after magic and checksum (Automerge binary format). */
function hashOf(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes.subarray(8)));
}

const text = (value: string) => ({ action: 'set', value, pred: [] });

describe('a change that no program of the cluster would make is rejected', () => {
  it.each([
    ['deletes a root map', [{ action: 'del', obj: '_root', key: 'roster', pred: [] }]],
    ['adds a root map', [{ action: 'makeMap', obj: '_root', key: 'backdoor', pred: [] }]],
    ['puts a map over the roster', [{ action: 'makeMap', obj: '_root', key: 'roster', pred: [] }]],
    ['makes a list', [{ action: 'makeList', obj: `1@${'00'.repeat(16)}`, key: 'x', pred: [] }]],
    ['counts', [{ action: 'set', obj: `1@${'00'.repeat(16)}`, key: 'x', value: 1, datatype: 'counter', pred: [] }]],
    ['puts what is no envelope', [{ obj: `1@${'00'.repeat(16)}`, key: 'x', ...text('{}') }]],
    ['writes into an object that is not there', [{ obj: `9999@${'00'.repeat(16)}`, key: 'x', ...text('{}') }]],
  ])('that %s', async (_what, ops) => {
    const member = await scene.member('editor');
    await scene.expectRejected(member, [byHand(member, ops)]);
    await expectUntouched();
    await member.peer.stop();
  });

  it('that deletes keys, of a viewer', async () => {
    const member = await scene.member('viewer');
    await scene.expectRejected(member, [byHand(member, [{ action: 'del', obj: '_root', key: 'roster', pred: [] }])]);
    await expectUntouched();
  });

  it('that writes in the name of another author', async () => {
    const member = await scene.member('editor');
    const author = scene.agent.id as MachineId;
    const change = member.author.write({ place: action, value: evil, envelope: { author } });
    await scene.expectRejected(member, [change], 'in the name of another machine');
    await expectUntouched();
  });

  it('that takes a revision back to an older one', async () => {
    const member = await scene.member('editor');
    const change = member.author.write({ place: action, value: evil, envelope: { revision: 1 } });
    await scene.expectRejected(member, [change], 'revision');
    await expectUntouched();
  });

  it('that jumps over revisions, so that nobody can come after it', async () => {
    const member = await scene.member('editor');
    const change = member.author.write({ place: action, value: evil, envelope: { revision: 2 ** 50 } });
    await scene.expectRejected(member, [change], 'revision');
    await expectUntouched();
  });
});

describe('a seal that is not right is rejected', () => {
  const good = (member: HostileMember): SealedChange => member.author.write({ place: action, value: evil });

  it.each<readonly [string, (change: SealedChange, member: HostileMember) => SealedChange]>([
    ['of nobody', (change) => ({ ...change, signature: new Uint8Array(64) })],
    ['by the wrong key', (change) => ({ ...change, author: scene.agent.id as MachineId })],
    ['of another change', (change, { past }) => ({ ...change, signature: (past[0] as SealedChange).signature })],
    [
      'over a number that is not the change’s',
      (change, { peer }) => sealChange(peer.signer, { ...change, sequence: 7 }),
    ],
    [
      'over an actor that is not the change’s',
      (change, { peer }) => sealChange(peer.signer, { ...change, actor: 'ab'.repeat(16) }),
    ],
    ['over bytes of which one bit was turned', (change) => ({ ...change, bytes: turned(change.bytes) })],
    [
      'over turned bytes with their own hash',
      (change, { peer }) => {
        const bytes = turned(change.bytes);
        return sealChange(peer.signer, { ...change, bytes, hash: hashOf(bytes) });
      },
    ],
    [
      'over a compressed change, which could swell',
      (change, { peer }) => {
        const bytes = Uint8Array.from(change.bytes);
        bytes[8] = 2;
        return sealChange(peer.signer, { ...change, bytes, hash: hashOf(bytes) });
      },
    ],
    ['over nothing', (change, { peer }) => sealChange(peer.signer, { ...change, bytes: new Uint8Array() })],
  ])('%s', async (_what, forge) => {
    const member = await scene.member('editor');
    await scene.expectRejected(member, [forge(good(member), member)]);
    await expectUntouched();
  });
});

function turned(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bytes.length - 3] = (copy[bytes.length - 3] as number) ^ 1;
  return copy;
}

describe('what a removed machine wrote', () => {
  it('beyond what was held of it is void, also when it builds on its old past and others hand it on', async () => {
    const member = await scene.member('editor');
    const honest = await scene.member('viewer');
    const known = member.author.write({ place: facetPlace(TASK, 'about'), value: { name: 'renamed' } });
    member.voice.say({ type: 'document-changes', changes: [known], more: false });
    await expect
      .poll(async () => (await scene.agent.client.tasks.get({ id: TASK })).definition.about.name)
      .toBe('renamed');
    await scene.agent.client.machines.remove({ machine: member.peer.id });
    await member.voice.ended();
    const late = member.author.write({ place: action, value: evil });
    honest.voice.say({ type: 'document-changes', changes: [late], more: false });
    await eventually(() => {
      honest.voice.say({ type: 'document-vector', vector: {}, wantsAnswer: true });
      const held = honest.voice.heard.flatMap((each) => (each.type === 'document-changes' ? each.changes : []));
      expect(held.map(({ hash }) => hash)).toContain(late.hash);
    });
    const { definition } = await scene.agent.client.tasks.get({ id: TASK });
    expect(definition.about.name).toBe('renamed');
    await expectUntouched();
    await scene.expectTrace({ action: 'change-rejected', by: member.peer.id, text: 'counts for nothing' });
  });

  it('is not heard from itself: its streams are cut, and new ones are refused', async () => {
    const member = await scene.member('admin', 'editor');
    await scene.agent.client.machines.remove({ machine: member.peer.id });
    await member.voice.ended();
    expect(await member.peer.control(scene.addresses)).toBeUndefined();
    await scene.expectTrace({ action: 'stranger-refused', by: member.peer.id });
    await scene.expectTrace({ action: 'machine-removed', by: scene.agent.id as MachineId });
  });
});
