/** What the API says of the audit log: who did what from which machine, and what was refused. */
import { z } from 'zod';
import { auditActionSchema } from '../domain/audit-record.ts';
import { instantInput, instantOutput, machineReference, pageLimit } from './api-values.ts';

export const listAuditInput = z.strictObject({
  action: auditActionSchema.optional(),
  /** In whose log it is, or who did it. */
  machine: machineReference.optional(),
  from: instantInput.optional(),
  to: instantInput.optional(),
  /** Part of what it was done to, or of what is told of it; case does not matter. */
  text: z.string().max(200).optional(),
  limit: pageLimit.default(50),
  cursor: z.string().max(100).optional(),
});
const auditRecordOutput = z.object({
  at: instantOutput,
  action: auditActionSchema,
  /** The machine that wrote it down, and the number of the record in its log. */
  recorderId: z.string(),
  recorderName: z.string().nullable(),
  sequence: z.int(),
  /** The machine on which a person did it, or that tried it. */
  byId: z.string().nullable(),
  byName: z.string().nullable(),
  subject: z.string(),
  detail: z.string(),
  /** So many alike came too fast before this one, and were counted alone. */
  suppressed: z.int(),
});
export type AuditRecordOutput = z.output<typeof auditRecordOutput>;
export const listAuditOutput = z.object({
  records: z.array(auditRecordOutput),
  nextCursor: z.string().nullable(),
});
