/** What the API says of the backups of this machine, and what can be asked of them. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { BACKUP } from '../config/storage.ts';
import { taskIdSchema } from '../domain/ids.ts';
import { FACET_NAMES } from '../domain/task.ts';
import { instantOutput } from './api-values.ts';

const backupName = z.string().min(1).max(LIMITS.nameLength);

export const backupOutput = z.object({
  name: z.string(),
  /** Where it lies on this machine. */
  path: z.string(),
  sizeBytes: z.int(),
  madeAt: instantOutput,
});
export const backupListOutput = z.object({ backups: z.array(backupOutput) });
export const backupInput = z.strictObject({ name: backupName });
export const backupPieceInput = z.strictObject({
  name: backupName,
  /** Of the first byte that is wanted. */
  offset: z.int().min(0).default(0),
  limit: z.int().min(1).max(BACKUP.pieceBytes).default(BACKUP.pieceBytes),
});
export const backupPieceOutput = z.object({
  name: z.string(),
  offset: z.int(),
  /** Where the next piece begins; the same as `sizeBytes` after the last one. */
  nextOffset: z.int(),
  sizeBytes: z.int(),
  /** The bytes in base64. */
  data: z.string(),
});
export const backupNameOutput = z.object({ name: z.string() });

/** `missing`: not in the cluster any more; `changed`: other than in the backup. */
export const backupTaskOutput = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(['missing', 'changed', 'same']),
  /** Which parts differ. */
  facets: z.array(z.enum(FACET_NAMES)),
});
export const backupTasksOutput = z.object({
  madeAt: instantOutput,
  machineName: z.string(),
  clusterName: z.string(),
  /** Those that are missing or changed first. */
  tasks: z.array(backupTaskOutput),
  /** Definitions that this version does not understand; they are left out. */
  unreadable: z.int(),
});
export type BackupTasksOutput = z.output<typeof backupTasksOutput>;

export const bringBackInput = z.strictObject({
  name: backupName,
  /** The tasks that become again what they were in the backup; all others stay. */
  ids: z.array(taskIdSchema).min(1).max(LIMITS.operationsPerEdit),
});
