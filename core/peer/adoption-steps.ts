/**
 * Runs of this machine that an earlier life of its agent had begun. They are kept like those of this life; when the agent takes
 * part again the process runner tells of each what became of it: it goes on, has ended, or is gone.
 */
import { ACTIVE_STATES, FINAL_STATES, type RunRecord } from '../domain/run.ts';
import type { Turn } from './state.ts';

/** Of runs of an earlier life, whose task may be gone: KILL follows TERM after this. */
const ADOPTED_GRACE_MS = 10_000;

export function adopt(turn: Turn, record: RunRecord): void {
  const known = { ending: undefined, timeoutMs: undefined, killGraceMs: ADOPTED_GRACE_MS };
  turn.state.local.set(record.id, { record, givenUpAt: givenUpAt(turn, record), ...known });
}

/**
 * The others give back the own log after the database was lost. What it had begun and not ended is to be closed by nobody but
 * this machine, also where another has given it up since: else those who hear of that last believe for ever that it runs.
 */
export function recallOwn(turn: Turn, record: RunRecord): void {
  const { local, self, standing } = turn.state;
  if (standing.recovery === undefined || record.recorderId !== self || record.machineId !== self) return;
  if (ACTIVE_STATES.has(record.state)) adopt(turn, record);
  else if (FINAL_STATES.has(record.state)) local.delete(record.id);
}

/** When another machine gave up the run, as far as is stored and its own records do not answer that already. */
function givenUpAt({ history }: Turn, { occurrenceId, id, machineId }: RunRecord): number {
  const stored = history.runsOf(occurrenceId);
  const run = stored === 'unreadable' ? undefined : stored.find((known) => known.id === id);
  return run?.state === 'lost' && run.recorderId !== machineId ? run.recordedAt : 0;
}
