/**
 * Good inputs, made from real objects by the real encoders: one of each message that machines send, records, changes of
 * a real document, an invitation. The pools name what a cluster of these machines knows, and what it does not.
 */
import { createSigner } from '../../core/adapters/keys/ed25519.ts';
import type { SealedChange } from '../../core/document/document-protocol.ts';
import { hashId, MACHINE_ID_PATTERN, type MachineId, type RunId, type TaskId } from '../../core/domain/ids.ts';
import type { RunRecord } from '../../core/domain/run.ts';
import type { Signer } from '../../core/ports/signer.ts';
import type { Heartbeat, JoinAnswer, JoinRequest, JoinRequestOf, PeerMessage } from '../../core/protocol/messages.ts';
import type { Hello } from '../../core/protocol/versions.ts';
import { ownHello } from '../../core/protocol/versions.ts';
import { definition, openBench, putTask } from '../core/document/document-builders.ts';
import { auditRecord, NOON, record } from '../fakes/run-records.ts';
import type { Pool } from './value-mutation.ts';

/** Machine `index` of the corpus, with its real key. */
export function signerOf(index: number): Signer {
  return createSigner(new Uint8Array(32).fill(100 + index));
}

/** Who and what the messages of a corpus speak of. */
export interface Cast {
  readonly clusterId: string;
  readonly machines: readonly MachineId[];
  readonly tasks: readonly TaskId[];
  readonly occurrences: readonly string[];
  readonly runs: readonly RunId[];
}

/** Machines and tasks that nobody knows. */
export const STRANGERS: Cast = {
  clusterId: hashId('cluster', 'strange'),
  machines: [0, 1, 2].map((index) => signerOf(index).self),
  tasks: ['nightly', 'backup'] as TaskId[],
  occurrences: [hashId('occurrence', '1'), hashId('occurrence', '2')],
  runs: [hashId('run', '1'), hashId('run', '2')] as RunId[],
};

/** It has the form of a machine's id, and holds no key. */
export const KEYLESS_MACHINE = `12D3Koo${'z'.repeat(45)}` as MachineId;

const HASH = /^[a-z2-7]{20}$/;
const ACTOR = /^[0-9a-f]{32}$/;

/** What texts of each kind may be exchanged for, so that the result is often known, or well-formed and unknown. */
export function poolsOf(cast: Cast): Pool[] {
  const fresh = Array.from({ length: 40 }, (_, index) => signerOf(index % 100).self);
  const hashes = Array.from({ length: 40 }, (_, index) => hashId('fuzz', String(index)));
  return [
    {
      applies: (text) => MACHINE_ID_PATTERN.test(text),
      values: [...cast.machines, ...cast.machines, KEYLESS_MACHINE, ...fresh],
    },
    { applies: (text) => HASH.test(text), values: [...cast.occurrences, ...cast.runs, cast.clusterId, ...hashes] },
    { applies: (text) => ACTOR.test(text), values: ['00'.repeat(16), 'ff'.repeat(16), 'ab'.repeat(16)] },
    { applies: (text) => /^[a-z-]{2,20}$/.test(text), values: [...cast.tasks, 'other', 'constructor', ...WORDS] },
  ];
}

const WORDS = [
  ...['at-most-once', 'at-least-once', 'held', 'settled', 'stale-token', 'overlap', 'too-old', 'unavailable'],
  ...['due', 'queued', 'withheld', 'starting', 'running', 'succeeded', 'failed', 'timed-out', 'cancelled', 'lost'],
  ...['skipped', 'refused', 'schedule', 'catch-up', 'manual'],
];

/** One run record with every field. */
export function fullRecord(cast: Cast): RunRecord {
  const machineId = cast.machines[0] as MachineId;
  return record({
    taskId: cast.tasks[0] as TaskId,
    machineId,
    recorderId: machineId,
    state: 'failed',
    cause: { kind: 'manual', triggerId: 'by-hand', by: machineId },
    claimedAt: NOON,
    startedAt: NOON,
    finishedAt: NOON + 1000,
    fencingToken: NOON,
    exitCode: 1,
    signal: 'SIGKILL',
    reason: { code: 'FAILED', text: 'it ended with 1' },
    progress: 0.5,
    result: '{"rows":1}',
    outputBytes: 10,
    outputDroppedBytes: 0,
    next: { attempt: 2, dueAt: NOON + 2000, avoid: [machineId] },
  });
}

/** Changes of a real document: a cluster and some tasks, made and sealed by one machine. */
export function sealedChanges(): SealedChange[] {
  const bench = openBench(0);
  bench.make(putTask(definition('nightly')));
  bench.make(putTask(definition('nightly', { about: { tags: ['a', 'b'] } })), putTask(definition('backup')));
  bench.make({ kind: 'delete-task', id: 'backup' as TaskId });
  return [...bench.stored];
}

/** One message of each type (several of those with variants). */
export function peerMessages(cast: Cast): PeerMessage[] {
  const [first, second] = cast.machines as [MachineId, MachineId];
  const full = fullRecord(cast);
  const claim = {
    taskId: full.taskId,
    occurrenceId: full.occurrenceId,
    attempt: 1,
    fencingToken: NOON,
  };
  const answer = { type: 'claim-answer', ...claim } as const;
  const runId = full.id;
  const note = auditRecord({ recorderId: first, by: second, suppressed: 3 });
  const due = record({ taskId: full.taskId, machineId: first, state: 'due', nominalAt: NOON + 5000 });
  return [
    { type: 'beat', sentAt: NOON, incarnation: 1 },
    { type: 'probe', nonce: 1 },
    { type: 'probe-answer', nonce: 1, incarnation: 1 },
    { type: 'probe-for-me', nonce: 1, target: second },
    { type: 'probe-result', nonce: 1, target: second, alive: true, incarnation: 1 },
    { type: 'suspected', incarnation: 1 },
    { type: 'leave', incarnation: 1 },
    { type: 'claim-request', ...claim, guarantee: 'at-least-once', nominalAt: NOON, dueAt: NOON },
    { type: 'claim-request', ...claim, guarantee: 'at-most-once', nominalAt: NOON, dueAt: NOON, electorate: 'abc' },
    answer,
    { ...answer, refusal: { code: 'held', by: second, token: 5 } },
    { ...answer, refusal: { code: 'settled', by: second } },
    { ...answer, refusal: { code: 'stale-token', token: NOON } },
    { ...answer, refusal: { code: 'overlap', occurrenceId: full.occurrenceId, by: second } },
    { ...answer, refusal: { code: 'too-old' } },
    { type: 'claim-release', ...claim },
    { type: 'document-vector', vector: { ['ab'.repeat(16)]: 3 }, wantsAnswer: true },
    { type: 'document-changes', changes: sealedChanges(), more: false },
    { type: 'log-vector', vector: { [first]: 3, [second]: 1 }, wantsAnswer: true },
    { type: 'log-pull', recorderId: first, after: 0 },
    { type: 'log-page', recorderId: first, floor: 0, records: [due, { ...full, sequence: 2 }], more: true },
    { type: 'audit-vector', vector: { [first]: 3, [second]: 1 }, wantsAnswer: true },
    { type: 'audit-pull', recorderId: first, after: 0 },
    { type: 'audit-page', recorderId: first, floor: 0, records: [note, { ...note, sequence: 2 }], more: true },
    { type: 'cancel-run', requestId: 'r1', runId, reason: 'by hand' },
    { type: 'cancel-answer', requestId: 'r1', accepted: true },
    { type: 'output-read', requestId: 'r1', runId, offset: 0, limit: 1024 },
    chunkOf(runId),
    { type: 'output-keep', runId, size: 100 },
  ];
}

function chunkOf(runId: RunId): PeerMessage {
  const data = new TextEncoder().encode('hello\n');
  return {
    type: 'output-chunk',
    requestId: `keep:${runId}`,
    runId,
    found: true,
    offset: 0,
    data,
    size: 6,
    complete: true,
    errors: [[2, 4]],
  };
}

/** A heartbeat of the first machine. */
export function heartbeat(cast: Cast): Heartbeat {
  return {
    type: 'heartbeat',
    clusterId: cast.clusterId as Heartbeat['clusterId'],
    from: cast.machines[0] as MachineId,
    incarnation: 1,
    sequence: 1,
    sentAt: NOON,
    intervalMs: 1000,
    facts: { operatingSystem: 'linux', architecture: 'x64', version: '1', timeZoneDataVersion: '2026a', slots: 4 },
    load: { slotsUsed: 1, freeMemoryBytes: 1e9, processorLoad: 0.25, notAccepting: 'STORAGE_FULL' },
    documentDigest: hashId('digest'),
    logSequence: 3,
    addresses: ['/ip4/192.168.1.20/tcp/4001'],
    leaving: false,
  };
}

export function joinRequest(secret: Uint8Array = new Uint8Array(32).fill(7)): JoinRequestOf<'join-request'> {
  return { type: 'join-request', secret, name: 'desk', labels: { rack: 'a' }, addresses: ['/ip4/10.0.0.1/tcp/1'] };
}

/** All that a stranger may say. */
export function joinRequests(): JoinRequest[] {
  const bytes = new Uint8Array(32).fill(9);
  const { type: _type, secret: _secret, ...introduction } = joinRequest();
  return [
    joinRequest(),
    { type: 'join-hello' },
    { type: 'pair-ask', commitment: bytes, ...introduction },
    { type: 'pair-reveal', nonce: bytes },
    { type: 'pair-wait', confirmed: true },
    { type: 'pair-cancel', commitment: bytes },
  ];
}

export function joinAnswers(cast: Cast): JoinAnswer[] {
  return [
    {
      type: 'welcome',
      clusterId: cast.clusterId as Heartbeat['clusterId'],
      clusterName: 'Home',
      members: cast.machines.map((id) => ({ id, addresses: ['/ip4/10.0.0.1/tcp/1'] })),
    },
    { type: 'refused', code: 'TOKEN_USED', message: 'used' },
  ];
}

export function hello(): Hello {
  return ownHello(['/ip4/10.0.0.1/tcp/1']);
}
