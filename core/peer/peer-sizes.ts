/**
 * How much a peer holds in memory, by name: what grows with use is counted here, so that a watcher from outside can
 * hold each to its limit. A view for diagnosis; nothing is decided by it.
 */
import type { PeerState } from './state.ts';

/** Entries of each collection of a peer at one moment. */
export interface PeerSizes {
  readonly tasks: number;
  readonly compiledSchedules: number;
  readonly plannedTasks: number;
  /** Tasks that were vouched for or refused, and those that are being looked at. */
  readonly vouchedTasks: number;
  readonly vouchingTasks: number;
  readonly trials: number;
  readonly timers: number;
  readonly openOccurrences: number;
  /** Of the task that has most. */
  readonly openOccurrencesOfOneTask: number;
  readonly unlistedOccurrences: number;
  readonly voidNotes: number;
  readonly asking: number;
  readonly waitingForSlot: number;
  readonly grants: number;
  readonly recentAttempts: number;
  readonly activeRuns: number;
  readonly localRuns: number;
  readonly roster: number;
  readonly secrets: number;
  readonly connected: number;
  readonly dialling: number;
  readonly addressBook: number;
  readonly invitations: number;
  readonly joining: number;
  readonly pairings: number;
  readonly strangerTries: number;
  readonly nearby: number;
  readonly farewells: number;
  readonly probesForOthers: number;
  readonly probesThroughOthers: number;
  readonly logVector: number;
  readonly pulling: number;
  readonly auditWindows: number;
  readonly auditVector: number;
  readonly auditBehind: number;
  readonly applying: number;
  readonly pendingCommands: number;
  readonly outputQuests: number;
  readonly outputsKept: number;
  /** Outside the state: events, requests and writes that wait. */
  readonly queuedEvents: number;
  readonly waitingRequests: number;
  readonly waitingJoins: number;
  readonly unstoredWrites: number;
  /** What the heaviest batch weighed since the start. */
  readonly heaviestBatch: number;
}

/** What waits outside the state. */
export type WaitingSizes = Pick<
  PeerSizes,
  'queuedEvents' | 'waitingRequests' | 'waitingJoins' | 'unstoredWrites' | 'heaviestBatch'
>;

/** Counts everything. Costs as much as there are tasks with open occurrences. */
export function sizesOf(state: PeerState, waiting: WaitingSizes): PeerSizes {
  let ofOneTask = 0;
  for (const open of state.occurrencesByTask.values()) ofOneTask = Math.max(ofOneTask, open.length);
  return {
    tasks: state.tasks.size,
    compiledSchedules: state.compiled.size,
    plannedTasks: state.planner.size,
    vouchedTasks: state.vouched.size,
    vouchingTasks: state.vouching.size,
    trials: state.trials.size,
    timers: state.timers.size + state.looks.size,
    openOccurrences: state.occurrences.size,
    openOccurrencesOfOneTask: ofOneTask,
    unlistedOccurrences: state.unlisted.size,
    voidNotes: state.voidNotes.size,
    asking: state.asking.size,
    waitingForSlot: state.waitingForSlot.size,
    grants: state.claims.size,
    recentAttempts: state.attempts.size,
    activeRuns: state.active.size,
    localRuns: state.local.size,
    roster: state.roster.size,
    secrets: state.secrets.size,
    connected: state.connected.size,
    dialling: state.dialling.size,
    addressBook: state.addressBook.size,
    invitations: state.invitations.size,
    joining: state.joining.size,
    pairings: state.admission.pairings.size,
    strangerTries: state.admission.wrongTokens.size + state.admission.pairingTries.size,
    nearby: state.admission.nearby.size,
    farewells: state.farewells.size,
    probesForOthers: state.probesFor.size,
    probesThroughOthers: state.probesThrough.size,
    logVector: state.logVector.size,
    pulling: state.pulling.size,
    auditWindows: state.audit.pace.size,
    auditVector: state.audit.vector.size,
    auditBehind: state.audit.behind.size,
    applying: state.applying.size,
    pendingCommands: state.pending.size,
    outputQuests: state.quests.size,
    outputsKept: state.keeping.size,
    ...waiting,
  };
}
