/**
 * Everything that a member can send, each as a flood of its own: small messages as many as the stream takes, and the
 * largest ones that the protocol lets through, signed properly where a signature is looked at. What is the same each time is
 * encoded once, so that the flooder is no slower than its victim.
 */
import { createHash } from 'node:crypto';
import { AUDIT, LIMITS } from '../../../core/config/constants.ts';
import {
  hashId,
  type MachineId,
  type OccurrenceId,
  type RunId,
  runIdOf,
  type TaskId,
} from '../../../core/domain/ids.ts';
import type { RunRecord } from '../../../core/domain/run.ts';
import type { Signer } from '../../../core/ports/signer.ts';
import { encodePeerMessage, encodeValue } from '../../../core/protocol/codec.ts';
import { frameWhole } from '../../../core/protocol/frames.ts';
import { WIRE } from '../../../core/protocol/limits.ts';
import type { PeerMessage } from '../../../core/protocol/messages.ts';
import { sealChange } from '../../../core/security/sealed-change.ts';
import { signAudit } from '../../../core/security/signed-audit.ts';
import { signRecord } from '../../../core/security/signed-record.ts';
import { auditRecord, machine, record } from '../../fakes/run-records.ts';

/** Who floods whom, and what is there to be asked for. */
export interface FloodParts {
  readonly signer: Signer;
  readonly victim: MachineId;
  /** A task that the victim knows, and a run with output. */
  readonly taskId: TaskId;
  readonly runId: RunId;
  /** A log of which the victim holds large records. */
  readonly recorder: MachineId;
}

/** The frames of one message; the number makes it another one each time, where that matters. */
export type FloodFrame = (number: number) => Uint8Array;

/** Pages that are signed before a flood: what is beyond them comes a second time. */
const PAGES = 150;
const LARGE_PAGES = 20;
const LARGE_RECORDS = 50;
const ACTORS = 4096;
/** Of a log of which a little is held. What there is to be sent in answer makes a flood of questions slow. */
const BEYOND_END = 2 ** 40;
const CHANGE_BYTES = 500_000;

function smallMessages({
  signer,
  victim,
  taskId,
}: FloodParts): Record<PeerMessage['type'], (n: number) => PeerMessage> {
  const { self } = signer;
  const idOf = (number: number): string => hashId('flood', String(number));
  const request = (number: number) => ({ requestId: String(number), runId: idOf(number) as RunId });
  const claim = (number: number) => ({
    taskId,
    occurrenceId: idOf(number) as OccurrenceId,
    attempt: 1,
    fencingToken: Date.now(),
  });
  const forged = record({ recorderId: self, machineId: self, signature: 'A'.repeat(86) });
  const actorOf = (number: number): string => number.toString(16).padStart(32, '0');
  return {
    beat: (number) => ({ type: 'beat', sentAt: Date.now(), incarnation: number }),
    probe: (nonce) => ({ type: 'probe', nonce }),
    'probe-answer': (nonce) => ({ type: 'probe-answer', nonce, incarnation: nonce }),
    'probe-for-me': (nonce) => ({ type: 'probe-for-me', nonce, target: victim }),
    'probe-result': (nonce) => ({ type: 'probe-result', nonce, target: victim, alive: false, incarnation: nonce }),
    suspected: (incarnation) => ({ type: 'suspected', incarnation }),
    leave: (incarnation) => ({ type: 'leave', incarnation }),
    'claim-request': (number) => ({
      type: 'claim-request',
      ...claim(number),
      guarantee: 'at-least-once',
      nominalAt: Date.now(),
      dueAt: Date.now(),
    }),
    'claim-answer': (number) => ({ type: 'claim-answer', ...claim(number) }),
    'claim-release': (number) => ({ type: 'claim-release', ...claim(number) }),
    'document-vector': () => ({ type: 'document-vector', vector: {}, wantsAnswer: true }),
    'document-changes': (number) => ({
      type: 'document-changes',
      changes: [
        {
          actor: actorOf(number),
          sequence: 1,
          hash: actorOf(number).repeat(2),
          author: self,
          signature: new Uint8Array(64),
          bytes: new Uint8Array(1000),
        },
      ],
      more: true,
    }),
    'log-vector': () => ({ type: 'log-vector', vector: {}, wantsAnswer: true }),
    'log-pull': () => ({ type: 'log-pull', recorderId: victim, after: 0 }),
    'log-page': () => ({ type: 'log-page', recorderId: self, floor: 0, records: [forged], more: true }),
    'audit-vector': () => ({ type: 'audit-vector', vector: {}, wantsAnswer: true }),
    'audit-pull': () => ({ type: 'audit-pull', recorderId: victim, after: BEYOND_END }),
    'audit-page': () => ({
      type: 'audit-page',
      recorderId: self,
      floor: 0,
      records: [auditRecord({ recorderId: self })],
      more: true,
    }),
    'cancel-run': (number) => ({ type: 'cancel-run', ...request(number), reason: 'x'.repeat(400) }),
    'cancel-answer': (number) => ({ type: 'cancel-answer', requestId: String(number), accepted: true }),
    'output-read': (number) => ({
      type: 'output-read',
      ...request(number),
      offset: 0,
      limit: LIMITS.outputChunkBytes,
    }),
    'output-chunk': (number) => ({
      type: 'output-chunk',
      ...request(number),
      found: true,
      offset: 0,
      data: new Uint8Array(100),
      size: 100,
      complete: true,
    }),
    'output-keep': (number) => ({ type: 'output-keep', runId: idOf(number) as RunId, size: 2 ** 40 }),
  };
}

/** Small messages of every kind, by their type. */
export function smallFloods(parts: FloodParts): ReadonlyMap<string, FloodFrame> {
  const entries = Object.entries(smallMessages(parts));
  return new Map(entries.map(([kind, messageOf]) => [kind, (number) => frameOf(messageOf(number))]));
}

/** Floods by name. Each is made when it is used: signing takes a while. */
export function floodKinds(parts: FloodParts): ReadonlyMap<string, () => FloodFrame> {
  const kinds = new Map<string, () => FloodFrame>();
  for (const [kind, flood] of smallFloods(parts)) kinds.set(kind, () => flood);
  for (const [name, make] of Object.entries(largeMessages(parts))) {
    kinds.set(name, () => {
      const frames = make();
      return (number) => frames[number % frames.length] as Uint8Array;
    });
  }
  return kinds;
}

function largeMessages(parts: FloodParts): Record<string, () => Uint8Array[]> {
  const { signer, recorder, runId, victim } = parts;
  return {
    'document-vector, large': () => [frameOf({ type: 'document-vector', vector: actors(), wantsAnswer: true })],
    'document-changes, large': () => changePages(signer).map(frameOf),
    'log-vector, large': () => [frameOf({ type: 'log-vector', vector: logs(), wantsAnswer: true })],
    'audit-vector, large': () => [frameOf({ type: 'audit-vector', vector: logs(), wantsAnswer: true })],
    'log-page, signed': () => recordPages(signer, PAGES, LIMITS.recordsPerMessage, 0).map(frameOf),
    'log-page, large': () => recordPages(signer, LARGE_PAGES, LARGE_RECORDS, LIMITS.resultBytes).map(frameOf),
    'log-pull, large': () => [frameOf({ type: 'log-pull', recorderId: recorder, after: 0 })],
    'audit-pull, large': () => [frameOf({ type: 'audit-pull', recorderId: victim, after: 0 })],
    'audit-page, signed': () => auditPages(signer).map(frameOf),
    'output-read, large': () => [
      frameOf({ type: 'output-read', requestId: 'x', runId, offset: 0, limit: LIMITS.outputChunkBytes }),
    ],
    'output-chunk, large': () => [
      frameOf({
        type: 'output-chunk',
        requestId: 'x',
        ...{ runId, found: true, offset: 0, size: 2 ** 40, complete: false },
        data: new Uint8Array(LIMITS.outputChunkBytes),
      }),
    ],
    'values without meaning': () => [
      frameWhole(encodeValue(Array.from({ length: WIRE.items - 2 }, () => 0)), 'urgent'),
    ],
    'bytes without meaning': () => [frameWhole(new Uint8Array(LIMITS.controlMessageBytes), 'bulk')],
  };
}

/** Pages of a run log, each of which follows on the one before. @param resultBytes of each record */
export function recordPages(signer: Signer, pages: number, perPage: number, resultBytes: number): PeerMessage[] {
  const { self } = signer;
  const result = resultBytes === 0 ? {} : { result: JSON.stringify('x'.repeat(resultBytes - 2)) };
  return Array.from({ length: pages }, (_, page) => ({
    type: 'log-page',
    recorderId: self,
    floor: 0,
    records: Array.from({ length: perPage }, (_each, index): RunRecord => {
      const sequence = page * perPage + index + 1;
      const occurrenceId = hashId('flood', self, String(sequence)) as OccurrenceId;
      const id = runIdOf(occurrenceId, 1, self);
      return signRecord(signer, record({ recorderId: self, machineId: self, sequence, occurrenceId, id, ...result }));
    }),
    more: page < pages - 1,
  }));
}

function auditPages(signer: Signer): PeerMessage[] {
  const { self } = signer;
  return Array.from({ length: PAGES }, (_, page) => ({
    type: 'audit-page',
    recorderId: self,
    floor: 0,
    records: Array.from({ length: AUDIT.recordsPerMessage }, (_each, index) => {
      const sequence = page * AUDIT.recordsPerMessage + index + 1;
      return signAudit(signer, auditRecord({ recorderId: self, sequence, detail: 'x'.repeat(500) }));
    }),
    more: page < PAGES - 1,
  }));
}

/** Properly sealed, and no changes of a document. */
function changePages(signer: Signer): PeerMessage[] {
  return Array.from({ length: LARGE_PAGES }, (_, page) => {
    const bytes = new Uint8Array(CHANGE_BYTES).fill(page);
    bytes.set([0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1]);
    const hash = createHash('sha256').update(bytes.subarray(8)).digest('hex');
    bytes.set(Buffer.from(hash.slice(0, 8), 'hex'), 4);
    const actor = page.toString(16).padStart(32, '0');
    const change = sealChange(signer, { actor, sequence: 1, hash, bytes });
    return { type: 'document-changes', changes: [change], more: true };
  });
}

function actors(): Record<string, number> {
  return Object.fromEntries(Array.from({ length: ACTORS }, (_, index) => [index.toString(16).padStart(32, '0'), 1]));
}

function logs(): Record<MachineId, number> {
  const all = Array.from({ length: LIMITS.runLogs }, (_, index) => [machine(`log ${index}`), 2 ** 40]);
  return Object.fromEntries(all) as Record<MachineId, number>;
}

function frameOf(message: PeerMessage): Uint8Array {
  return frameWhole(encodePeerMessage(message), 'urgent');
}
