/**
 * A run, as the run logs tell it. Each record is the whole run at one transition, so that the newest record of a run
 * is the run.
 *
 *   due ──► (claim) ──► starting ──► running ──► succeeded | failed | timed-out | cancelled
 *    │                     └────────────┴──────► lost (its machine is gone, or came back without it)
 *    └──► skipped(reason) | withheld(no quorum, may still run) | refused(reason)
 */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { instantSchema as instant } from './instant.ts';
import { parameterValuesSchema } from './parameter.ts';
import {
  afterOccurrenceId,
  type MachineId,
  machineIdSchema,
  machineStartOccurrenceId,
  type OccurrenceId,
  occurrenceIdSchema,
  runIdSchema,
  scheduledOccurrenceId,
  type TaskId,
  taskIdSchema,
  triggeredOccurrenceId,
} from './ids.ts';

export const RUN_STATES = [
  'due',
  'queued',
  'withheld',
  'starting',
  'running',
  'succeeded',
  'failed',
  'timed-out',
  'cancelled',
  'lost',
  'skipped',
  'refused',
] as const;
export const runStateSchema = z.enum(RUN_STATES);
export type RunState = z.infer<typeof runStateSchema>;

/** States after which nothing more happens to the attempt. */
export const FINAL_STATES: ReadonlySet<RunState> = new Set([
  'succeeded',
  'failed',
  'timed-out',
  'cancelled',
  'lost',
  'skipped',
  'refused',
]);

/** States in which a process may exist. */
export const ACTIVE_STATES: ReadonlySet<RunState> = new Set(['starting', 'running']);

/** States of an attempt that no machine has started. */
export const NOTE_STATES: ReadonlySet<RunState> = new Set(['due', 'queued', 'withheld', 'skipped', 'refused']);

/** Why an occurrence exists. */
export const causeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('schedule') }),
  z.strictObject({ kind: z.literal('catch-up') }),
  z.strictObject({
    kind: z.literal('manual'),
    triggerId: z.string().min(1).max(64),
    by: machineIdSchema,
    /** The one machine that it is for; any that may run the task, when there is none. */
    on: machineIdSchema.optional(),
    /** The values of all parameters of the task, as they stood when it was asked for; absent when it has none. */
    parameters: parameterValuesSchema.optional(),
    /** The signature of `by` over the request, base64url: see `security/signed-trigger`. Nothing is run without it. */
    signature: z.string().length(86).optional(),
  }),
  z.strictObject({
    /** Another task has ended: which run of it brought this about, and how that stood then. */
    kind: z.literal('after'),
    taskId: taskIdSchema,
    occurrenceId: occurrenceIdSchema,
    runId: runIdSchema,
    state: runStateSchema,
    /** How many ends of tasks lie between this and what began the chain: 1 for the first follower. */
    depth: z
      .int()
      .min(1)
      .max(LIMITS.chainDepth + 1),
  }),
  z.strictObject({
    kind: z.literal('machine-start'),
    /** The machine that started, and the name of that start. */
    machineId: machineIdSchema,
    bootId: z.string().min(1).max(64),
  }),
]);
export type Cause = z.infer<typeof causeSchema>;

/** True for what a clock brings about: its instant is all there is to know of it. */
export function isByClock({ kind }: Cause): boolean {
  return kind === 'schedule' || kind === 'catch-up';
}

/** Why a run is in its state, for programs (`code`) and people (`text`). */
export const reasonSchema = z.strictObject({
  code: z.string().min(1).max(64),
  text: z.string().max(LIMITS.reasonLength),
});
export type Reason = z.infer<typeof reasonSchema>;

/** More attempts than policies allow together. */
const MAX_ATTEMPTS = LIMITS.attempts + LIMITS.reruns;
export const attemptSchema = z.int().min(1).max(MAX_ATTEMPTS);
export const logSequenceSchema = z.int().min(0).max(LIMITS.logSequence);

export const runRecordSchema = z.strictObject({
  /** The machine whose log this record is in, and the record's number there, from 1 without gaps. */
  recorderId: machineIdSchema,
  sequence: logSequenceSchema.min(1),
  /** By the recorder's clock. */
  recordedAt: instant,
  /** The recorder's Ed25519 signature over the rest of the record, base64url. No record is taken from a peer without it. */
  signature: z.string().length(86).optional(),

  id: runIdSchema,
  taskId: taskIdSchema,
  occurrenceId: occurrenceIdSchema,
  /** The machine of a task that runs on several; '' for all others. */
  slot: z.union([machineIdSchema, z.literal('')]),
  attempt: attemptSchema,
  /** The machine that runs (or would run) it. */
  machineId: machineIdSchema,
  state: runStateSchema,
  cause: causeSchema,
  /** The instant that the schedule names. */
  nominalAt: instant,
  /** Nominal plus jitter or back-off: from then on it should run. */
  dueAt: instant,
  claimedAt: instant.optional(),
  startedAt: instant.optional(),
  finishedAt: instant.optional(),
  fencingToken: z.int().min(0).optional(),
  exitCode: z.int().optional(),
  signal: z.string().max(32).optional(),
  reason: reasonSchema.optional(),
  /** 0 to 1, as the process reported. */
  progress: z.number().min(0).max(1).optional(),
  /** JSON text of the result that the process reported. */
  result: z.string().max(LIMITS.resultBytes).optional(),
  outputBytes: z.int().min(0).optional(),
  outputDroppedBytes: z.int().min(0).optional(),
  /** Set when another attempt follows. */
  next: z
    .strictObject({
      attempt: attemptSchema.min(2),
      dueAt: instant,
      /** Machines that should not run it when another one can. */
      avoid: z.array(machineIdSchema).max(LIMITS.machinesPerCluster),
    })
    .optional(),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

/** A run as it is shown: its newest record, and what only the merged logs can tell. */
export interface Run extends RunRecord {
  /** Another machine started the same attempt of the same occurrence, or this one ran on after it was given up as lost. */
  readonly duplicate: boolean;
}

/** The id that an occurrence must have, by what it says of itself. */
export function occurrenceIdOf(of: {
  readonly taskId: TaskId;
  readonly slot: MachineId | '';
  readonly cause: Cause;
  readonly nominalAt: number;
}): OccurrenceId {
  const { taskId, slot, cause, nominalAt } = of;
  switch (cause.kind) {
    case 'schedule':
    case 'catch-up':
      return scheduledOccurrenceId(taskId, nominalAt, slot);
    case 'manual':
      return triggeredOccurrenceId(taskId, cause.triggerId, slot);
    case 'after':
      return afterOccurrenceId(taskId, cause.occurrenceId, slot);
    case 'machine-start':
      return machineStartOccurrenceId(taskId, cause.machineId, cause.bootId, slot);
  }
}
