/**
 * Members that pass for more than they are: in another cluster's name, out of turn, with a role that they have not, for a
 * machine that is not theirs. Each is refused by a real agent, which writes down who tried.
 */
import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { facetPlace } from '../../core/document/schema.ts';
import {
  type ClusterId,
  type MachineId,
  type OccurrenceId,
  runIdOf,
  scheduledOccurrenceId,
  type TaskId,
} from '../../core/domain/ids.ts';
import { encodeValue } from '../../core/protocol/codec.ts';
import { canonicalJson } from '../../core/document/canonical-json.ts';
import { signFacet } from '../../core/security/signed-facet.ts';
import { sealHeartbeat } from '../../core/security/sealed-heartbeat.ts';
import { signRecord } from '../../core/security/signed-record.ts';
import { heartbeatOf } from '../conformance/transport-messages.ts';
import { record } from '../fakes/run-records.ts';
import { eventually } from '../integration/eventually.ts';
import { shellTask } from '../integration/task-builder.ts';
import { type HostileMember, sceneOfFile } from './kit/attack-scene.ts';

const scene = sceneOfFile();
const TASK = 'wages' as TaskId;
const ELSEWHERE = 'a'.repeat(20) as ClusterId;

beforeAll(async () => {
  await scene.agent.client.tasks.apply({ definitions: [shellTask(TASK, 'true')] });
});

const agentId = (): MachineId => scene.agent.id as MachineId;

/** Resolves once the agent has dealt with everything that the member said before. */
async function dealtWith({ voice }: HostileMember): Promise<void> {
  const nonce = Math.floor(Math.random() * 2 ** 40);
  voice.say({ type: 'probe', nonce });
  await voice.answer('probe-answer', (answer) => answer.nonce === nonce);
}

describe('what was made in another cluster', () => {
  it('a heartbeat is not believed here, though its author is a member here too', async () => {
    const member = await scene.member('executor');
    const beat = { ...heartbeatOf(member.peer.id, 1), clusterId: ELSEWHERE, incarnation: 2 ** 40, leaving: true };
    await member.peer.gossip(scene.addresses, sealHeartbeat(member.peer.signer, beat));
    await scene.expectTrace({ action: 'heartbeat-rejected', by: member.peer.id, text: 'another cluster' });
  });

  it('a facet has nothing run here, though its author is an editor here too', async () => {
    const member = await scene.member('editor');
    const id = `foreign-${randomBytes(4).toString('hex')}` as TaskId;
    await scene.agent.client.tasks.apply({ definitions: [shellTask(id, 'echo mine')] });
    const fresh = await scene.armed(member.peer, (await scene.agent.status()).cluster?.id as ClusterId);
    const place = facetPlace(id, 'action');
    const value = { type: 'shell', script: 'echo foreign' };
    const held = fresh.author.read(place);
    const origin = { revision: held.revision + 1, changedAt: Date.now(), createdAt: held.createdAt };
    const statement = { clusterId: ELSEWHERE, ...place, ...origin, valueText: canonicalJson(value) };
    const envelope = { ...origin, signature: signFacet(fresh.peer.signer, statement) };
    const change = fresh.author.write({ place, value, envelope });
    fresh.voice.say({ type: 'document-changes', changes: [change], more: false });
    await eventually(async () =>
      expect(JSON.stringify((await scene.agent.client.tasks.get({ id })).definition.action)).toContain('foreign'),
    );
    await fresh.peer.stop();
    await scene.agent.client.tasks.run({ id });
    await eventually(async () => {
      const [run] = await scene.agent.runsOf(id);
      expect(run).toMatchObject({ state: 'refused', reason: { code: 'FACET_FORGED' } });
    }, 40_000);
    await scene.expectTrace({ action: 'run-refused', text: id });
  });
});

describe('a log of another machine', () => {
  it('takes no record that was moved to another number, though its recorder signed it', async () => {
    const victim = await scene.member('executor');
    const member = await scene.member('executor');
    const genuine = signRecord(
      victim.peer.signer,
      record({ taskId: TASK, recorderId: victim.peer.id, machineId: victim.peer.id, sequence: 7 }),
    );
    const moved = { ...genuine, sequence: 1 };
    member.voice.say({ type: 'log-page', recorderId: victim.peer.id, floor: 0, records: [moved], more: false });
    await scene.expectTrace({ action: 'record-rejected', by: member.peer.id });
    expect((await scene.agent.runsOf(TASK)).map(({ id }) => id)).not.toContain(genuine.id);
  });

  it('takes no record after a gap, nor a later beginning from anybody else', async () => {
    const victim = await scene.member('executor');
    const member = await scene.member('executor');
    const late = signRecord(
      victim.peer.signer,
      record({ taskId: TASK, recorderId: victim.peer.id, machineId: victim.peer.id, sequence: 9 }),
    );
    member.voice.say({ type: 'log-page', recorderId: victim.peer.id, floor: 8, records: [late], more: false });
    await dealtWith(member);
    expect((await scene.agent.runsOf(TASK)).map(({ id }) => id)).not.toContain(late.id);
  });

  it('takes nothing after a record that was left out of a page, and says who left it out', async () => {
    const member = await scene.member('executor');
    const { self } = member.peer.signer;
    const numbers = [1, 2, 4];
    const records = numbers.map((sequence) => {
      const fields = { taskId: TASK, recorderId: self, machineId: self, sequence };
      return signRecord(
        member.peer.signer,
        record({ ...fields, id: runIdOf(`gap${sequence}` as OccurrenceId, 1, self) }),
      );
    });
    member.voice.say({ type: 'log-page', recorderId: self, floor: 0, records, more: false });
    await scene.expectTrace({ action: 'record-rejected', by: self, text: 'leaves out what is before 4' });
    expect((await scene.agent.runsOf(TASK)).map(({ id }) => id)).not.toContain(records[2]?.id);
  });
});

describe('a role that a machine has not', () => {
  it('grants no claims: what it was not asked for is no vote', async () => {
    // Another executor is there, and grants nothing: the agent alone is no majority, and asks it.
    const voter = await scene.member('executor');
    const member = await scene.member('viewer');
    const id = 'agreed' as TaskId;
    await scene.agent.client.tasks.apply({ definitions: [shellTask(id, 'true')] });
    await dealtWith(voter);
    await scene.agent.client.tasks.run({ id });
    const asked = await voter.voice.answer('claim-request', ({ taskId }) => taskId === id);
    const { taskId, occurrenceId, attempt, fencingToken } = asked;
    member.voice.say({ type: 'claim-answer', taskId, occurrenceId, attempt, fencingToken });
    await scene.expectTrace({ action: 'message-rejected', by: member.peer.id, text: 'no vote' });
    await Promise.all([voter, member].map(({ peer }) => peer.stop()));
  });

  it('claims nothing: an asker that is no executor is refused, and noted', async () => {
    const member = await scene.member('editor');
    const now = Date.now();
    const occurrenceId = scheduledOccurrenceId(TASK, now, '');
    member.voice.say({
      type: 'claim-request',
      ...{ taskId: TASK, occurrenceId, attempt: 1, fencingToken: now },
      ...{ guarantee: 'at-least-once', nominalAt: now, dueAt: now },
    });
    const answer = await member.voice.answer('claim-answer');
    expect(answer.refusal).toBeDefined();
    await scene.expectTrace({ action: 'message-rejected', by: member.peer.id, text: 'no role to run' });
  });

  it('gives back no claim of others', async () => {
    const member = await scene.member('viewer');
    const claim = { taskId: TASK, occurrenceId: scheduledOccurrenceId(TASK, 3, ''), attempt: 1 };
    member.voice.say({ type: 'claim-release', ...claim, fencingToken: Date.now() });
    await scene.expectTrace({ action: 'message-rejected', by: member.peer.id, text: 'no role to run' });
  });

  it('ends no run, whoever it says that it is for', async () => {
    const member = await scene.member('executor');
    const runId = runIdOf(scheduledOccurrenceId(TASK, 5, ''), 1, agentId());
    member.voice.say({ type: 'cancel-run', requestId: 'y', runId, reason: 'the editor says so' });
    expect(await member.voice.answer('cancel-answer')).toMatchObject({ accepted: false });
    await scene.expectTrace({ action: 'message-rejected', by: member.peer.id });
  });
});

describe('an answer that nobody asked for', () => {
  it('to a probe keeps no machine alive', async () => {
    const victim = await scene.member('executor');
    const member = await scene.member('executor');
    await victim.peer.stop();
    const target = victim.peer.id;
    for (let nonce = 0; nonce < 20; nonce += 1) {
      member.voice.say({ type: 'probe-result', nonce, target, alive: true, incarnation: nonce });
    }
    await scene.expectTrace({ action: 'message-rejected', by: member.peer.id, text: 'nobody asked' });
    await eventually(async () => {
      const { members } = await scene.agent.status();
      expect(members.find(({ id }) => id === target)?.state).not.toBe('alive');
    }, 20_000);
  });
});

describe('the policy of a machine', () => {
  it('is set by no message, and the agent goes by its own as before', async () => {
    const member = await scene.member('admin', 'editor', 'executor');
    const before = await scene.agent.client.policy.show({});
    const policy = { allowedActions: ['shell'], slots: 0 };
    for (let count = 0; count < 3; count += 1) {
      member.voice.sayPayload(encodeValue({ type: 'set-policy', machine: agentId(), policy }));
    }
    await scene.expectTrace({ action: 'message-rejected', by: member.peer.id });
    expect(await scene.agent.client.policy.show({})).toEqual(before);
  });

  it('is changed by no entry of the roster, by an admin either', async () => {
    const member = await scene.member('admin', 'editor');
    const before = await scene.agent.client.policy.show({});
    const place = { map: 'roster', key: agentId() } as const;
    const entry = member.author.read(place).value as object;
    await scene.expectRejected(member, [member.author.write({ place, value: { ...entry, policy: { slots: 0 } } })]);
    expect(await scene.agent.client.policy.show({})).toEqual(before);
  });
});
