/**
 * The disk fails, and works again. Meanwhile nothing that others told could be taken, so what they have run is heard
 * first: a machine that asked for claims at once would run again what it has not heard of.
 *
 *   works ──failed──► trouble ──recovered──► catching up ──all compared, or long enough──► works
 */
import { TIMES } from '../config/constants.ts';
import { compareLogs } from './log-steps.ts';
import { publishHeartbeat } from './mesh-steps.ts';
import { evaluateAllSoon } from './occurrence-list.ts';
import { refreshRing } from './roster-steps.ts';
import { emit, type Turn } from './state.ts';

/** How often it is looked whether all logs have been compared. */
const LOOK_EVERY_MS = TIMES.controlBeatMs / 4;

export function onStorageFailed(turn: Turn, full: boolean, message: string): void {
  const { state } = turn;
  const trouble = full ? 'STORAGE_FULL' : 'STORAGE_FAILED';
  if (state.storageTrouble === trouble) return;
  state.storageTrouble = trouble;
  state.catchingUpSinceMs = undefined;
  emit(turn, { type: 'log', level: 'error', message: 'storage failed', fields: { code: trouble, reason: message } });
  refreshRing(turn);
  publishHeartbeat(turn, false);
}

export function onStorageRecovered(turn: Turn): void {
  const { state } = turn;
  state.storageTrouble = undefined;
  state.catchingUpSinceMs = turn.nowMs;
  emit(turn, { type: 'log', level: 'info', message: 'storage works again' });
  for (const machine of state.connected) {
    state.compared.delete(machine);
    compareLogs(turn, machine, true);
  }
  onCatchUpTimer(turn);
}

/** Whoever does not answer is not waited for long. */
export function onCatchUpTimer(turn: Turn): void {
  const { state } = turn;
  if (state.catchingUpSinceMs === undefined) return;
  const behind = [...state.connected].some((machine) => !state.compared.has(machine));
  if (behind && turn.nowMs - state.catchingUpSinceMs < TIMES.settleMs) {
    state.timers.set('catch-up', turn.nowMs + LOOK_EVERY_MS);
    return;
  }
  state.catchingUpSinceMs = undefined;
  refreshRing(turn);
  evaluateAllSoon(turn);
  publishHeartbeat(turn, false);
}
