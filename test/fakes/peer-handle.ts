/**
 * A working peer in memory: it keeps tasks, machines and runs, carries out every command, and tells of changes. It has
 * no mesh and executes nothing; tests add runs and output by hand.
 */
import type { KeptChannel } from '../../core/document/channel-changes.ts';
import type { KeptCalendar } from '../../core/document/calendar-changes.ts';
import type { ClusterSettings, ConflictValue, Revision, VouchProblem } from '../../core/document/document-protocol.ts';
import type { AuditAction, AuditRecord } from '../../core/domain/audit-record.ts';
import {
  type MachineId,
  type RunId,
  type TaskId,
  clusterIdOf,
  runIdOf,
  triggeredOccurrenceId,
} from '../../core/domain/ids.ts';
import { rosterEntrySchema } from '../../core/domain/machine.ts';
import { ACTIVE_STATES, type Run, type RunRecord } from '../../core/domain/run.ts';
import { FACET_NAMES, type FacetName, type Task, type TaskDefinition } from '../../core/domain/task.ts';
import { tasksTelling } from '../../core/peer/channel-view.ts';
import { tasksNaming } from '../../core/peer/calendar-view.ts';
import type { AuditFields } from '../../core/peer/audit-steps.ts';
import type {
  Command,
  CommandKind,
  CommandOf,
  CommandValues,
  InvitationValue,
  NearbyValue,
} from '../../core/peer/commands.ts';
import type { PeerHandle } from '../../core/peer/peer-handle.ts';
import type {
  AskedPairingView,
  MachineView,
  OwnPairingView,
  PeerChange,
  PeerPhase,
  PeerView,
  SecretView,
  WarningView,
} from '../../core/peer/peer-view.ts';
import { spansOf, switchesWith, type OutputSpan } from '../../core/domain/output-spans.ts';
import type { OutputChunk } from '../../core/ports/output-store.ts';
import type { RunFilter, RunPage, RunQueries } from '../../core/ports/run-queries.ts';
import { AppErrorException, appError } from '../../core/std/app-error.ts';
import { type Result, err, ok } from '../../core/std/result.ts';
import { fitsWord } from './memory-run-queries.ts';
import { figuresOf, usualTimesOf } from './memory-statistics.ts';
import { carryOut } from './peer-commands.ts';
import { departureOf, ownersOf, placementOf, ringOf } from './peer-ring.ts';

export const MACHINES = {
  alpha: '12D3KooWAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' as MachineId,
  beta: '12D3KooWBbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb' as MachineId,
  gamma: '12D3KooWGggggggggggggggggggggggggggggggggggggggggggg' as MachineId,
};

export const EPOCH = Date.UTC(2026, 0, 1);

export interface FakePeer extends PeerHandle {
  phase: PeerPhase;
  cluster: ClusterSettings | undefined;
  readonly commands: Command[];
  readonly tasksById: Map<TaskId, Task>;
  readonly machinesById: Map<MachineId, MachineView>;
  readonly runsById: Map<RunId, Run>;
  readonly output: Map<RunId, { bytes: Uint8Array; complete: boolean; errors?: readonly OutputSpan[] }>;
  readonly revisions: Revision[];
  readonly conflictValues: ConflictValue[];
  /** What is wrong with facets of all tasks. */
  readonly problems: Map<FacetName, { readonly problem: VouchProblem }>;
  readonly warnings: WarningView[];
  readonly pairings: AskedPairingView[];
  ownPairing: OwnPairingView | undefined;
  readonly invitations: InvitationValue[];
  /** What an invitation is made of; valid from this instant on. */
  invitation: { readonly token: string; readonly from: number };
  readonly nearby: NearbyValue[];
  readonly secretsByName: Map<string, SecretView>;
  readonly calendarsByName: Map<string, KeptCalendar>;
  readonly channelsByName: Map<string, KeptChannel>;
  /** What hosts told the audit log, oldest first. */
  readonly notes: (AuditFields & { readonly action: AuditAction })[];
  /** The audit logs, newest first; tests add to it. */
  readonly audits: AuditRecord[];
  /** How many subscribers there are. */
  readonly listeners: Set<(change: PeerChange) => void>;
  emit(change: PeerChange): void;
  addRun(change: Partial<Run> & { taskId: TaskId }): Run;
  addTask(definition: TaskDefinition): Task;
  stopped: boolean;
}

/** @param machines names of machines besides `alpha`, which is the peer itself. */
export function createFakePeer(machines: readonly ('beta' | 'gamma')[] = ['beta']): FakePeer {
  const listeners = new Set<(change: PeerChange) => void>();
  const audits: AuditRecord[] = [];
  const deleted = new Map<TaskId, Task>();
  let clockMs = EPOCH;
  let sequence = 0;
  const peer: FakePeer = {
    phase: 'active',
    cluster: { id: clusterIdOf(MACHINES.alpha), name: 'home', root: MACHINES.alpha, createdAt: EPOCH },
    commands: [],
    tasksById: new Map(),
    machinesById: new Map((['alpha', ...machines] as const).map((name) => [MACHINES[name], machineView(name)])),
    runsById: new Map(),
    output: new Map(),
    revisions: [],
    conflictValues: [],
    problems: new Map(),
    warnings: [],
    pairings: [],
    ownPairing: undefined,
    invitations: [],
    invitation: { token: 'carillon1-fake', from: EPOCH },
    nearby: [],
    secretsByName: new Map(),
    calendarsByName: new Map(),
    channelsByName: new Map(),
    notes: [],
    audits,
    listeners,
    stopped: false,
    emit: (change) => {
      for (const listener of listeners) listener(change);
    },
    addTask: (definition) => {
      const origin = { revision: 1, author: MACHINES.alpha, changedAt: (clockMs += 1000) };
      const task: Task = {
        ...definition,
        origins: { about: origin, schedule: origin, action: origin, placement: origin, policy: origin, notify: origin },
        conflicts: [],
        createdAt: clockMs,
      };
      peer.tasksById.set(task.id, task);
      peer.emit({ kind: 'tasks', ids: [task.id] });
      return task;
    },
    addRun: (change) => {
      const run = fakeRun((sequence += 1), change);
      peer.runsById.set(run.id, run);
      peer.emit({ kind: 'run', record: run });
      return run;
    },
    get view() {
      return viewOf(peer);
    },
    runs: queriesOf(() => [...peer.runsById.values()], audits),
    execute: async <K extends CommandKind>(command: CommandOf<K>) => {
      peer.commands.push(command);
      return (await carryOut(peer, deleted, command)) as Result<CommandValues[K]>;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    noteAudit: (action, fields) => {
      peer.notes.push({ action, ...fields });
    },
    readOutput: async (run, offset, limit) => readOutput(peer, run, offset, limit),
    history: async (id) => ok(peer.revisions.filter(({ taskId }) => taskId === id)),
    signatures: async (id) => {
      const task = peer.tasksById.get(id);
      if (task === undefined) return err(appError('TASK_NOT_FOUND', `there is no task "${id}"`));
      const written = FACET_NAMES.filter((facet) => task[facet] !== undefined);
      return ok(written.map((facet) => ({ facet, ...task.origins[facet], ...peer.problems.get(facet) })));
    },
    conflicts: async () => ok(peer.conflictValues),
    stop: async () => {
      peer.stopped = true;
    },
  };
  return peer;
}

function machineView(name: keyof typeof MACHINES): MachineView {
  const entry = rosterEntrySchema.parse({
    id: MACHINES[name],
    name,
    roles: name === 'alpha' ? ['admin', 'editor', 'executor'] : ['editor', 'executor'],
    addedBy: MACHINES.alpha,
    addedAt: EPOCH,
  });
  return {
    entry,
    self: name === 'alpha',
    fingerprint: '7Q2M-K0RD-3XVA-9FTC',
    state: 'alive',
    stateReason: 'heard a moment ago',
    lastSeenAt: EPOCH + 5000,
    facts: { operatingSystem: 'linux', architecture: 'x64', version: '0.1.0', timeZoneDataVersion: '2026c', slots: 4 },
    load: { slotsUsed: 0, freeMemoryBytes: 1 << 30, processorLoad: 0.1 },
    clockSkewMs: name === 'alpha' ? undefined : 3,
    ownedTasks: 1,
    runLogSequence: 7,
    announcedLogSequence: 7,
    addresses: ['/ip4/127.0.0.1/tcp/4001'],
  };
}

function viewOf(peer: FakePeer): PeerView {
  const active = (): Run[] => [...peer.runsById.values()].filter((run) => ACTIVE_STATES.has(run.state));
  return {
    self: MACHINES.alpha,
    selfName: peer.cluster === undefined ? 'alpha' : (peer.machinesById.get(MACHINES.alpha)?.entry.name ?? 'alpha'),
    version: '0.1.0',
    phase: peer.phase,
    ownPairing: peer.ownPairing,
    pairings: peer.pairings,
    startedAt: EPOCH,
    cluster: peer.cluster,
    addresses: [`/ip4/127.0.0.1/tcp/4001/p2p/${MACHINES.alpha}`],
    documentHeads: ['a'.repeat(64)],
    documentDigest: 'd'.repeat(64),
    shutOut: undefined,
    warnings: peer.warnings,
    machines: () => [...peer.machinesById.values()],
    formerMachines: () =>
      [...peer.machinesById.values()]
        .filter(({ entry }) => entry.removed)
        .map(({ entry: { id, name } }) => ({ id, name })),
    nameOf: (id) => peer.machinesById.get(id)?.entry.name,
    secrets: () => [...peer.secretsByName.values()],
    calendars: () =>
      [...peer.calendarsByName].map(([name, kept]) => ({
        name,
        ...kept,
        tasks: tasksNaming(peer.tasksById.values(), name),
      })),
    get calendarBook() {
      return new Map([...peer.calendarsByName].map(([name, { calendar }]) => [name, calendar]));
    },
    channels: () =>
      [...peer.channelsByName].map(([name, kept]) => ({
        name,
        ...kept,
        tasks: tasksTelling(peer.tasksById.values(), name),
        waiting: 0,
        failure: undefined,
        sentAt: undefined,
      })),
    tasks: () => [...peer.tasksById.values()],
    task: (id) => peer.tasksById.get(id),
    placement: (id) => (peer.tasksById.has(id) ? placementOf(peer) : undefined),
    placementOf: () => placementOf(peer),
    targets: () => placementOf(peer).targets,
    ring: () => ({ machines: ringOf(peer), owners: ownersOf(peer) }),
    departure: (id) => departureOf(peer, id),
    nextDue: (id) => (peer.tasksById.has(id) ? EPOCH + 86_400_000 : undefined),
    activeRuns: active,
    activeRun: (id) => active().find((run) => run.id === id),
  };
}

/** A run that succeeded, unless told otherwise. @param number distinguishes it and orders its instants. */
export function fakeRun(number: number, change: Partial<Run> & { taskId: TaskId }): Run {
  const machineId = change.machineId ?? MACHINES.alpha;
  const occurrenceId = change.occurrenceId ?? triggeredOccurrenceId(change.taskId, `trigger-${number}`, '');
  const dueAt = EPOCH + number * 60_000;
  const record: RunRecord = {
    recorderId: machineId,
    sequence: number,
    recordedAt: dueAt + 2000,
    id: runIdOf(occurrenceId, change.attempt ?? 1, machineId),
    taskId: change.taskId,
    occurrenceId,
    slot: '',
    attempt: 1,
    machineId,
    state: 'succeeded',
    cause: { kind: 'schedule' },
    nominalAt: dueAt,
    dueAt,
    claimedAt: dueAt + 10,
    startedAt: dueAt + 20,
    finishedAt: dueAt + 1500,
    exitCode: 0,
  };
  return { ...record, duplicate: false, ...change };
}

function queriesOf(all: () => readonly Run[], audits: readonly AuditRecord[]): RunQueries {
  return {
    audit: async ({ text = '', action, machineId }, limit, cursor) => {
      const fits = (record: AuditRecord): boolean =>
        (action === undefined || record.action === action) &&
        (machineId === undefined || record.recorderId === machineId || record.by === machineId) &&
        `${record.subject} ${record.detail}`.includes(text);
      const start = Number(cursor ?? 0);
      const found = audits.filter(fits);
      const records = found.slice(start, start + limit);
      return start + limit < found.length ? { records, nextCursor: String(start + limit) } : { records };
    },
    page: async (filter, limit, cursor): Promise<RunPage> => {
      const start = cursor === undefined ? 0 : Number(cursor);
      if (!Number.isInteger(start)) {
        throw new AppErrorException(appError('INVALID_INPUT', `"${cursor}" is not a cursor`, { field: 'cursor' }));
      }
      const found = all()
        .filter((run) => matches(run, filter))
        .sort((a, b) => b.dueAt - a.dueAt || (a.id < b.id ? 1 : -1));
      const runs = found.slice(start, start + limit);
      return start + runs.length < found.length ? { runs, nextCursor: String(start + runs.length) } : { runs };
    },
    byId: async (id) => all().find((run) => run.id === id),
    totals: async (since) => {
      const counts = new Map<string, { taskId: TaskId; state: Run['state']; count: number }>();
      for (const run of all().filter(({ nominalAt }) => nominalAt >= since)) {
        const key = `${run.taskId} ${run.state}`;
        counts.set(key, { taskId: run.taskId, state: run.state, count: (counts.get(key)?.count ?? 0) + 1 });
      }
      return [...counts.values()];
    },
    statistics: async (question) => figuresOf(all(), question),
    usual: async (tasks) => usualTimesOf(all(), tasks),
    close: async () => undefined,
  };
}

function matches(run: Run, filter: RunFilter): boolean {
  if (filter.taskId !== undefined && run.taskId !== filter.taskId) return false;
  if (filter.machineId !== undefined && run.machineId !== filter.machineId) return false;
  if (filter.occurrenceId !== undefined && run.occurrenceId !== filter.occurrenceId) return false;
  if (filter.states !== undefined && !filter.states.includes(run.state)) return false;
  if (filter.since !== undefined && run.nominalAt < filter.since) return false;
  if (filter.until !== undefined && run.nominalAt >= filter.until) return false;
  return (filter.words ?? []).every((word) => fitsWord(run, word));
}

function readOutput(peer: FakePeer, run: RunId, offset: number, limit: number): Result<OutputChunk> {
  const held = peer.output.get(run);
  if (held === undefined) {
    const code = peer.runsById.has(run) ? 'OUTPUT_NOT_AVAILABLE' : 'RUN_NOT_FOUND';
    return err(appError(code, `no output of run "${run}"`));
  }
  const data = held.bytes.slice(offset, offset + limit);
  const { spans } = spansOf(switchesWith([], 0, held.errors ?? []), offset, data.length, Infinity);
  const { length: size } = held.bytes;
  return ok({ data, offset: Math.min(offset, size), size, complete: held.complete, errors: spans });
}
