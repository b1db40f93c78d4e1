/**
 * What is told of a run: which of its records mean something to people, and in which words. A notice is made by whoever
 * writes the record; its id follows from what happened and not from who saw it, so that two machines that tell the same
 * are known to tell the same.
 */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { instantSchema } from '../domain/instant.ts';
import type { Notify, NotifyEvent } from '../domain/notify.ts';
import { hashId } from '../domain/ids.ts';
import type { RunRecord } from '../domain/run.ts';

export const NOTICE_OUTCOMES = ['failure', 'success', 'recovery', 'cancelled', 'missed'] as const;
export type NoticeOutcome = (typeof NOTICE_OUTCOMES)[number];

const text = z.string().max(LIMITS.reasonLength);

/** Kept while it waits, so it is read back from disk. Instants are epoch milliseconds. */
export const noticeSchema = z.strictObject({
  id: z.string().max(64),
  outcome: z.enum(NOTICE_OUTCOMES),
  taskId: z.string().max(64),
  taskName: z.string().max(LIMITS.nameLength),
  occurrenceId: z.string().max(64),
  runId: z.string().max(64),
  state: z.string().max(32),
  attempt: z.int(),
  machineId: z.string().max(80),
  machineName: z.string().max(LIMITS.nameLength),
  nominalAt: instantSchema,
  startedAt: instantSchema.optional(),
  finishedAt: instantSchema.optional(),
  exitCode: z.int().optional(),
  reason: z.strictObject({ code: z.string().max(64), text }).optional(),
});
export type Notice = z.infer<typeof noticeSchema>;

/** Why an occurrence was not run, where a person would want to know; what a policy or a person decided is no news. */
const MISSED_CODES: ReadonlySet<string> = new Set([
  'MISSED',
  'TOO_OLD',
  'FORGOTTEN',
  'QUEUE_FULL',
  'NO_QUORUM',
  'NO_WORD',
  'NO_ELIGIBLE_MACHINE',
]);
const FAILED_STATES: ReadonlySet<string> = new Set(['failed', 'timed-out', 'lost', 'refused']);

/** True for an end that counts as a failure when the next success is judged. */
export function isFailure({ state }: Pick<RunRecord, 'state'>): boolean {
  return FAILED_STATES.has(state);
}

/**
 * What a record means; undefined when it is not worth telling.
 * @param failedBefore the end before this one was a failure
 */
export function outcomeOf(
  record: Pick<RunRecord, 'state' | 'next' | 'reason'>,
  failedBefore: boolean,
): NoticeOutcome | undefined {
  if (record.next !== undefined) return undefined;
  if (isFailure(record)) return 'failure';
  switch (record.state) {
    case 'succeeded':
      return failedBefore ? 'recovery' : 'success';
    case 'cancelled':
      return 'cancelled';
    case 'skipped':
    case 'withheld':
      return MISSED_CODES.has(record.reason?.code ?? '') ? 'missed' : undefined;
    default:
      return undefined;
  }
}

/** Channels that are to be told of an outcome, in the order of the rules. */
export function channelsFor({ rules }: Notify, outcome: NoticeOutcome): readonly string[] {
  const wanted = EVENTS_OF[outcome];
  return rules.filter(({ on }) => on.some((event) => wanted.has(event))).map(({ channel }) => channel);
}

const EVENTS_OF: Readonly<Record<NoticeOutcome, ReadonlySet<NotifyEvent>>> = {
  failure: new Set<NotifyEvent>(['failure', 'end']),
  success: new Set<NotifyEvent>(['end']),
  recovery: new Set<NotifyEvent>(['recovery', 'end']),
  cancelled: new Set<NotifyEvent>(['end']),
  missed: new Set<NotifyEvent>(['missed']),
};

/** @param names of the task and of the machine, for people */
export function noticeOf(
  record: RunRecord,
  outcome: NoticeOutcome,
  names: { readonly task: string; readonly machine: string },
): Notice {
  const { taskId, occurrenceId, id: runId, state, attempt, machineId, nominalAt } = record;
  const { startedAt, finishedAt, exitCode, reason } = record;
  return {
    id: noticeIdOf(record, outcome),
    outcome,
    taskId,
    taskName: names.task.slice(0, LIMITS.nameLength),
    occurrenceId,
    runId,
    state,
    attempt,
    machineId,
    machineName: names.machine.slice(0, LIMITS.nameLength),
    nominalAt,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** An occurrence fails once and is missed once; whether a success is a recovery is no other news of the same run. */
export function noticeIdOf({ occurrenceId }: Pick<RunRecord, 'occurrenceId'>, outcome: NoticeOutcome): string {
  return hashId('notice', occurrenceId, outcome === 'recovery' ? 'success' : outcome);
}
