/**
 * Notes of a machine that was removed, written after its removal: they count for nothing, so nobody opens an occurrence for
 * them. They stay in its log all the same, and histories would show for ever that something waits which nobody waits for.
 * So the first machine of the order that all know closes them, unless something else is known of the occurrence by then.
 */
import { LIMITS, TIMES } from '../config/constants.ts';
import { FINAL_STATES, NOTE_STATES, occurrenceIdOf, type RunRecord } from '../domain/run.ts';
import { freshOccurrence, RECHECK_MS } from './occurrence-list.ts';
import { noteUnstarted } from './occurrence-notes.ts';
import type { Turn } from './state.ts';

/** Notes that are looked up, and closed, in one step: a removed machine may have left thousands. */
const NOTES_PER_STEP = 500;

/** A record of which `isVoid` is true has arrived. */
export function keepVoidNote({ state, nowMs }: Turn, record: RunRecord): void {
  if (!NOTE_STATES.has(record.state) || FINAL_STATES.has(record.state) || !namesItself(record)) return;
  if (!state.voidNotes.has(record.occurrenceId) && state.voidNotes.size >= LIMITS.openOccurrencesOfUnknown) return;
  state.voidNotes.set(record.occurrenceId, { record, sinceMs: nowMs });
  state.timers.setEarliest('void-notes', nowMs + RECHECK_MS);
}

/** Closes those whose time has come; the others of the order wait for that. Only these are looked up in the store. */
export function onVoidNotesTimer(turn: Turn): void {
  const { state } = turn;
  if (state.phase !== 'active') return;
  let looked = 0;
  for (const [id, { record, sinceMs }] of state.voidNotes) {
    if (isKnownOtherwise(turn, record)) {
      state.voidNotes.delete(id);
      continue;
    }
    // What is not due by the clock here may be run yet.
    if (turn.wallMs < Math.max(record.nominalAt, record.dueAt) + RECHECK_MS || turn.nowMs < sinceMs + RECHECK_MS)
      continue;
    const order = state.ring.recorders(record.taskId);
    const place = order.indexOf(state.self);
    if (turn.nowMs < sinceMs + RECHECK_MS + (place < 0 ? order.length : place) * TIMES.standbyMs) continue;
    looked += 1;
    if (looked > NOTES_PER_STEP) break;
    const stored = turn.history.runsOf(id);
    if (stored === 'unreadable' || isToCome(turn, record)) continue;
    const isOpen = stored.some((run) => run.id === record.id && !FINAL_STATES.has(run.state));
    if (isOpen && place < 0) continue;
    state.voidNotes.delete(id);
    if (!isOpen) continue;
    const text = 'it was noted by a machine that had been removed';
    const occurrence = { ...freshOccurrence({ ...record, id }), attempt: record.attempt, noted: record };
    noteUnstarted(turn, occurrence, 'skipped', { code: 'MACHINE_REMOVED', text });
  }
  if (state.voidNotes.size > 0) state.timers.setEarliest('void-notes', turn.nowMs + RECHECK_MS);
}

/**
 * It is what it says: of the instant that it names, which is past, or of what was asked for on that machine itself. A note
 * of anything else could be of an occurrence that is still to come.
 */
function namesItself(record: RunRecord): boolean {
  const { cause, recorderId } = record;
  const isOfAnother =
    (cause.kind === 'manual' && cause.by !== recorderId) ||
    (cause.kind === 'machine-start' && cause.machineId !== recorderId);
  return !isOfAnother && occurrenceIdOf(record) === record.occurrenceId;
}

/** What it follows has not ended yet: it may be run in its time. */
function isToCome({ history }: Turn, { cause }: RunRecord): boolean {
  if (cause.kind !== 'after') return false;
  const ends = history.runsOf(cause.occurrenceId);
  return ends === 'unreadable' || !ends.some(({ state, next }) => FINAL_STATES.has(state) && next === undefined);
}

/** It is open here, or has come to something. */
function isKnownOtherwise({ state }: Turn, { occurrenceId, attempt }: RunRecord): boolean {
  return state.occurrences.has(occurrenceId) || state.attempts.settledBy(occurrenceId, attempt) !== undefined;
}
