/**
 * One run out of many records. The logs of several machines may speak of the same run: its own machine tells what
 * happened, others only that they gave it up as lost. What is in force depends on the set of records alone, never on
 * the order in which they arrived, so every machine shows the same history.
 *
 * In force is the newest record of the run's own machine, unless it leaves the run open and a later record of another
 * machine closes it. Among a machine's own records a final one beats one that is not, then the later sequence wins. An
 * attempt that nobody has started has no machine of its own: any may note why it waits, and the latest note is in force.
 */
import { assert } from '../std/assert.ts';
import { ACTIVE_STATES, FINAL_STATES, NOTE_STATES, type Run, type RunRecord } from '../domain/run.ts';

/** What the records of one run add up to. */
export interface MergedRun {
  /** The weightiest record by the run's own machine. */
  readonly own: RunRecord | undefined;
  /** The weightiest record by any other machine. */
  readonly observed: RunRecord | undefined;
  /** When another machine first recorded it as lost, epoch milliseconds by that machine's clock. */
  readonly givenUpAt: number | undefined;
  /** Some record shows that a process was, or was about to be, started. */
  readonly started: boolean;
}

/** A run of which nothing is known yet. */
export const UNKNOWN_RUN: MergedRun = { own: undefined, observed: undefined, givenUpAt: undefined, started: false };

/** Adds a record of the same run id. Returns the same object when the record changes nothing. */
export function mergeRecord(run: MergedRun, record: RunRecord): MergedRun {
  const byOwnMachine = record.recorderId === record.machineId;
  const own = byOwnMachine && outweighsOwn(record, run.own) ? record : run.own;
  const observed = !byOwnMachine && outweighsObserved(record, run.observed) ? record : run.observed;
  const givenUpAt =
    !byOwnMachine && record.state === 'lost' ? Math.min(record.recordedAt, run.givenUpAt ?? Infinity) : run.givenUpAt;
  const started = run.started || ACTIVE_STATES.has(record.state) || record.startedAt !== undefined;
  const unchanged =
    own === run.own && observed === run.observed && givenUpAt === run.givenUpAt && started === run.started;
  return unchanged ? run : { own, observed, givenUpAt, started };
}

/** The record that says what the run is. Asserts that at least one was merged. */
export function recordInForce(run: MergedRun): RunRecord {
  const { own, observed } = run;
  if (own === undefined) {
    assert(observed !== undefined, 'a merged run has a record');
    return observed;
  }
  if (observed === undefined || FINAL_STATES.has(own.state) || !FINAL_STATES.has(observed.state)) return own;
  return observed.recordedAt >= own.recordedAt ? observed : own;
}

/** True when the run's own machine has not closed it, whatever others recorded. */
export function isUnclosed(run: MergedRun): boolean {
  return run.own !== undefined && ACTIVE_STATES.has(run.own.state);
}

/**
 * True when the same attempt was started by another machine too, or when this run went on after another machine gave
 * it up as lost while a later attempt was started elsewhere.
 * @param others the other runs of the same occurrence, in any order
 */
export function isDuplicate(run: MergedRun, others: Iterable<MergedRun>): boolean {
  if (!run.started) return false;
  const record = recordInForce(run);
  const own = run.own;
  const wentOn =
    own !== undefined && run.givenUpAt !== undefined && own.state !== 'lost' && own.recordedAt > run.givenUpAt;
  for (const other of others) {
    if (!other.started) continue;
    const { attempt, machineId } = recordInForce(other);
    if (machineId === record.machineId) continue;
    if (attempt === record.attempt || (wentOn && attempt > record.attempt)) return true;
  }
  return false;
}

/**
 * True when the run is only a note (due, queued, withheld, skipped) on an attempt that came to something else: it was
 * started after all, or the note leaves it open while a later attempt was started or an earlier one has ended all.
 * @param others the other runs of the same occurrence, in any order
 */
export function isShadowed(run: MergedRun, others: Iterable<MergedRun>): boolean {
  if (run.started) return false;
  const { attempt, state } = recordInForce(run);
  const open = !FINAL_STATES.has(state);
  for (const other of others) {
    if (!other.started) continue;
    const theirs = recordInForce(other);
    if (theirs.attempt === attempt) return true;
    if (open && (theirs.attempt > attempt || (FINAL_STATES.has(theirs.state) && theirs.next === undefined)))
      return true;
  }
  return false;
}

/** Every run that the records speak of, newest first by due instant and id; records may come in any order. */
export function mergeRecords(records: Iterable<RunRecord>): Run[] {
  const runs = new Map<string, MergedRun>();
  const occurrences = new Map<string, Set<string>>();
  for (const record of records) {
    runs.set(record.id, mergeRecord(runs.get(record.id) ?? UNKNOWN_RUN, record));
    const siblings = occurrences.get(record.occurrenceId);
    if (siblings === undefined) occurrences.set(record.occurrenceId, new Set([record.id]));
    else siblings.add(record.id);
  }
  const merged: Run[] = [];
  for (const [id, run] of runs) {
    const record = recordInForce(run);
    const others: MergedRun[] = [];
    for (const sibling of occurrences.get(record.occurrenceId) ?? []) {
      const other = sibling === id ? undefined : runs.get(sibling);
      if (other !== undefined) others.push(other);
    }
    if (!isShadowed(run, others)) merged.push({ ...record, duplicate: isDuplicate(run, others) });
  }
  return merged.sort(newestFirst);
}

/** Order of every list of runs: later due instants first, then by id backwards. */
export function newestFirst(
  left: { readonly dueAt: number; readonly id: string },
  right: { readonly dueAt: number; readonly id: string },
): number {
  if (left.dueAt !== right.dueAt) return right.dueAt - left.dueAt;
  return left.id < right.id ? 1 : left.id > right.id ? -1 : 0;
}

function outweighsOwn(record: RunRecord, current: RunRecord | undefined): boolean {
  if (current === undefined) return true;
  const final = FINAL_STATES.has(record.state);
  if (final !== FINAL_STATES.has(current.state)) return final;
  const isNote = NOTE_STATES.has(record.state);
  if (isNote !== NOTE_STATES.has(current.state)) return !isNote;
  if (isNote) return isLater(record, current);
  if (record.sequence !== current.sequence) return record.sequence > current.sequence;
  return record.recorderId > current.recorderId;
}

/** Final first, then the later one. */
function outweighsObserved(record: RunRecord, current: RunRecord | undefined): boolean {
  if (current === undefined) return true;
  const final = FINAL_STATES.has(record.state);
  if (final !== FINAL_STATES.has(current.state)) return final;
  return isLater(record, current);
}

/**
 * True when one record was written after another, of whichever machine: numbers of two logs say nothing of each other.
 * Recorder and sequence only break ties, so that the order is total.
 */
export function isLater(record: RunRecord, other: RunRecord): boolean {
  if (record.recordedAt !== other.recordedAt) return record.recordedAt > other.recordedAt;
  if (record.recorderId !== other.recorderId) return record.recorderId > other.recorderId;
  return record.sequence > other.sequence;
}
