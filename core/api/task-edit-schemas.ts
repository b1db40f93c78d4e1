/** What can be asked of many tasks at once, and of their past. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { taskIdSchema } from '../domain/ids.ts';
import { appErrorSchema } from './api-errors.ts';
import { machineReference } from './api-values.ts';
import { definitionInput, facetNameSchema, parametersInput } from './task-schemas.ts';

export const bulkInput = z.strictObject({
  ids: z.array(taskIdSchema).min(1).max(LIMITS.bulkTasks),
  act: z.enum(['suspend', 'resume', 'delete', 'restore', 'run']),
});
export const bulkOutput = z.object({
  /** In the order in which they were named. */
  done: z.array(z.string()),
  refused: z.array(appErrorSchema.pick({ code: true, message: true }).extend({ id: z.string() })),
});
export type BulkOutput = z.output<typeof bulkOutput>;

export const tryInput = z.strictObject({
  definition: definitionInput,
  /** Where it is run. */
  machine: machineReference,
  parameters: parametersInput.optional(),
});
export const tryOutput = z.object({
  /** The task that it is while it runs. */
  taskId: z.string(),
  occurrenceIds: z.array(z.string()),
});

export const revertInput = z.strictObject({
  id: taskIdSchema,
  /** Of the revision, as the history has it. */
  changeHash: z.string().regex(/^[0-9a-f]{8,64}$/, 'a revision is named by the hash of its change, or its beginning'),
  /** Only this part of the task; the whole task, as it was after that change, when absent. */
  facet: facetNameSchema.optional(),
});
export const revertOutput = z.object({
  id: z.string(),
  /** `unchanged`: it is like that already. */
  outcome: z.enum(['changed', 'unchanged']),
  /** The parts that have another value now. */
  facets: z.array(facetNameSchema),
});
export type RevertOutput = z.output<typeof revertOutput>;
