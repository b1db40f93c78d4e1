/** What the API says of runs, and what can be asked of them. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { occurrenceIdSchema, taskIdSchema } from '../domain/ids.ts';
import { runStateSchema } from '../domain/run.ts';
import { instantInput, instantOutput, machineReference, oneOrMore, pageLimit, runReference } from './api-values.ts';

export const runRecordOutput = z.object({
  id: z.string(),
  taskId: z.string(),
  occurrenceId: z.string(),
  attempt: z.int(),
  machineId: z.string(),
  machineName: z.string().nullable(),
  state: runStateSchema,
  cause: z.object({
    kind: z.enum(['schedule', 'catch-up', 'manual', 'after', 'machine-start']),
    triggerId: z.string().optional(),
    by: z.string().optional(),
    /** The one machine that it was asked for on. */
    on: z.string().optional(),
    /** The values of all parameters that the task had when it was asked for by hand, as texts. */
    parameters: z.record(z.string(), z.string()).optional(),
    /** Of what follows another task: that task, and the run whose end brought this about. */
    after: z.object({ taskId: z.string(), runId: z.string(), state: runStateSchema }).optional(),
    /** The machine whose start brought it about. */
    machine: z.string().optional(),
  }),
  /** The instant that the schedule names; `dueAt` adds jitter or back-off. */
  nominalAt: instantOutput,
  dueAt: instantOutput,
  claimedAt: instantOutput.nullable(),
  startedAt: instantOutput.nullable(),
  finishedAt: instantOutput.nullable(),
  recordedAt: instantOutput,
  fencingToken: z.int().nullable(),
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  reason: z.object({ code: z.string(), text: z.string() }).nullable(),
  /** 0 to 1, as the process reported. */
  progress: z.number().nullable(),
  /** JSON text of the result that the process reported. */
  result: z.string().nullable(),
  outputBytes: z.int().nullable(),
  outputDroppedBytes: z.int().nullable(),
  /** Whose log the newest record is in, and its number there. */
  recorderId: z.string(),
  sequence: z.int(),
  /** Set when another attempt follows. */
  next: z.object({ attempt: z.int(), dueAt: instantOutput }).nullable(),
});
export type RunRecordOutput = z.output<typeof runRecordOutput>;

export const runOutput = runRecordOutput.extend({
  /** The same attempt was started twice, which only a split network can cause. */
  duplicate: z.boolean(),
});
export type RunOutput = z.output<typeof runOutput>;

export const listRunsInput = z.strictObject({
  task: taskIdSchema.optional(),
  machine: machineReference.optional(),
  occurrence: occurrenceIdSchema.optional(),
  states: oneOrMore(runStateSchema, 12).optional(),
  /** Nominal instants from `since` (inclusive) to `until` (exclusive). */
  since: instantInput.optional(),
  until: instantInput.optional(),
  /**
   * Words, each of which is part of the task's name, its id or a tag, of the machine's name, or of the beginning of reason
   * and result; case does not matter.
   */
  text: z.string().trim().max(200).optional(),
  limit: pageLimit.default(50),
  cursor: z.string().max(200).optional(),
});
export const listRunsOutput = z.object({
  /** Newest first. A search for a text may find fewer than were asked for in what it looked at, and go on with the cursor. */
  runs: z.array(runOutput),
  /** Give it back as `cursor` to read on; null at the end. */
  nextCursor: z.string().nullable(),
});

export const runInput = z.strictObject({ run: runReference });
export const runIdOutput = z.object({ id: z.string() });
export const runDetailOutput = z.object({
  run: runOutput,
  /** All runs of the same occurrence, this one included, first attempt first. */
  attempts: z.array(runOutput),
});

/** `text` replaces what is not UTF-8; `base64` is exact. */
export const outputEncodingSchema = z.enum(['text', 'base64']);
/** Only what was written there. Offsets and sizes count the bytes of both. */
const outputStreamSchema = z.enum(['stdout', 'stderr']);

export const readOutputInput = z.strictObject({
  run: runReference,
  /** Bytes to leave out at the front. */
  offset: z.int().min(0).max(LIMITS.outputBytes).default(0),
  /** Most bytes of one answer. */
  limit: z.int().min(1).max(LIMITS.outputChunkBytes).default(LIMITS.outputChunkBytes),
  encoding: outputEncodingSchema.default('text'),
  stream: outputStreamSchema.optional(),
});
export const outputChunkOutput = z.object({
  runId: z.string(),
  data: z.string(),
  encoding: outputEncodingSchema,
  /** What of `data` was written to standard error: from and to, in UTF-16 units of a text, in bytes of base64. */
  errors: z.array(z.tuple([z.int(), z.int()])),
  /** In bytes. Read on at `nextOffset`. */
  offset: z.int(),
  nextOffset: z.int(),
  /** Bytes held so far. */
  size: z.int(),
  /** This chunk is the last and nothing will be added. */
  complete: z.boolean(),
});
export type OutputChunkOutput = z.output<typeof outputChunkOutput>;

export const followOutputInput = z.strictObject({
  run: runReference,
  offset: z.int().min(0).max(LIMITS.outputBytes).default(0),
  encoding: outputEncodingSchema.default('text'),
  stream: outputStreamSchema.optional(),
});

export const totalsInput = z.strictObject({ since: instantInput });
export const totalsOutput = z.object({
  totals: z.array(z.object({ taskId: z.string(), state: runStateSchema, count: z.int() })),
});
