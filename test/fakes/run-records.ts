/** Builders of run records, grants and changes: sensible wherever nothing is said. */
import type { Grant } from '../../core/claims/claim.ts';
import type { SealedChange } from '../../core/document/document-protocol.ts';
import type { AuditRecord } from '../../core/domain/audit-record.ts';
import { hashId, type MachineId, runIdOf, scheduledOccurrenceId, type TaskId } from '../../core/domain/ids.ts';
import type { RunRecord } from '../../core/domain/run.ts';

/** Some instant; tests count on from it. */
export const NOON = Date.UTC(2026, 5, 1, 12);

/** A machine id that depends on the name alone; it has the form of one, but no key. */
export function machine(name: string): MachineId {
  const text = (hashId('machine', name) + hashId('id', name) + hashId('more', name)).replaceAll('l', 'L');
  return `12D3Koo${text.slice(0, 45)}` as MachineId;
}

export function task(name: string): TaskId {
  return name as TaskId;
}

/** A record; occurrence and run id follow from task, nominal instant, attempt and machine. */
export function record(fields: Partial<RunRecord> = {}): RunRecord {
  const taskId = fields.taskId ?? task('backup');
  const nominalAt = fields.nominalAt ?? NOON;
  const machineId = fields.machineId ?? fields.recorderId ?? machine('a');
  const attempt = fields.attempt ?? 1;
  const slot = fields.slot ?? '';
  const occurrenceId = fields.occurrenceId ?? scheduledOccurrenceId(taskId, nominalAt, slot);
  return {
    recorderId: machineId,
    sequence: 1,
    recordedAt: nominalAt,
    id: runIdOf(occurrenceId, attempt, machineId),
    taskId,
    occurrenceId,
    slot,
    attempt,
    machineId,
    state: 'succeeded',
    cause: { kind: 'schedule' },
    nominalAt,
    dueAt: fields.nominalAt ?? NOON,
    ...fields,
  };
}

export function grant(fields: Partial<Grant> = {}): Grant {
  const taskId = fields.taskId ?? task('backup');
  const nominalAt = fields.nominalAt ?? NOON;
  return {
    taskId,
    occurrenceId: scheduledOccurrenceId(taskId, nominalAt, ''),
    attempt: 1,
    claimant: machine('a'),
    fencingToken: 1,
    guarantee: 'at-least-once',
    nominalAt,
    dueAt: nominalAt,
    released: false,
    grantedAt: nominalAt,
    ...fields,
  };
}

export function change(actor: string, sequence: number, sizeBytes = 100): SealedChange {
  return {
    actor: actor.padStart(32, '0'),
    sequence,
    hash: sequence.toString(16).padStart(64, actor.slice(-1)),
    author: machine(actor),
    signature: new Uint8Array(64).fill(sequence),
    bytes: new Uint8Array(sizeBytes).fill(sequence),
  };
}

export function auditRecord(fields: Partial<AuditRecord> = {}): AuditRecord {
  return {
    recorderId: machine('a'),
    sequence: 1,
    at: NOON,
    action: 'task-changed',
    subject: 'backup',
    detail: 'created',
    signature: 'A'.repeat(86),
    ...fields,
  };
}
