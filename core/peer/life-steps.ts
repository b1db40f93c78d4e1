/** From start to stop: open the document, meet the others, catch up with their logs, then plan; and leave in order. */
import { isUsableToken } from '../claims/claim-rules.ts';
import { TIMES } from '../config/constants.ts';
import { STORAGE } from '../config/storage.ts';
import type { MachineId } from '../domain/ids.ts';
import type { MachineLoad } from '../domain/machine.ts';
import type { StoredState } from '../ports/state-store.ts';
import { absorbRecord } from './absorb-record.ts';
import { adopt } from './adoption-steps.ts';
import { endAudit } from './audit-steps.ts';
import { openAtMachineStart } from './chain-steps.ts';
import { releaseAll } from './claim-steps.ts';
import { releaseUnused } from './grant-steps.ts';
import { giveUpGone } from './lost-steps.ts';
import type { PolicyReading } from '../domain/local-policy.ts';
import { loadMeta, META } from './meta.ts';
import { onPolicyReading } from './policy-steps.ts';
import { publishHeartbeat, raiseIncarnation } from './mesh-steps.ts';
import { beginRecovery, endRecovery, unheardOf } from './recovery-steps.ts';
import { applyRoster, refreshRing } from './roster-steps.ts';
import { evaluateAllSoon } from './occurrence-list.ts';
import { watchNotices } from './notice-steps.ts';
import { beginPlanning } from './planning-steps.ts';
import { lookAtSecretsSoon, watchResealing } from './secret-steps.ts';
import { countUnsaved } from './snapshot-steps.ts';
import { emit, type Turn } from './state.ts';
import { sweepTrials } from './trial-steps.ts';
import { endWhenRemoved } from './trust-steps.ts';

/** The longest that catching up with others may delay planning. */
const SETTLE_MAX_MS = 5 * TIMES.settleMs;
/** What is past its time is forgotten so often, and first when the clock has run evenly for a while. */
const PRUNE_EVERY_MS = 60 * TIMES.syncRepairMs;
const PRUNE_AFTER_MS = 10 * TIMES.syncRepairMs;
/** More than the worst crystal gains until the next pruning. */
const CLOCK_LEAP_MS = 60_000;

/** What `newActor` makes. */
const ACTOR = /^[0-9a-f]{32}$/;

export function onStart(turn: Turn, stored: StoredState): void {
  const { state } = turn;
  state.startedAt = turn.wallMs;
  state.startedAtMs = turn.nowMs;
  loadMeta(state, stored.meta);
  state.grantsCompleteSince = stored.grantsCompleteSince;
  beginRecovery(turn, stored.meta);
  raiseIncarnation(turn);
  for (const grant of stored.grants) state.claims.put(grant, turn.nowMs);
  for (const [task, until] of stored.accountedUntil) state.accounted.set(task, until);
  for (const [task, token] of stored.highestTokens) {
    if (isUsableToken(token, turn.wallMs)) state.claims.sawToken(task, token);
  }
  for (const [machine, sequence] of Object.entries(stored.logVector))
    state.logVector.set(machine as MachineId, sequence);
  for (const [machine, floor] of Object.entries(stored.logFloors)) state.logFloors.set(machine as MachineId, floor);
  for (const [machine, sequence] of Object.entries(stored.auditVector)) {
    state.audit.vector.set(machine as MachineId, sequence);
  }
  for (const [machine, floor] of Object.entries(stored.auditFloors))
    state.audit.floors.set(machine as MachineId, floor);
  replayRuns(turn, stored);
  countUnsaved(turn, stored.changes);
  const actor = actorOf(turn, stored.meta, stored.changeCount);
  emit(turn, {
    type: 'document',
    command: {
      type: 'open',
      self: state.self,
      actor,
      snapshot: stored.snapshot?.bytes,
      changes: stored.changes,
    },
  });
}

/** Own unfinished runs go to the process runner, which knows what became of them; those of others are simply active. */
function replayRuns(turn: Turn, stored: StoredState): void {
  const { state } = turn;
  const records = [...stored.openRuns, ...stored.recentRuns];
  records.sort((a, b) => a.recordedAt - b.recordedAt || a.attempt - b.attempt || a.sequence - b.sequence);
  // Said first, so that what is absent here is looked up where it matters.
  if (stored.recentRuns.length >= STORAGE.recentRuns) {
    state.attempts.forget(Math.min(...stored.recentRuns.map((record) => record.dueAt)));
  }
  for (const record of records) absorbRecord(turn, record);
  for (const { record } of stored.unclosedRuns) {
    if (record.machineId !== state.self) continue;
    adopt(turn, record);
  }
}

/** One Automerge actor for each data folder: it is made once and kept. */
function actorOf(turn: Turn, meta: ReadonlyMap<string, string>, changeCount: number): string {
  const known = meta.get(META.actor);
  // An actor whose changes are gone (the database was rebuilt) would number them anew: it is never used again.
  return known !== undefined && ACTOR.test(known) && changeCount > 0 ? known : newActor(turn);
}

export function newActor(turn: Turn): string {
  const actor = [...turn.random.bytes(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  emit(turn, { type: 'write', write: { kind: 'meta', key: META.actor, value: actor } });
  return actor;
}

export function onDocumentOpened(turn: Turn): void {
  const { state } = turn;
  if (state.phase !== 'opening') return;
  for (const seed of state.identity.seeds) state.addressBook.set(seed.machine, seed.addresses);
  state.phase = state.cluster === undefined && state.joined === undefined ? 'no-cluster' : 'settling';
  state.timers.set('beat', turn.nowMs);
  state.timers.set('membership', turn.nowMs);
  state.timers.set('repair', turn.nowMs + TIMES.syncRepairMs);
  state.timers.set('log-vector', turn.nowMs + TIMES.logVectorMs);
  state.timers.set('housekeeping', turn.nowMs + TIMES.housekeepingMs);
  // Its own policy is known before it takes anything.
  emit(turn, { type: 'measure-load' });
  applyRoster(turn);
  if (state.phase === 'settling') beginSettling(turn);
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
}

/** The cluster is known, by creation, joining or the stored document: meet the others before planning anything. */
export function beginSettling(turn: Turn): void {
  const { state } = turn;
  state.phase = 'settling';
  state.startedAtMs = turn.nowMs;
  state.timers.set('heartbeat', turn.nowMs);
  state.timers.set('settle', turn.nowMs + TIMES.settleMs);
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
}

export function onSettleTimer(turn: Turn): void {
  const { state } = turn;
  if (state.phase !== 'settling') return;
  const behind = state.cluster === undefined || [...state.connected].some((machine) => !state.compared.has(machine));
  const waitedMs = turn.nowMs - state.startedAtMs;
  if ((behind && waitedMs < SETTLE_MAX_MS) || (unheardOf(state).length > 0 && waitedMs < TIMES.recoverMs)) {
    state.timers.set('settle', turn.nowMs + TIMES.controlBeatMs / 2);
    return;
  }
  if (state.cluster === undefined) {
    state.timers.set('settle', turn.nowMs + TIMES.controlBeatMs);
    return;
  }
  becomeActive(turn);
}

export function becomeActive(turn: Turn): void {
  const { state } = turn;
  endRecovery(turn);
  state.phase = 'active';
  state.timers.clear('settle');
  for (const record of state.active.values()) {
    if (record.machineId === state.self && !state.local.has(record.id)) adopt(turn, record);
  }
  releaseUnused(turn);
  endWhenRemoved(turn);
  // Only now: what became of earlier runs is recorded after the own log is known to be complete.
  emit(turn, { type: 'start-processes', unfinished: [...state.local.keys()] });
  refreshRing(turn);
  beginPlanning(turn);
  openAtMachineStart(turn);
  lookAtSecretsSoon(turn);
  evaluateAllSoon(turn);
  if (state.unlisted.size > 0) state.timers.setEarliest('unlisted', turn.nowMs);
  if (state.voidNotes.size > 0) state.timers.setEarliest('void-notes', turn.nowMs);
  publishHeartbeat(turn, false);
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
  emit(turn, { type: 'log', level: 'info', message: 'active', fields: { tasks: state.tasks.size } });
}

export function onLoad(turn: Turn, load: MachineLoad, reading: PolicyReading): void {
  turn.state.load = load;
  onPolicyReading(turn, reading);
}

export function onHousekeeping(turn: Turn): void {
  const { state } = turn;
  state.timers.set('housekeeping', turn.nowMs + TIMES.housekeepingMs);
  emit(turn, { type: 'measure-load' });
  giveUpGone(turn);
  watchResealing(turn);
  watchNotices(turn);
  sweepTrials(turn);
  state.timers.setEarliest('voters', turn.nowMs);
  if (!isTimeToPrune(turn)) return;
  const grantsBefore = turn.wallMs - TIMES.grantRetentionMs;
  const runsBefore = turn.wallMs - TIMES.runRetentionMs;
  const auditBefore = turn.wallMs - TIMES.auditRetentionMs;
  state.claims.prune(grantsBefore);
  emit(turn, { type: 'write', write: { kind: 'prune', grantsBefore, runsBefore, auditBefore } });
  emit(turn, { type: 'prune-output', before: runsBefore });
}

/** What is old is known by the clock, so a clock that has just leapt forgets nothing, nor one far ahead of the others. */
function isTimeToPrune(turn: Turn): boolean {
  const { state } = turn;
  const aheadMs = turn.wallMs - turn.nowMs;
  if (state.steady === undefined || Math.abs(aheadMs - state.steady.aheadMs) > CLOCK_LEAP_MS) {
    state.steady = { aheadMs, dueMs: turn.nowMs + PRUNE_AFTER_MS };
  }
  if (turn.nowMs < state.steady.dueMs) return false;
  state.steady = { aheadMs, dueMs: turn.nowMs + PRUNE_EVERY_MS };
  const skews = state.membership.alive().flatMap(({ skew }) => skew.skewMs ?? []);
  return skews.filter((skewMs) => skewMs < -PRUNE_EVERY_MS).length * 2 <= skews.length;
}

/** Announced, so that others take over at once; what runs here runs on. */
export function onStop(turn: Turn): void {
  const { state } = turn;
  if (state.phase === 'stopping') return;
  releaseAll(turn);
  endAudit(turn);
  if (state.cluster !== undefined) publishHeartbeat(turn, true);
  for (const to of state.connected) {
    emit(turn, { type: 'send', to, message: { type: 'leave', incarnation: state.incarnation } });
  }
  state.phase = 'stopping';
  for (const [requestId, pending] of state.pending) {
    state.pending.delete(requestId);
    pending.fail(turn, 'STOPPING');
  }
  emit(turn, { type: 'stopped' });
}
