/**
 * A machine whose database was destroyed must not number its records from the beginning again: the others would hold two
 * records of one number for ever. Before its first new record it waits until every machine of the roster has given back
 * what it holds of this one's log. When one of them stays away too long, it goes on behind a gap that it has surely not
 * reached, and says so by the floor of its log.
 */
import type { MachineId } from '../domain/ids.ts';
import { META } from './meta.ts';
import { emit, type PeerState, type Turn } from './state.ts';

/** More records than a machine could have written that no machine in reach has heard of. */
const UNSEEN_RECORDS_MAX = 1_000_000;

/** The database was made anew, and the own log is not yet known to be whole. */
export function beginRecovery({ state }: Turn, meta: ReadonlyMap<string, string>): void {
  const { grantsCompleteSince } = state;
  if (grantsCompleteSince > 0 && meta.get(META.recovered) !== String(grantsCompleteSince))
    state.standing.recovery = new Set();
}

/** Machines that have not said yet what they hold of the own log, though that is awaited. */
export function unheardOf(state: PeerState): MachineId[] {
  const { recovery } = state.standing;
  if (recovery === undefined) return [];
  return [...state.roster.values()]
    .filter(({ id, removed }) => !removed && id !== state.self && !recovery.has(id))
    .map(({ id }) => id);
}

/** From here on the own log is written. */
export function endRecovery(turn: Turn): void {
  const { state } = turn;
  if (state.standing.recovery === undefined) return;
  const silent = unheardOf(state);
  state.standing.recovery = undefined;
  const value = String(state.grantsCompleteSince);
  emit(turn, { type: 'write', write: { kind: 'meta', key: META.recovered, value } });
  if (silent.length === 0) return;
  const floor = (state.logVector.get(state.self) ?? 0) + UNSEEN_RECORDS_MAX;
  state.logVector.set(state.self, floor);
  state.logFloors.set(state.self, floor);
  emit(turn, { type: 'write', write: { kind: 'log-floor', recorderId: state.self, floor } });
  const fields = { floor, silent: silent.length };
  emit(turn, { type: 'log', level: 'warn', message: 'the own log goes on behind a gap', fields });
}
