/**
 * All that a peer knows in memory. Changed by `step` and nothing else. What must survive is also written to the store,
 * by effects; the rest is found out anew after a restart.
 */
import { TimerQueue } from '../std/timer-queue.ts';
import { ClaimTable } from '../claims/claim-table.ts';
import type { OpenOccurrence } from '../claims/open-occurrence.ts';
import type { ChangeVector, ClusterSettings, VouchProblem } from '../document/document-protocol.ts';
import type { ClusterId, MachineId, OccurrenceId, RunId, TaskId } from '../domain/ids.ts';
import type { MachineLoad, RosterEntry } from '../domain/machine.ts';
import type { Reason, RunRecord } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import { Membership } from '../membership/membership.ts';
import type { CompiledSchedule } from '../scheduling/occurrence.ts';
import { Planner } from '../scheduling/planner.ts';
import type { Random } from '../ports/random.ts';
import type { Signer, SignerFactory } from '../ports/signer.ts';
import type { TokenBucket } from '../protocol/message-rates.ts';
import { AuditPace } from '../security/audit-pace.ts';
import type { AuditState } from './audit-steps.ts';
import { type AdmissionState, type Invitation, newAdmissionState } from './admission-state.ts';
import type { Effect } from './effects.ts';
import type { PageIntake } from './page-intake.ts';
import type { PeerIdentity } from './peer-identity.ts';
import { newPolicyState, type PolicyState } from './policy-state.ts';
import { RecentAttempts } from './recent-attempts.ts';
import { RingView } from './ring-view.ts';
import type { Electorate, VotersChange } from './electorate-state.ts';
import type { PeerPhase } from './peer-view.ts';
import { newSharedState, type SharedState } from './shared-state.ts';

/** A machine that should be connected: where it may be found, and when it is tried next. */
export interface Dialling {
  addresses: readonly string[];
  delayMs: number;
}

/** A run that this machine executes or has promised to. */
export interface LocalRun {
  record: RunRecord;
  /** Set when it is to be ended: what its record will say. */
  ending: Reason | undefined;
  /** When others last gave it up, by the newest of their clocks (epoch milliseconds); 0: never. */
  givenUpAt: number;
  readonly timeoutMs: number | undefined;
  readonly killGraceMs: number;
}

/** A command that waits for something: the document, a peer, or time. */
export interface PendingCommand {
  /** What is answered when the document has made the change. */
  readonly finish: (turn: Turn) => void;
  readonly fail: (turn: Turn, code: 'PEER_TIMEOUT' | 'STOPPING') => void;
}

/** Reading output that another machine holds: who has been asked, who is next. */
export interface OutputQuest {
  readonly runId: RunId;
  readonly offset: number;
  readonly limit: number;
  asked: MachineId | undefined;
  rest: MachineId[];
}

/** Why a machine does not belong: it was removed, or its roster entry is not known there. */
export type ShutOutCode = 'MACHINE_REMOVED' | 'MACHINE_NOT_FOUND';

/** What others must say before this machine may do its work: that it still belongs, and what it had recorded. */
export interface Standing {
  /** A trusted machine that said that this one does not belong; undefined when somebody has let it in since. */
  shutOut: { readonly by: MachineId; readonly code: ShutOutCode } | undefined;
  /** It was admitted once more: the welcome tells whom to trust, until the roster says that it belongs again. */
  readmitted: boolean;
  /** Machines that have said that this one was removed, since somebody last let it in. */
  readonly witnesses: Set<MachineId>;
  /** It is not asked again before this (monotonic). */
  askFromMs: number;
  /** The machines that have given back what they hold of the own log, while that is still awaited. */
  recovery: Set<MachineId> | undefined;
}

export interface PeerState extends SharedState {
  /** Its name may be changed until the machine belongs to a cluster; from then on the roster's counts. */
  readonly identity: PeerIdentity;
  readonly self: MachineId;
  phase: PeerPhase;
  /** Epoch milliseconds. */
  startedAt: number;
  /** Monotonic. */
  startedAtMs: number;
  readonly timers: TimerQueue;
  /** When each open occurrence is looked at next. Apart from the others, as there are many, and all have the same meaning. */
  readonly looks: TimerQueue<OccurrenceId>;

  cluster: ClusterSettings | undefined;
  /** The cluster that this machine has joined; its document may still be on the way. */
  joined: { readonly id: ClusterId; readonly name: string } | undefined;
  incarnation: number;
  heartbeatSequence: number;
  ownAddresses: readonly string[];
  readonly roster: Map<MachineId, RosterEntry>;
  /** Machines trusted by the invitation alone, until the roster arrives. */
  readonly sponsors: Set<MachineId>;
  /** What was last written of the cluster and its members, JSON text. */
  keptMembership: string | undefined;
  /** Machines that were removed just now and may still read the document. */
  readonly farewells: Set<MachineId>;
  readonly standing: Standing;
  readonly membership: Membership;
  readonly dialling: Map<MachineId, Dialling>;
  readonly addressBook: Map<MachineId, readonly string[]>;
  readonly connected: Set<MachineId>;
  /** When something last arrived on each control stream (monotonic). */
  readonly heardAtMs: Map<MachineId, number>;
  /** When the next beat is due (monotonic): a later one tells that this machine itself stood still. */
  beatDueMs: number | undefined;
  readonly invitations: Map<string, Invitation>;
  /** Joins by invitation that are under way, by request: to which cluster, and whether they began outside of it. */
  readonly joining: Map<string, { readonly clusterId: ClusterId; readonly outside: boolean }>;
  readonly admission: AdmissionState;
  nextProbe: number;
  /** Indirect probes that others were asked for, by nonce. */
  readonly probesThrough: Map<number, { readonly helper: MachineId; readonly target: MachineId }>;
  readonly probesFor: Map<number, { readonly asker: MachineId; readonly nonce: number; readonly target: MachineId }>;

  readonly document: {
    opened: boolean;
    digest: string;
    heads: readonly string[];
    vector: ChangeVector;
    changesSinceSnapshot: number;
    changeBytesSinceSnapshot: number;
    /** How often it had to be opened anew since the start. */
    reopened: number;
    snapshotting: boolean;
  };
  /** Members whose last batch of changes is being applied, since when (monotonic), and whether they hold more. */
  readonly applying: Map<MachineId, { readonly sinceMs: number; readonly more: boolean }>;
  /** How fast each member has sent changes, and had records read for it. */
  readonly changePaces: Map<MachineId, TokenBucket>;
  readonly readPaces: Map<MachineId, TokenBucket>;
  readonly tasks: Map<TaskId, Task>;
  readonly compiled: Map<TaskId, CompiledSchedule>;
  /** What the document has said of tasks: of which form, and why it must not be run. */
  readonly vouched: Map<TaskId, { readonly origins: string; readonly problem?: VouchProblem }>;
  /** Forms of tasks about which the document was asked. */
  readonly vouching: Map<TaskId, string>;
  /** Tasks that are trials, and ids that are kept for one: since when, or when last it was tried to delete it (monotonic). */
  readonly trials: Map<TaskId, number>;
  readonly ring: RingView;

  readonly planner: Planner;
  /** Tasks that were there when planning began, or whose calendars have changed, and that are not planned yet. */
  unplanned: TaskId[];
  /** Those of them whose schedules are to be prepared anew first. */
  readonly outdated: Set<TaskId>;
  /** The latest instant (epoch milliseconds) from which on tasks have been planned: what came due before has been taken. */
  plannedUntil: number;
  readonly accounted: Map<TaskId, number>;
  /** The look for occurrences without any record, while it goes on: which one of several, and the tasks that are left. */
  unaccounted: { readonly look: number; tasks: TaskId[] | undefined } | undefined;
  readonly occurrences: Map<OccurrenceId, OpenOccurrence>;
  /** The same, in order: due longest first, then by id. */
  readonly occurrencesByTask: Map<TaskId, OpenOccurrence[]>;
  /** The last word on those that this machine alone may run, for which the list had no room when it was told. */
  readonly unlisted: Map<OccurrenceId, RunRecord>;
  /** Open notes of removed machines that count for nothing, and since when (monotonic) they are here: to be closed. */
  readonly voidNotes: Map<OccurrenceId, { readonly record: RunRecord; readonly sinceMs: number }>;
  /** The first instant (epoch milliseconds) of each task that gave way on a full list, since it was yet to come. */
  readonly gaveWay: Map<TaskId, number>;
  readonly claims: ClaimTable;
  electorate: Electorate;
  votersChange: VotersChange | undefined;
  /** Claims on what came due before this (epoch milliseconds) cannot be judged here. */
  grantsCompleteSince: number;
  readonly attempts: RecentAttempts;

  readonly logVector: Map<MachineId, number>;
  readonly logFloors: Map<MachineId, number>;
  /** Logs of which a page has been asked for: from whom, and when (monotonic). */
  readonly pulling: Map<MachineId, { readonly from: MachineId; readonly sinceMs: number }>;
  /** The page that is being taken: nothing else that others say is heard before it is done. */
  intake: PageIntake | undefined;
  /** Members whose logs and document have been compared with ours since they connected. */
  readonly compared: Set<MachineId>;
  /** When a record of a log was last refused (monotonic), so that others are asked for it only now and then. */
  readonly rejectedAtMs: Map<MachineId, number>;
  readonly audit: AuditState;
  /** Starting or running anywhere, by the logs. */
  readonly active: Map<RunId, RunRecord>;
  readonly activeByTask: Map<TaskId, Set<RunId>>;
  /** How many of them each machine has. */
  readonly activeByMachine: Map<MachineId, number>;
  /** When each of them was first heard of (monotonic). */
  readonly activeSinceMs: Map<RunId, number>;
  /** Of them, those that another machine gave up though theirs is alive here, and when (epoch milliseconds). */
  readonly disputed: Map<RunId, number>;

  readonly local: Map<RunId, LocalRun>;
  /** Occurrences whose claim this machine is asking for: each holds a slot. */
  readonly asking: Set<OccurrenceId>;
  /** Occurrences that wait for a slot of this machine. */
  readonly waitingForSlot: Set<OccurrenceId>;
  load: MachineLoad;
  readonly localPolicy: PolicyState;
  storageTrouble: string | undefined;
  /** Since when (monotonic) the disk works again, while what others told meanwhile is still on its way. */
  catchingUpSinceMs: number | undefined;
  /** How far the wall clock was ahead of the monotonic one when it last leapt or things were pruned; when to prune next. */
  steady: { readonly aheadMs: number; readonly dueMs: number } | undefined;

  readonly pending: Map<string, PendingCommand>;
  readonly quests: Map<string, OutputQuest>;
  /** Copies of outputs that are being made: from whom, what comes next (bytes), and until when its run may stay unknown. */
  readonly keeping: Map<string, OutputCopy>;
  /** Outputs that are being read for each member. */
  readonly outputReads: Map<MachineId, number>;
  /** Members that were cut off for what they sent: why, and when last (monotonic). */
  readonly offenders: Map<MachineId, { readonly reason: string; readonly atMs: number }>;
}

/** A copy that is being made of a run's output. */
export interface OutputCopy {
  readonly from: MachineId;
  readonly runId: RunId;
  /** Bytes that are there. */
  offset: number;
  /** While its run is not known here: how often that was looked up. */
  lookedUp: number;
}

/** What is stored and too much to be held in memory. Answers at once, and the same to the same writes. */
export interface HistoryLookup {
  /** As of the store; `unreadable` when the disk does not read: then nobody knows, and nothing may be granted. */
  startedBy(occurrence: OccurrenceId, attempt: number): MachineId | 'unreadable' | undefined;
  /** The record in force of each stored run of the occurrence, earlier attempts first. */
  runsOf(occurrence: OccurrenceId): readonly RunRecord[] | 'unreadable';
  /** The machine of a stored run. */
  machineOf(run: RunId): MachineId | 'unreadable' | undefined;
}

/** One call of `step`: the state, the time, and what is to be done. */
export interface Turn {
  readonly state: PeerState;
  /** Monotonic milliseconds. */
  readonly nowMs: number;
  /** Epoch milliseconds. */
  readonly wallMs: number;
  readonly random: Random;
  readonly createSigner: SignerFactory;
  /** This machine's key. */
  readonly signer: Signer;
  readonly history: HistoryLookup;
  readonly effects: Effect[];
}

export function newPeerState(identity: PeerIdentity): PeerState {
  return {
    identity,
    self: identity.self,
    phase: 'opening',
    startedAt: 0,
    startedAtMs: 0,
    timers: new TimerQueue(),
    looks: new TimerQueue(),
    cluster: undefined,
    joined: undefined,
    incarnation: 0,
    heartbeatSequence: 0,
    ownAddresses: [],
    roster: new Map(),
    sponsors: new Set(),
    keptMembership: undefined,
    farewells: new Set(),
    standing: { shutOut: undefined, readmitted: false, witnesses: new Set(), askFromMs: 0, recovery: undefined },
    membership: new Membership(),
    dialling: new Map(),
    addressBook: new Map(),
    connected: new Set(),
    heardAtMs: new Map(),
    beatDueMs: undefined,
    invitations: new Map(),
    joining: new Map(),
    admission: newAdmissionState(),
    nextProbe: 1,
    document: newDocumentState(),
    applying: new Map(),
    tasks: new Map(),
    compiled: new Map(),
    vouched: new Map(),
    vouching: new Map(),
    ring: new RingView(),
    ...newSharedState(),
    planner: new Planner(),
    unplanned: [],
    outdated: new Set(),
    plannedUntil: 0,
    accounted: new Map(),
    ...newOccurrenceState(),
    claims: new ClaimTable(),
    electorate: { voters: new Set(), id: '', changedAt: 0, unsureUntil: -Infinity, tokenFloor: 0 },
    votersChange: undefined,
    grantsCompleteSince: 0,
    attempts: new RecentAttempts(),
    logVector: new Map(),
    logFloors: new Map(),
    pulling: new Map(),
    intake: undefined,
    compared: new Set(),
    rejectedAtMs: new Map(),
    audit: { pace: new AuditPace(), vector: new Map(), floors: new Map(), behind: new Map() },
    active: new Map(),
    activeByTask: new Map(),
    activeSinceMs: new Map(),
    disputed: new Map(),
    local: new Map(),
    asking: new Set(),
    waitingForSlot: new Set(),
    load: { slotsUsed: 0, freeMemoryBytes: 0, processorLoad: 0 },
    localPolicy: newPolicyState(identity),
    storageTrouble: undefined,
    catchingUpSinceMs: undefined,
    steady: undefined,
    ...newRequestState(),
  };
}

type OccurrenceState = Pick<
  PeerState,
  'occurrences' | 'occurrencesByTask' | 'unlisted' | 'voidNotes' | 'gaveWay' | 'unaccounted'
>;

function newOccurrenceState(): OccurrenceState {
  const lists = { occurrences: new Map(), occurrencesByTask: new Map(), gaveWay: new Map() };
  return { ...lists, unlisted: new Map(), voidNotes: new Map(), unaccounted: undefined };
}

type RequestState = Pick<PeerState, 'pending' | 'quests' | 'keeping' | 'probesThrough' | 'probesFor'>;
/** What is counted of each member. */
type ShareState = Pick<PeerState, 'outputReads' | 'offenders' | 'changePaces' | 'readPaces' | 'activeByMachine'>;

function newRequestState(): RequestState & ShareState & Pick<PeerState, 'trials'> {
  const paces = { changePaces: new Map(), readPaces: new Map() };
  const shares = { outputReads: new Map(), offenders: new Map(), activeByMachine: new Map(), ...paces };
  const probes = { probesThrough: new Map(), probesFor: new Map() };
  return { pending: new Map(), quests: new Map(), keeping: new Map(), trials: new Map(), ...probes, ...shares };
}

function newDocumentState(): PeerState['document'] {
  return {
    opened: false,
    digest: '',
    heads: [],
    vector: {},
    changesSinceSnapshot: 0,
    changeBytesSinceSnapshot: 0,
    snapshotting: false,
    reopened: 0,
  };
}

/** When something is to be done next (monotonic); undefined: nothing is. */
export function nextTimerMs({ timers, looks }: PeerState): number | undefined {
  const timerMs = timers.nextAt();
  const lookMs = looks.nextAt();
  if (timerMs === undefined || lookMs === undefined) return timerMs ?? lookMs;
  return lookMs < timerMs ? lookMs : timerMs;
}

export function emit(turn: Turn, effect: Effect): void {
  turn.effects.push(effect);
}

export function isSelfOrAlive(state: PeerState, id: MachineId): boolean {
  return id === state.self || state.membership.isAlive(id);
}
