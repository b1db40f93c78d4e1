/**
 * The whole peer as one function: an event comes in, the state changes, effects come out. It never waits, and nothing
 * in it asks for the time, for chance or for the world: so a cluster of peers can be run from a seed.
 */
import { unreachable } from '../std/assert.ts';
import type { MachineId, RunId } from '../domain/ids.ts';
import type { Random } from '../ports/random.ts';
import type { Signer, SignerFactory } from '../ports/signer.ts';
import type { PeerMessage } from '../protocol/messages.ts';
import { onDisputeTimer, onUnlistedTimer } from './absorb-record.ts';
import * as auditSync from './audit-sync-steps.ts';
import * as audit from './audit-steps.ts';
import * as claims from './claim-steps.ts';
import * as grants from './grant-steps.ts';
import * as commands from './command-steps.ts';
import * as dial from './dial-steps.ts';
import { onDocument } from './document-steps.ts';
import * as sync from './document-sync-steps.ts';
import * as voters from './electorate-steps.ts';
import type { Effect } from './effects.ts';
import type { PeerEvent } from './events.ts';
import * as joining from './join-steps.ts';
import * as life from './life-steps.ts';
import * as logPages from './log-page-steps.ts';
import * as log from './log-steps.ts';
import * as mesh from './mesh-steps.ts';
import * as nearby from './nearby-steps.ts';
import * as notices from './notice-steps.ts';
import { evaluateOccurrence } from './occurrence-steps.ts';
import * as output from './output-steps.ts';
import * as ownPairing from './own-pairing-steps.ts';
import * as pairing from './pairing-steps.ts';
import { onBeginTimer, onPlanTimer } from './planning-steps.ts';
import * as probes from './probe-steps.ts';
import * as roster from './roster-steps.ts';
import * as runs from './run-steps.ts';
import * as secrets from './secret-steps.ts';
import * as standing from './standing-steps.ts';
import * as storage from './storage-steps.ts';
import { onStranger } from './stranger-steps.ts';
import { onUnaccountedTimer } from './unaccounted-steps.ts';
import { onVoidNotesTimer } from './void-steps.ts';
import type { HistoryLookup, PeerState, Turn } from './state.ts';

export interface StepContext {
  /** Monotonic milliseconds. */
  readonly nowMs: number;
  /** Epoch milliseconds. */
  readonly wallMs: number;
  readonly random: Random;
  readonly createSigner: SignerFactory;
  /** This machine's key. */
  readonly signer: Signer;
  readonly history: HistoryLookup;
}

/**
 * Carries out one event. Timers that are due are carried out by the event `timer`, which the runner sends.
 * @param effects what is to be done is added here, after what earlier events of the same batch asked for
 * @returns the same list
 */
export function step(state: PeerState, event: PeerEvent, context: StepContext, effects: Effect[] = []): Effect[] {
  const { nowMs, wallMs, random, createSigner, signer, history } = context;
  takeEvent({ state, nowMs, wallMs, random, createSigner, signer, history, effects }, event);
  return effects;
}

/** The same, for whoever has made the turn already: one serves the events of a batch, each with its time. */
export function takeEvent(turn: Turn, event: PeerEvent): void {
  switch (event.type) {
    case 'start':
      return life.onStart(turn, event.stored);
    case 'timer':
      return onTimers(turn);
    case 'connected':
      return mesh.onConnected(turn, event.machine, event.addresses);
    case 'disconnected':
      return mesh.onDisconnected(turn, event.machine, event.broken);
    case 'dial-failed':
      dial.onDialFailed(turn, event.machine);
      if (event.refused) return mesh.onDialRefused(turn, event.machine);
      return standing.askForStanding(turn, event.machine);
    case 'discovered':
      nearby.onSighting(turn, event.machine, event.addresses);
      return dial.onDiscovered(turn, event.machine, event.addresses);
    case 'message':
      // Who was removed may learn of it, and has no more to say.
      if (turn.state.roster.get(event.from)?.removed === true && event.message.type !== 'document-vector') return;
      mesh.onSignOfLife(turn, event.from, event.message);
      return onMessage(turn, event.from, event.message);
    case 'rest-of-page':
      return onRestOfPage(turn);
    case 'heartbeat':
      return mesh.onHeartbeat(turn, event.heartbeat);
    case 'offence':
      return audit.onOffence(turn, event.from, event.reason);
    case 'own-addresses':
      turn.state.ownAddresses = event.addresses;
      return;
    case 'join-request':
      return onStranger(turn, event.requestId, event.from, event.request, event.remoteAddress);
    case 'join-answered':
      return onAnswer(turn, event);
    case 'document':
      return onDocument(turn, event.event);
    case 'process':
      return runs.onProcess(turn, event.event);
    case 'command':
      return commands.onCommand(turn, event.requestId, event.command);
    case 'audit':
      return audit.noteAudit(turn, event.action, event.fields);
    case 'secret-sealed':
      return secrets.onSecretSealed(turn, event.job, event.outcome);
    case 'notified':
      return notices.onNotified(turn, event.job, event.outcome);
    case 'load':
      return life.onLoad(turn, event.load, event.policy);
    case 'storage-failed':
      return onStorageFailed(turn, event);
    case 'storage-recovered':
      return storage.onStorageRecovered(turn);
    case 'read-output':
      return output.readOutput(turn, event.requestId, event.run, event.offset, event.limit);
    case 'output-read':
      return output.onOutputRead(turn, event.requestId, event.to, event.runId, event.chunk);
    case 'stop':
      return life.onStop(turn);
    default:
      return unreachable(event);
  }
}

function onStorageFailed(turn: Turn, event: Extract<PeerEvent, { type: 'storage-failed' }>): void {
  storage.onStorageFailed(turn, event.full, event.message);
  for (const runId of event.notLaunched) {
    const text = 'its record could not be stored, so it was not started';
    runs.onProcess(turn, { type: 'not-started', runId, code: 'STORAGE_FULL', text });
  }
}

/** Whoever has asked outside of its cluster is answered by the same event. */
function onAnswer(turn: Turn, event: Extract<PeerEvent, { type: 'join-answered' }>): void {
  const { requestId, inviter, addresses, answer } = event;
  if (standing.onStandingAnswered(turn, requestId, inviter, answer)) return;
  if (ownPairing.onPairingAnswered(turn, requestId, inviter, addresses, answer)) return;
  if (nearby.onHelloAnswered(turn, requestId, inviter, answer)) return;
  joining.onJoinAnswered(turn, requestId, inviter, addresses, answer);
}

function onMessage(turn: Turn, from: MachineId, message: PeerMessage): void {
  switch (message.type) {
    case 'beat':
      return mesh.onBeat(turn, from, message);
    case 'probe':
      return probes.onProbe(turn, from, message);
    case 'probe-answer':
      return probes.onProbeAnswer(turn, from, message);
    case 'probe-for-me':
      return probes.onProbeForMe(turn, from, message);
    case 'probe-result':
      return probes.onProbeResult(turn, from, message);
    case 'suspected':
      return mesh.onSuspected(turn, message);
    case 'leave':
      return mesh.onLeave(turn, from, message);
    case 'claim-request':
      return grants.onClaimRequest(turn, from, message);
    case 'claim-answer':
      return claims.onClaimAnswer(turn, from, message);
    case 'claim-release':
      return grants.onClaimRelease(turn, from, message);
    case 'document-vector':
      return sync.onDocumentVector(turn, from, message);
    case 'document-changes':
      return sync.onDocumentChanges(turn, from, message);
    case 'log-vector':
      return log.onLogVector(turn, from, message);
    case 'log-pull':
      return log.onLogPull(turn, from, message);
    case 'log-page':
      return logPages.onLogPage(turn, from, message);
    case 'audit-vector':
      return auditSync.onAuditVector(turn, from, message);
    case 'audit-pull':
      return auditSync.onAuditPull(turn, from, message);
    case 'audit-page':
      return auditSync.onAuditPage(turn, from, message);
    case 'cancel-run':
      return runs.onCancelRun(turn, from, message);
    case 'cancel-answer':
      return commands.onCancelAnswer(turn, message);
    case 'output-read':
      return output.onOutputReadMessage(turn, from, message);
    case 'output-chunk':
      return output.onOutputChunk(turn, from, message);
    case 'output-keep':
      return output.onOutputKeep(turn, from, message);
    default:
      return unreachable(message);
  }
}

function onRestOfPage(turn: Turn): void {
  const { intake } = turn.state;
  if (intake === undefined) return;
  const { page } = intake;
  if (page.type === 'log-page') logPages.takeLogSlice(turn, { ...intake, page });
  else auditSync.takeAuditSlice(turn, { ...intake, page });
}

/** How many timers one event carries out at most: the runner comes back for the rest, and heartbeats get their turn. */
const TIMERS_PER_STEP = 200;

function onTimers(turn: Turn): void {
  const { timers, looks } = turn.state;
  for (let count = 0; count < TIMERS_PER_STEP; count += 1) {
    // What has been due longer goes first, so that neither kind can keep the other from its turn.
    const lookFirst = (looks.nextAt() ?? Infinity) < (timers.nextAt() ?? Infinity);
    const key = lookFirst ? undefined : timers.takeDue(turn.nowMs);
    if (key !== undefined) {
      onTimer(turn, key);
      continue;
    }
    const id = looks.takeDue(turn.nowMs);
    if (id === undefined) return;
    evaluateOccurrence(turn, id);
  }
}

function onTimer(turn: Turn, key: string): void {
  const separator = key.indexOf(':');
  const kind = separator < 0 ? key : key.slice(0, separator);
  const name = separator < 0 ? '' : key.slice(separator + 1);
  switch (kind) {
    case 'beat':
      return mesh.onBeatTimer(turn);
    case 'heartbeat':
      return mesh.publishHeartbeat(turn, false);
    case 'membership':
      return mesh.onMembershipTimer(turn);
    case 'dial':
      return dial.onDialTimer(turn, name as MachineId);
    case 'farewell':
      return roster.onFarewellTimer(turn, name as MachineId);
    case 'catch-up':
      return storage.onCatchUpTimer(turn);
    case 'hellos':
      return nearby.onHellosTimer(turn);
    case 'pairing':
      return pairing.onPairingTimer(turn, name as MachineId);
    case 'own-pairing':
      return ownPairing.onOwnPairingTimer(turn);
    case 'settle':
      return life.onSettleTimer(turn);
    case 'housekeeping':
      return life.onHousekeeping(turn);
    case 'repair':
      return sync.onRepairTimer(turn);
    case 'log-vector':
      return log.onLogVectorTimer(turn);
    case 'begin':
      return onBeginTimer(turn);
    case 'unaccounted':
      return onUnaccountedTimer(turn);
    case 'plan':
      return onPlanTimer(turn);
    case 'reassert':
      return runs.onReassert(turn, name as RunId);
    case 'unlisted':
      return onUnlistedTimer(turn);
    case 'void-notes':
      return onVoidNotesTimer(turn);
    case 'dispute':
      return onDisputeTimer(turn, name as RunId);
    case 'notices':
      return notices.onNoticesTimer(turn);
    case 'secrets':
      return secrets.onSecretsTimer(turn);
    case 'voters':
      return voters.onVotersTimer(turn);
    case 'audit':
      return audit.onAuditTimer(turn);
    case 'audit-pull':
      return auditSync.onAuditPullTimer(turn);
    case 'request':
      output.onOutputTimeout(turn, name);
      return commands.onRequestTimeout(turn, name);
    default:
      return;
  }
}
