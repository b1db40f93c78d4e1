/** What people did and what was refused, machine by machine: the log that answers "who did this, and from where". */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { machineIdSchema } from './ids.ts';
import { instantSchema } from './instant.ts';

export const AUDIT_ACTIONS = [
  'cluster-created',
  'task-changed',
  'task-deleted',
  'task-restored',
  'machine-admitted',
  'machine-changed',
  'machine-removed',
  'roles-changed',
  'recovered',
  'run-by-hand',
  'run-cancelled',
  'backup-downloaded',
  'run-refused',
  'policy-refused',
  'policy-changed',
  'secret-changed',
  'calendar-changed',
  'channel-changed',
  'pairing-asked',
  'pairing-approved',
  'pairing-refused',
  'invitation-made',
  'invitation-used',
  'join-refused',
  'stranger-refused',
  'change-rejected',
  'record-rejected',
  'heartbeat-rejected',
  'message-rejected',
  'api-refused',
] as const;
export const auditActionSchema = z.enum(AUDIT_ACTIONS);
export type AuditAction = z.infer<typeof auditActionSchema>;

/** What people do, as against what was refused or tried. */
export const AUDIT_DEEDS: ReadonlySet<AuditAction> = new Set([
  'cluster-created',
  'task-changed',
  'task-deleted',
  'task-restored',
  'machine-admitted',
  'machine-changed',
  'machine-removed',
  'roles-changed',
  'recovered',
  'run-by-hand',
  'run-cancelled',
  'backup-downloaded',
  'policy-changed',
  'secret-changed',
  'calendar-changed',
  'channel-changed',
  'pairing-approved',
  'invitation-made',
  'invitation-used',
]);

/** Characters of what a record tells, and of what it names. */
export const AUDIT_TEXT_LENGTH = 500;
export const AUDIT_SUBJECT_LENGTH = 200;

export const auditRecordSchema = z.strictObject({
  /** The machine whose log this is in, and the record's number there, from 1 without gaps. */
  recorderId: machineIdSchema,
  sequence: z.int().min(1).max(LIMITS.logSequence),
  /** Epoch milliseconds by the recorder's clock. */
  at: instantSchema,
  action: auditActionSchema,
  /** The machine on which a person did it, or that tried it; absent when it has no known name. */
  by: machineIdSchema.optional(),
  /** What it was done to: a task, a machine, a run, a secret, an address. Without control characters. */
  subject: z.string().max(AUDIT_SUBJECT_LENGTH),
  detail: z.string().max(AUDIT_TEXT_LENGTH),
  /** So many alike were left out before this one, because they came too fast. */
  suppressed: z.int().min(0).optional(),
  /** The recorder's Ed25519 signature over the rest of the record, base64url. */
  signature: z.string().length(86).optional(),
});
export type AuditRecord = z.infer<typeof auditRecordSchema>;
