/**
 * Who says that an occurrence exists. What comes due by a schedule every machine can work out for itself, and a run by hand
 * carries the signature of the machine on which it was asked for: so nobody need be believed. What neither a schedule
 * names nor an editor's machine has signed is opened by no record, and run by no machine.
 *
 * What follows another task is believed when the end that it names is in the history, and is the end of something that was
 * to run in its turn; what the start of a machine brings about is that machine's own word, and concerns it alone.
 *
 * An instant from before the schedule, or a calendar that it names, was written as it is may be one of the former: it is
 * believed.
 */
import type { OpenOccurrence } from '../claims/open-occurrence.ts';
import { LIMITS, TIMES } from '../config/constants.ts';
import {
  type MachineId,
  type OccurrenceId,
  scheduledOccurrenceId,
  type TaskId,
  triggeredOccurrenceId,
} from '../domain/ids.ts';
import { ACTIVE_STATES, type Cause, FINAL_STATES, isByClock, occurrenceIdOf, type RunRecord } from '../domain/run.ts';
import { follows } from '../scheduling/followers.ts';
import { nextOccurrence } from '../scheduling/occurrence.ts';
import { verifyTrigger } from '../security/signed-trigger.ts';
import { nameOf, noteAudit } from './audit-steps.ts';
import { dueChangedAt } from './calendar-view.ts';
import { type NewOccurrence, RECHECK_MS } from './occurrence-list.ts';
import type { PeerState, Turn } from './state.ts';
import { isAskedByEditor } from './trust-steps.ts';

/** A record may arrive before the change of the schedule that it follows. */
const SCHEDULE_PATIENCE_MS = 2 * TIMES.syncRepairMs;

/** What a record, or an open occurrence, says of where it comes from. */
export interface Origin {
  readonly taskId: TaskId;
  readonly slot: MachineId | '';
  readonly cause: Cause;
  readonly attempt: number;
  readonly nominalAt: number;
  readonly dueAt: number;
}

/**
 * The note is on an occurrence that cannot be, or that nobody with the right to it has asked for: that is noted, and
 * nothing comes of it. What depends on what is known here of the task is looked at when it could run.
 */
export function isForged(turn: Turn, record: RunRecord): boolean {
  const { state } = turn;
  const { recorderId, occurrenceId, taskId } = record;
  const isNote = !ACTIVE_STATES.has(record.state) && !FINAL_STATES.has(record.state);
  if (!isNote || recorderId === state.self || state.occurrences.has(occurrenceId)) return false;
  const fault = factFault(turn, occurrenceId, record);
  if (fault === undefined) return false;
  const detail = `a note that "${taskId}" is to run counts for nothing: ${fault}`;
  noteAudit(turn, 'record-rejected', { by: recorderId, subject: taskId, detail });
  return true;
}

/** Why an occurrence must not be run, in words, and how long to wait for what would make it right. */
export interface Unasked {
  readonly text: string;
  readonly patienceMs: number;
}

/** Whether nobody who may has asked for an occurrence; undefined when it may be run. */
export function whyUnasked(turn: Turn, occurrence: OpenOccurrence): Unasked | undefined {
  const { cause, id, isHearsay } = occurrence;
  const { state } = turn;
  const forged = isHearsay ? factFault(turn, id, occurrence) : undefined;
  if (forged !== undefined) return { text: `nobody has asked for it: ${forged}`, patienceMs: 0 };
  if (isHearsay && !isOnSchedule(state, occurrence)) {
    return { text: 'its schedule does not name this instant', patienceMs: SCHEDULE_PATIENCE_MS };
  }
  const unfounded = isHearsay ? whyUnfounded(turn, occurrence) : undefined;
  if (unfounded !== undefined) return { text: unfounded, patienceMs: SCHEDULE_PATIENCE_MS };
  // The history does not take it back: it is not searched again.
  if (cause.kind === 'after') occurrence.isHearsay = false;
  if (isAskedByEditor(state, cause)) return undefined;
  const who = cause.kind === 'manual' ? nameOf(state, cause.by) : 'nobody';
  return { text: `it was asked for by hand on ${who}, which is no editor`, patienceMs: RECHECK_MS };
}

/** The occurrence of a record, as it is opened. @param self this machine, which believes its own log */
export function newOccurrenceOf(self: MachineId, record: RunRecord): NewOccurrence {
  return {
    id: record.occurrenceId,
    taskId: record.taskId,
    slot: record.slot,
    cause: record.cause,
    nominalAt: record.nominalAt,
    dueAt: record.dueAt,
    only: tieOf(record),
    isHearsay: record.recorderId !== self,
  };
}

/** The one machine that may run it: that of its slot, or the one that a person named. */
function tieOf({ slot, cause, state, reason, machineId }: RunRecord): MachineId | undefined {
  if (slot !== '') return slot;
  if (cause.kind === 'manual' && cause.on !== undefined) return cause.on;
  if (cause.kind === 'machine-start') return cause.machineId;
  // Before causes told of it, the first note alone did.
  return state === 'due' && reason?.code === 'ON' ? machineId : undefined;
}

/** What cannot be, whatever is known of the task. */
function factFault(turn: Turn, id: OccurrenceId, origin: Origin): string | undefined {
  const { taskId, slot, cause, attempt, nominalAt, dueAt } = origin;
  if (cause.kind === 'manual') return triggerFault(turn, id, origin, cause);
  if (!isByClock(cause))
    return id === occurrenceIdOf(origin) ? undefined : 'its id is not that of what brought it about';
  if (id !== scheduledOccurrenceId(taskId, nominalAt, slot)) return 'its id is not that of its instant';
  // A later attempt counts from the end of the one before, which may have run by a clock that was ahead.
  const isEarly = attempt === 1 && dueAt < nominalAt && nominalAt > turn.wallMs + TIMES.onTimeMs;
  return isEarly ? 'it is due before the instant that it names' : undefined;
}

function triggerFault(
  { state, signer, wallMs }: Turn,
  id: OccurrenceId,
  { taskId, slot, nominalAt }: Origin,
  { triggerId, by, on, parameters, signature }: Extract<Cause, { kind: 'manual' }>,
): string | undefined {
  if (id !== triggeredOccurrenceId(taskId, triggerId, slot)) return 'its id is not that of the request';
  // What is older is not remembered for sure: it may have run, and be asked for once more by another.
  if (wallMs - nominalAt > TIMES.runRetentionMs) return 'it was asked for too long ago';
  const clusterId = state.cluster?.id ?? state.joined?.id;
  if (clusterId === undefined) return undefined;
  const statement = { clusterId, taskId, triggerId, slot, on, nominalAt, parameters };
  if (verifyTrigger(signer, by, statement, signature)) return undefined;
  return 'it is not signed by the machine that is said to have asked for it';
}

function isOnSchedule(state: PeerState, { taskId, cause, nominalAt }: Origin): boolean {
  const task = state.tasks.get(taskId);
  const schedule = state.compiled.get(taskId);
  if (!isByClock(cause) || task === undefined || schedule === undefined) return true;
  if (nominalAt <= dueChangedAt(state, task)) return true;
  return nextOccurrence(schedule, nominalAt - 1) === nominalAt;
}

/** Why what is said to follow something does not, as far as is known here; undefined when it does, or follows nothing. */
function whyUnfounded(turn: Turn, { taskId, cause, nominalAt }: Origin): string | undefined {
  const { state, history } = turn;
  if (cause.kind === 'machine-start') {
    return cause.machineId === state.self ? 'this machine has not noted such a start' : undefined;
  }
  if (cause.kind !== 'after') return undefined;
  const ends = history.runsOf(cause.occurrenceId);
  if (ends === 'unreadable') return 'whether what it follows has ended cannot be read';
  // A run that was given up for lost may have ended otherwise since.
  const isSame = (end: RunRecord): boolean => end.state === cause.state || cause.state === 'lost';
  const end = ends.find((run) => run.taskId === cause.taskId && isSame(run) && isGenuineEnd(turn, run));
  if (end === undefined) return `"${cause.taskId}" has not ended so`;
  const task = state.tasks.get(taskId);
  if (task === undefined || nominalAt <= dueChangedAt(state, task)) return undefined;
  return follows(task.schedule, cause.taskId, cause.state) ? undefined : `it does not follow "${cause.taskId}"`;
}

/**
 * Is it the end, for good, of something that was really to run: by its schedule, because an editor asked, or after another
 * such end? An executor can say of anything that it has run it; so what others are to run in consequence is looked at.
 */
export function isGenuineEnd(turn: Turn, end: RunRecord): boolean {
  const { state, history } = turn;
  let run = end;
  for (let depth = 0; depth <= LIMITS.chainDepth; depth += 1) {
    if (!isEnd(turn, run)) return false;
    const { cause } = run;
    if (cause.kind === 'machine-start') return cause.machineId === run.machineId;
    if (cause.kind !== 'after') return isOnSchedule(state, run) && isAskedByEditor(state, cause);
    const earlier = history.runsOf(cause.occurrenceId);
    // All runs of an occurrence follow the same one, or their ids would be others: any of them will do.
    const one = earlier === 'unreadable' ? undefined : earlier.find((other) => isEnd(turn, other));
    if (one?.taskId !== cause.taskId) return false;
    run = one;
  }
  return false;
}

/** An executor says that it ran it, and that nothing follows; and it can be. */
function isEnd(turn: Turn, { state: stands, claimedAt, next, occurrenceId, machineId, ...rest }: RunRecord): boolean {
  if (!FINAL_STATES.has(stands) || claimedAt === undefined || next !== undefined) return false;
  if (turn.state.roster.get(machineId)?.roles.includes('executor') !== true) return false;
  // An instant of a schedule that is yet to come ends nowhere; when a person asked is signed, by whatever clock.
  const isToCome = isByClock(rest.cause) && rest.nominalAt > turn.wallMs + TIMES.onTimeMs;
  return !isToCome && factFault(turn, occurrenceId, rest) === undefined;
}
