/** What a backup says of itself: which cluster it is of, who made it, and when. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { clusterIdSchema, machineIdSchema } from './ids.ts';
import { instantSchema } from './instant.ts';

/** Raised when what a backup holds changes in a way that older programs would misread. */
export const BACKUP_FORMAT = 1;

export const backupLabelSchema = z.strictObject({
  format: z.literal(BACKUP_FORMAT),
  clusterId: clusterIdSchema,
  clusterName: z.string().min(1).max(LIMITS.nameLength),
  machineId: machineIdSchema,
  machineName: z.string().max(LIMITS.nameLength),
  madeAt: instantSchema,
  /** The program that made it. */
  version: z.string().max(100),
  taskCount: z.int().min(0),
});
export type BackupLabel = z.infer<typeof backupLabelSchema>;
