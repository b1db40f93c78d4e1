/**
 * Members that say on their streams what is not theirs to say: records, claims, cancels, heartbeats, damaged frames. Real
 * members over real libp2p; the agent believes none of it, goes on, and writes down who tried.
 */
import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../core/config/constants.ts';
import {
  type ClusterId,
  type MachineId,
  runIdOf,
  scheduledOccurrenceId,
  type TaskId,
  triggeredOccurrenceId,
} from '../../core/domain/ids.ts';
import type { RunRecord } from '../../core/domain/run.ts';
import type { Signer } from '../../core/ports/signer.ts';
import { signRecord } from '../../core/security/signed-record.ts';
import { signTrigger } from '../../core/security/signed-trigger.ts';
import { sealHeartbeat } from '../../core/security/sealed-heartbeat.ts';
import { record } from '../fakes/run-records.ts';
import { heartbeatOf } from '../conformance/transport-messages.ts';
import { eventually } from '../integration/eventually.ts';
import { shellTask } from '../integration/task-builder.ts';
import { facetPlace } from '../../core/document/schema.ts';
import { type HostileMember, sceneOfFile } from './kit/attack-scene.ts';

const scene = sceneOfFile();
const TASK = 'payroll' as TaskId;

beforeAll(async () => {
  await scene.agent.client.tasks.apply({ definitions: [shellTask(TASK, 'true')] });
});

/** What the agent knows of the runs of the task. */
async function knownRuns(): Promise<string[]> {
  return (await scene.agent.runsOf(TASK)).map(({ id }) => id);
}

const agentId = (): MachineId => scene.agent.id as MachineId;

function page({ voice }: HostileMember, recorderId: MachineId, floor: number, ...records: RunRecord[]): void {
  voice.say({ type: 'log-page', recorderId, floor, records, more: false });
}

describe('a run record', () => {
  const own = ({ peer }: HostileMember, fields: Partial<RunRecord> = {}): RunRecord =>
    record({ taskId: TASK, recorderId: peer.id, machineId: peer.id, ...fields });

  it.each<readonly [string, (member: HostileMember) => RunRecord]>([
    ['that nobody signed', (member) => own(member)],
    [
      'that was altered after it was signed',
      (member) => ({ ...signRecord(member.peer.signer, own(member)), state: 'failed' }),
    ],
    ['that another key signed', (member) => signRecord({ sign: () => new Uint8Array(64) }, own(member))],
  ])('%s is dropped', async (_what, forge) => {
    const member = await scene.member('executor');
    const forged = forge(member);
    page(member, member.peer.id, 0, forged);
    await scene.expectTrace({ action: 'record-rejected', by: member.peer.id });
    expect(await knownRuns()).not.toContain(forged.id);
  });

  it('in the name of another member is dropped', async () => {
    const victim = await scene.member('executor');
    const member = await scene.member('executor');
    const forged = signRecord(member.peer.signer, own(victim));
    page(member, victim.peer.id, 0, forged);
    await scene.expectTrace({ action: 'record-rejected', by: member.peer.id });
    expect(await knownRuns()).not.toContain(forged.id);
  });

  it('in the name of the agent itself is not taken', async () => {
    const member = await scene.member('executor');
    const forged = signRecord(member.peer.signer, record({ taskId: TASK, recorderId: agentId(), sequence: 999 }));
    page(member, agentId(), 998, forged);
    member.voice.say({ type: 'probe', nonce: 1 });
    await member.voice.answer('probe-answer');
    expect(await knownRuns()).not.toContain(forged.id);
    await scene.expectTrace({ action: 'record-rejected', by: member.peer.id, text: 'of its own log' });
  });
});

describe('a wish that is not the member’s to have', () => {
  it.each(['viewer', 'executor'] as const)('to cancel a run: of a machine that is %s alone', async (role) => {
    const member = await scene.member(role);
    const runId = runIdOf(scheduledOccurrenceId(TASK, 1, ''), 1, agentId());
    member.voice.say({ type: 'cancel-run', requestId: 'x', runId, reason: 'mine' });
    expect(await member.voice.answer('cancel-answer')).toMatchObject({ accepted: false });
    await scene.expectTrace({ action: 'message-rejected', by: member.peer.id });
  });

  it('to run what it has no role for: its claim is not granted', async () => {
    const member = await scene.member('viewer');
    const now = Date.now();
    const occurrenceId = scheduledOccurrenceId(TASK, now, '');
    member.voice.say({
      type: 'claim-request',
      ...{ taskId: TASK, occurrenceId, attempt: 1, fencingToken: now },
      ...{ guarantee: 'at-least-once', nominalAt: now, dueAt: now },
    });
    const answer = await member.voice.answer('claim-answer');
    expect(answer.refusal).toBeDefined();
  });

  it('to use up all fencing tokens: the next run has one all the same', async () => {
    const member = await scene.member('viewer');
    const occurrenceId = scheduledOccurrenceId(TASK, 7, '');
    const claim = { taskId: TASK, occurrenceId, attempt: 1, fencingToken: Number.MAX_SAFE_INTEGER };
    member.voice.say({ type: 'claim-release', ...claim }, { type: 'claim-answer', ...claim });
    await scene.expectTrace({ action: 'message-rejected', by: member.peer.id, text: 'would leave none' });
    await member.peer.stop();
    await scene.agent.client.tasks.run({ id: TASK });
    await eventually(async () => expect((await scene.agent.runsOf(TASK))[0]?.state).toBe('succeeded'), 40_000);
  });
});

describe('a note that a task waits to be run', () => {
  it.each<readonly [string, (member: HostileMember) => Partial<RunRecord>]>([
    ['by hand, in the name of an editor', () => byHand(undefined)],
    ['by hand, in the name of an editor whom another signed for', ({ peer }) => byHand(peer.signer)],
    [
      'by its schedule, with the id of another occurrence',
      () => ({ occurrenceId: scheduledOccurrenceId(TASK, 1, '') }),
    ],
  ])('%s has nothing run', async (_what, forge) => {
    const member = await scene.member('executor');
    const before = await knownRuns();
    const nominalAt = Date.now();
    const fields = { taskId: TASK, recorderId: member.peer.id, machineId: member.peer.id, state: 'queued' } as const;
    const note = signRecord(member.peer.signer, record({ ...fields, nominalAt, ...forge(member) }));
    page(member, member.peer.id, 0, note);
    const { detail } = await scene.expectTrace({ action: 'record-rejected', by: member.peer.id });
    expect(detail).toContain('counts for nothing');
    await member.peer.stop();
    await scene.agent.client.tasks.run({ id: TASK });
    await eventually(async () => {
      const fresh = (await scene.agent.runsOf(TASK)).filter(({ id }) => !before.includes(id) && id !== note.id);
      expect(fresh.map(({ state }) => state)).toEqual(['succeeded']);
    }, 40_000);
  });

  /** A request that the agent, which is an editor, is said to have made. */
  function byHand(signer: Signer | undefined): Partial<RunRecord> {
    const [triggerId, nominalAt] = [randomBytes(8).toString('hex'), Date.now()];
    const clusterId = 'a'.repeat(20) as ClusterId;
    const statement = { clusterId, taskId: TASK, triggerId, slot: '', on: undefined, nominalAt } as const;
    const signature = signer === undefined ? {} : { signature: signTrigger(signer, statement) };
    const occurrenceId = triggeredOccurrenceId(TASK, triggerId, '');
    return { occurrenceId, nominalAt, cause: { kind: 'manual', triggerId, by: agentId(), ...signature } };
  }
});

describe('a facet', () => {
  it('whose signature was made for another task is not run', async () => {
    const member = await scene.member('editor');
    const id = `copy-${randomBytes(4).toString('hex')}` as TaskId;
    await scene.agent.client.tasks.apply({ definitions: [shellTask(id, 'echo mine')] });
    member.voice.heard.length = 0;
    const fresh = await scene.armed(member.peer, clusterIdOf(await scene.agent.status()));
    const elsewhere = fresh.author.read(facetPlace(TASK, 'action'));
    const { signature } = elsewhere;
    const value = { type: 'shell', script: 'echo forged' };
    const change = fresh.author.write({
      place: facetPlace(id, 'action'),
      value,
      envelope: signature === undefined ? {} : { signature },
    });
    fresh.voice.say({ type: 'document-changes', changes: [change], more: false });
    await eventually(async () =>
      expect(JSON.stringify((await scene.agent.client.tasks.get({ id })).definition.action)).toContain('forged'),
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

function clusterIdOf(status: { cluster: { id: string } | null }): ClusterId {
  return (status.cluster?.id ?? '') as ClusterId;
}

describe('a stream', () => {
  it.each([
    ['of damaged frames', () => new Uint8Array(100).fill(255)],
    ['with a frame that is larger than any', () => Uint8Array.of(0, 0xff, 0xff, 0xff)],
    ['of empty frames', () => new Uint8Array(400)],
  ])('%s is cut', async (_what, bytes) => {
    const member = await scene.member('viewer');
    member.voice.sayBytes(bytes());
    await member.voice.ended();
    await scene.expectTrace({ action: 'message-rejected', by: member.peer.id });
  });

  it('of messages that fit no schema is cut after some', async () => {
    const member = await scene.member('viewer');
    for (let count = 0; count < LIMITS.badMessagesPerPeer; count += 1) member.voice.sayPayload(Uint8Array.of(1, 2, 3));
    await member.voice.ended();
    await scene.expectTrace({ action: 'message-rejected', by: member.peer.id });
  });
});

describe('a heartbeat', () => {
  it('in the name of another machine is believed by nobody', async () => {
    const member = await scene.member('executor');
    const victim = await scene.member('executor');
    const beat = {
      ...heartbeatOf(victim.peer.id, 1),
      clusterId: clusterIdOf(await scene.agent.status()),
      leaving: true,
    };
    const forged = Array.from({ length: 4 }, (_, sequence) =>
      sealHeartbeat(member.peer.signer, { ...beat, sequence: sequence + 2 }),
    );
    await member.peer.gossip(scene.addresses, ...forged);
    await scene.expectTrace({ action: 'heartbeat-rejected', by: member.peer.id });
  });
});
