/** What the API says of tasks, and what can be asked of them. Their instants are ISO strings on this side. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { actionSchema } from '../domain/action.ts';
import { taskIdSchema } from '../domain/ids.ts';
import { notifySchema } from '../domain/notify.ts';
import { placementSchema } from '../domain/placement.ts';
import { policySchema } from '../domain/policy.ts';
import { scheduleSchema, triggerSchema } from '../domain/schedule.ts';
import { FACET_NAMES, aboutSchema, taskDefinitionSchema } from '../domain/task.ts';
import { appErrorSchema } from './api-errors.ts';
import { instantInput, instantOutput, machineReference, pageLimit } from './api-values.ts';

const [cronTrigger, intervalTrigger, onceTrigger, afterTrigger, machineStartTrigger] = triggerSchema.options;

export const scheduleInput = scheduleSchema.extend({
  triggers: z
    .array(
      z.discriminatedUnion('kind', [
        cronTrigger,
        intervalTrigger.extend({ anchorAt: instantInput.default(0) }),
        onceTrigger.extend({ at: instantInput }),
        afterTrigger,
        machineStartTrigger,
      ]),
    )
    .max(LIMITS.triggersPerTask)
    .default([]),
  startAt: instantInput.optional(),
  endAt: instantInput.optional(),
});

export const scheduleOutput = scheduleSchema.extend({
  triggers: z.array(
    z.discriminatedUnion('kind', [
      cronTrigger,
      intervalTrigger.extend({ anchorAt: instantOutput }),
      onceTrigger.extend({ at: instantOutput }),
      afterTrigger.extend({ task: z.string() }),
      machineStartTrigger,
    ]),
  ),
  startAt: instantOutput.optional(),
  endAt: instantOutput.optional(),
});
export type ScheduleOutput = z.output<typeof scheduleOutput>;

/** A definition as it comes in: facets may be left out where the defaults will do. */
export const definitionInput = taskDefinitionSchema.extend({
  schedule: scheduleInput.prefault({}),
  placement: placementSchema.prefault({}),
  policy: policySchema.prefault({}),
});

export const definitionOutput = z.object({
  id: z.string(),
  about: aboutSchema,
  schedule: scheduleOutput,
  action: actionSchema,
  placement: placementSchema,
  policy: policySchema,
  notify: notifySchema.optional(),
});
export type DefinitionOutput = z.output<typeof definitionOutput>;

export const facetNameSchema = z.enum(FACET_NAMES);

export const taskSummaryOutput = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  suspended: z.boolean(),
  actionType: z.enum(['command', 'shell', 'http']),
  /** How many parameters it takes; absent: none. */
  parameters: z.int().optional(),
  /** The schedule in words, such as `at 02:30 every day`. */
  scheduleText: z.string(),
  timeZone: z.string(),
  placementMode: z.enum(['one', 'all', 'n', 'pin']),
  guarantee: z.enum(['at-least-once', 'at-most-once']),
  ownerId: z.string().nullable(),
  ownerName: z.string().nullable(),
  nextDueAt: instantOutput.nullable(),
  /** It comes due when something happens: another task ends, or a machine starts; absent: by a clock or by hand alone. */
  byEvent: z.literal(true).optional(),
  conflicts: z.array(facetNameSchema),
  createdAt: instantOutput,
  changedAt: instantOutput,
  changedBy: z.string(),
});
export type TaskSummary = z.output<typeof taskSummaryOutput>;

export const listTasksInput = z.strictObject({
  /** Part of the id, name, description or a tag; case does not matter. */
  text: z.string().trim().max(200).optional(),
  tag: z.string().max(64).optional(),
  suspended: z.boolean().optional(),
  /** Only tasks that this machine owns. */
  owner: machineReference.optional(),
  /** Definitions that are being tried, too. */
  includeTries: z.boolean().default(false),
  /** Only tasks with edits that contradict each other. */
  conflicted: z.boolean().optional(),
  sort: z.enum(['id', 'name', 'next']).default('id'),
  limit: pageLimit.default(100),
  offset: z.int().min(0).max(LIMITS.tasksPerCluster).default(0),
});
export const listTasksOutput = z.object({
  tasks: z.array(taskSummaryOutput),
  /** How many match in all. */
  total: z.int(),
  nextOffset: z.int().nullable(),
});

export const taskInput = z.strictObject({ id: taskIdSchema });
export const taskIdOutput = z.object({ id: z.string() });
/** What was stopped, and the ids of the tasks that followed it: they do not come due after it any more. */
export const stoppedTaskOutput = taskIdOutput.extend({ followers: z.array(z.string()) });

export const namedMachine = z.object({ id: z.string(), name: z.string().nullable() });

export const placementViewOutput = z.object({
  owner: namedMachine.nullable(),
  /** Owner first; who would take over follows. */
  preference: z.array(namedMachine),
  targets: z.array(namedMachine),
  ineligible: z.array(namedMachine.extend({ reason: z.string() })),
});
export type PlacementOutput = z.output<typeof placementViewOutput>;

/** A definition as it would be, saved or not. */
export const placementInput = z.strictObject({ definition: definitionInput });

export const facetOriginOutput = z.object({
  revision: z.int(),
  author: z.string(),
  authorName: z.string().nullable(),
  changedAt: instantOutput,
});

export const taskOutput = z.object({
  definition: definitionOutput,
  scheduleText: z.string(),
  origins: z.record(facetNameSchema, facetOriginOutput),
  conflicts: z.array(facetNameSchema),
  /** Who signed each part as it is now. Nothing is run while one of them is not verified. */
  signatures: z.array(
    facetOriginOutput.extend({
      facet: facetNameSchema,
      verified: z.boolean(),
      /** Why not: FACET_UNSIGNED, FACET_FORGED or AUTHOR_NOT_EDITOR, and in words. */
      problem: z.object({ code: z.string(), text: z.string() }).nullable(),
    }),
  ),
  createdAt: instantOutput,
  placement: placementViewOutput,
  nextDueAt: instantOutput.nullable(),
  /** The next few nominal instants. */
  upcoming: z.array(instantOutput),
});
export type TaskOutput = z.output<typeof taskOutput>;

export const applyTasksInput = z.strictObject({
  definitions: z.array(definitionInput).min(1).max(LIMITS.operationsPerEdit),
  /** `create` refuses an existing id; `upsert` writes what differs and brings back what was deleted. */
  mode: z.enum(['create', 'upsert']).default('upsert'),
  /** Of a single definition: refuse if one of these facets has another revision by now. */
  expectRevisions: z.partialRecord(facetNameSchema, z.int().min(0)).optional(),
});
export const applyTasksOutput = z.object({
  tasks: z.array(z.object({ id: z.string(), outcome: z.enum(['created', 'changed', 'unchanged']) })),
});

export const validateTasksInput = z.strictObject({
  /** Unchecked definitions: everything that is wrong with them is in the answer. */
  definitions: z.array(z.unknown()).min(1).max(LIMITS.operationsPerEdit),
});
export const validateTasksOutput = z.object({
  valid: z.boolean(),
  /** At most 100; `index` tells the definition. */
  errors: z.array(appErrorSchema.extend({ index: z.int() })),
});

/** Values of parameters by their names, as texts whatever their types; of what is left out the defaults count. */
export const parametersInput = z.record(z.string(), z.string());

export const runTaskInput = z.strictObject({
  id: taskIdSchema,
  /** Run it there and nowhere else, this once. */
  machine: machineReference.optional(),
  parameters: parametersInput.optional(),
});
export const runTaskOutput = z.object({ occurrenceIds: z.array(z.string()) });

export const historyInput = z.strictObject({ id: taskIdSchema, limit: pageLimit.default(50) });
export const historyOutput = z.object({
  revisions: z.array(
    facetOriginOutput.extend({
      facet: z.union([facetNameSchema, z.literal('deleted')]),
      /** JSON text of the value; null where there was none. */
      before: z.string().nullable(),
      after: z.string().nullable(),
      changeHash: z.string(),
      /** Its author has signed it. */
      signed: z.boolean(),
      /** It does not count: its author had been removed before, or had the right only from a machine that had. */
      void: z.boolean(),
    }),
  ),
});

export const conflictsInput = z.strictObject({ id: taskIdSchema, facet: facetNameSchema });
export const conflictsOutput = z.object({
  values: z.array(
    facetOriginOutput.extend({
      /** Names this value when it is chosen. */
      key: z.string(),
      /** JSON text. */
      value: z.string(),
      inForce: z.boolean(),
    }),
  ),
});
export const settleInput = z.strictObject({
  id: taskIdSchema,
  facet: facetNameSchema,
  chosen: z.string().min(1).max(200),
});
