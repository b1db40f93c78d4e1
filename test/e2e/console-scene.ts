/**
 * Scenes for the console page: the real console server on a free port, with the peer in memory behind it. What the
 * scenes show lies around the present moment, because the page tells instants as distances from now.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Console, startConsole } from '../../agent/console/server.ts';
import { openLocalPolicy } from '../../agent/local-policy.ts';
import { openStateStore } from '../../core/adapters/sqlite/state-store.ts';
import { definitionInput } from '../../core/api/task-schemas.ts';
import type { MachineId, TaskId } from '../../core/domain/ids.ts';
import type { Run } from '../../core/domain/run.ts';
import type { Task, TaskDefinition } from '../../core/domain/task.ts';
import type { AskedPairingView, MachineView, PlacementView } from '../../core/peer/peer-view.ts';
import { compileSchedule, nextOccurrence } from '../../core/scheduling/occurrence.ts';
import { type FakePeer, MACHINES, createFakePeer } from '../fakes/peer-handle.ts';
import { quietLogger } from '../fakes/quiet-logger.ts';
import { liveDeparture, liveRing, ownerAmong, presentOf } from './live-ring.ts';

export interface Scene {
  readonly peer: FakePeer;
  readonly server: Console;
  readonly dataFolder: string;
  close(): Promise<void>;
}

const RENDERER_FOLDER = join(import.meta.dirname, '../../out/renderer');

/** Serves a peer; its tasks come due by their own schedules and are spread over the machines that are there. */
export async function openScene(peer: FakePeer): Promise<Scene> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'carillon-scene-'));
  makeDatabase(dataFolder);
  const started = await startConsole({
    policy: openLocalPolicy(dataFolder),
    peer: withLiveView(peer),
    port: 0,
    dataFolder,
    rendererFolder: RENDERER_FOLDER,
    logger: quietLogger,
  });
  if (!started.ok) throw new Error(started.error.message);
  const server = started.value;
  return {
    peer,
    server,
    dataFolder,
    close: async () => {
      await server.close();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

/** An empty database, so that a backup of it can be made. */
function makeDatabase(dataFolder: string): void {
  const opened = openStateStore({ dataFolder, logger: quietLogger, now: () => Date.now(), reserveBytes: 4096 });
  if (!opened.ok) throw new Error(opened.error.message);
  opened.value.close();
}

/** A cluster of three machines with eight tasks, something running, and a bit of everything in its history. */
export function livelyPeer(): FakePeer {
  const peer = createFakePeer(['beta', 'gamma']);
  const now = Date.now();
  peer.cluster = { id: peer.cluster?.id ?? ('x' as never), name: 'Lindenhof', root: MACHINES.alpha, createdAt: now };
  dress(peer, 'alpha', 'workbench', { slotsUsed: 2, slots: 8, lastSeenAt: now });
  dress(peer, 'beta', 'nas', { slotsUsed: 1, slots: 4, lastSeenAt: now - 800, clockSkewMs: 2340 });
  dress(peer, 'gamma', 'attic-pi', { slotsUsed: 0, slots: 2, lastSeenAt: now - 252_000, state: 'dead' });
  for (const [id, name, schedule, extra] of LIVELY_TASKS) addTask(peer, id, name, schedule, extra);
  addHistory(peer, now);
  return peer;
}

/** A peer with this many tasks and nothing else to look at. */
export function crowdedPeer(count: number): FakePeer {
  const peer = createFakePeer(['beta', 'gamma']);
  for (let number = 1; number <= count; number += 1) {
    const minute = number % 60;
    addTask(peer, `task-${number}`, `Import feed ${number}`, { cron: `${minute} ${number % 24} * * *` });
  }
  return peer;
}

interface When {
  readonly cron?: string;
  readonly everyMs?: number;
}

const LIVELY_TASKS: readonly [string, string, When, { suspended?: boolean; tags?: string[] }?][] = [
  ['nightly-backup', 'Nightly backup', { cron: '30 2 * * *' }],
  ['photo-index', 'Index new photos', { everyMs: 900_000 }],
  ['certificates', 'Renew certificates', { cron: '15 4 * * 1' }],
  ['health-check', 'Health check of the services', { everyMs: 360_000 }],
  ['database-dump', 'Database dump', { cron: '0 */6 * * *' }],
  ['mirror-packages', 'Mirror packages', { cron: '5 1 * * *' }, { suspended: true }],
  ['thumbnails', 'Thumbnails for the gallery', { everyMs: 3_600_000 }],
  ['firmware', 'Update firmware', {}],
];

/** Adds one task that prints something. */
export function addTask(
  peer: FakePeer,
  id: string,
  name: string,
  when: When,
  extra: { suspended?: boolean; tags?: string[] } = {},
): Task {
  const triggers = [
    ...(when.cron === undefined ? [] : [{ kind: 'cron', expression: when.cron }]),
    ...(when.everyMs === undefined ? [] : [{ kind: 'interval', everyMs: when.everyMs }]),
  ];
  return peer.addTask(
    definitionInput.parse({
      id,
      about: { name, ...extra },
      schedule: { triggers, timeZone: 'Europe/Berlin' },
      action: { type: 'command', argv: ['/usr/bin/true'] },
    }),
  );
}

function dress(
  peer: FakePeer,
  machine: keyof typeof MACHINES,
  name: string,
  change: { slotsUsed: number; slots: number; lastSeenAt: number; state?: MachineView['state']; clockSkewMs?: number },
): void {
  const id = MACHINES[machine];
  const view = peer.machinesById.get(id);
  if (view?.facts === undefined || view.load === undefined) throw new Error(`no machine ${machine}`);
  const { slotsUsed, slots, lastSeenAt, state = 'alive', clockSkewMs = view.clockSkewMs } = change;
  peer.machinesById.set(id, {
    ...view,
    entry: { ...view.entry, name },
    state,
    stateReason: state === 'dead' ? 'no sign of life, and two others could not reach it' : 'heard a moment ago',
    lastSeenAt,
    clockSkewMs,
    facts: { ...view.facts, slots },
    load: { ...view.load, slotsUsed, freeMemoryBytes: 6 * 2 ** 30, processorLoad: 0.18 },
  });
}

function addHistory(peer: FakePeer, now: number): void {
  const minute = 60_000;
  const at = (ago: number, tookMs: number, lateMs = 40): Partial<Run> => ({
    nominalAt: now - ago,
    dueAt: now - ago,
    claimedAt: now - ago + 12,
    startedAt: now - ago + lateMs,
    finishedAt: now - ago + lateMs + tookMs,
    recordedAt: now - ago + lateMs + tookMs,
    fencingToken: 41,
  });
  const add = (task: string, change: Partial<Run>): Run => peer.addRun({ taskId: task as TaskId, ...change });
  const { alpha, beta, gamma } = MACHINES;
  for (let back = 40; back >= 1; back -= 1) {
    add('health-check', { ...at((back * 6 - 5) * minute, 1200 + back * 17, 20 + back), machineId: beta });
  }
  add('nightly-backup', { ...at(510 * minute, 14 * minute), machineId: beta });
  add('certificates', {
    ...at(300 * minute, 4100),
    exitCode: 1,
    state: 'failed',
    reason: { code: 'EXIT', text: 'exit code 1: the order was rejected (rate limit)' },
  });
  add('database-dump', {
    ...at(95 * minute, 64_000),
    machineId: gamma,
    state: 'lost',
    reason: { code: 'MACHINE_DEAD', text: 'attic-pi died while it ran; workbench took over' },
  });
  add('database-dump', { ...at(94 * minute, 58_000, 900), machineId: alpha, attempt: 2 });
  add('thumbnails', {
    ...at(31 * minute, 10 * minute),
    machineId: beta,
    state: 'timed-out',
    reason: { code: 'TIMEOUT', text: 'ran longer than its limit of 10 min' },
  });
  add('photo-index', {
    nominalAt: now - 16 * minute,
    dueAt: now - 16 * minute,
    recordedAt: now - 16 * minute,
    state: 'skipped',
    reason: { code: 'OVERLAP', text: 'the run before it was still going' },
    ...NEVER_STARTED,
  });
  const running = add('photo-index', { ...at(7.2 * minute, 0), machineId: beta, state: 'running', progress: 0.62 });
  const dump = add('database-dump', { ...at(0.8 * minute, 0, 1850), machineId: alpha, state: 'running' });
  for (const run of [running, dump]) {
    const { finishedAt: _finished, exitCode: _exit, ...rest } = run;
    peer.runsById.set(run.id, rest);
  }
  peer.output.set(running.id, { bytes: new TextEncoder().encode(SAMPLE_OUTPUT), complete: false });
}

const NEVER_STARTED = {
  claimedAt: undefined,
  startedAt: undefined,
  finishedAt: undefined,
  exitCode: undefined,
} as unknown as Partial<Run>;

export const SAMPLE_OUTPUT = [
  '\u001b[1mIndexing\u001b[0m /srv/photos, 4 workers',
  ...Array.from(
    { length: 46 },
    (_, index) => `  2026/11/IMG_${4200 + index}.jpg  \u001b[32mok\u001b[0m  ${180 + ((index * 37) % 90)} ms`,
  ),
  '  2026/11/IMG_4246.jpg  \u001b[33mskipped\u001b[0m  no EXIF date',
  '  2026/11/IMG_4247.jpg  \u001b[31mfailed\u001b[0m  truncated file',
  ' 62 % [############        ] 1,240 of 2,000',
  '',
].join('\n');

/** The same peer, whose tasks come due by their schedules and have owners among the machines that are alive. */
function withLiveView(peer: FakePeer): FakePeer {
  return new Proxy(peer, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (key !== 'view') return value;
      const view = target.view;
      const ownerOf = (id: TaskId) => {
        const task = view.task(id);
        return task === undefined ? undefined : ownerAmong(presentOf(view), task);
      };
      return {
        ...view,
        ring: () => liveRing(view),
        departure: (id: MachineId) => liveDeparture(view, id),
        machines: () => {
          const owned = new Map(liveRing(view).machines.map(({ id, tasks }) => [id, tasks]));
          return view.machines().map((machine) => ({ ...machine, ownedTasks: owned.get(machine.entry.id) ?? 0 }));
        },
        placement: (id: TaskId): PlacementView | undefined => {
          const placement = view.placement(id);
          return placement === undefined ? undefined : { ...placement, owner: ownerOf(id) };
        },
        placementOf: (definition: TaskDefinition): PlacementView => {
          const owner = ownerAmong(presentOf(view), definition);
          return { ...view.placementOf(definition), owner };
        },
        targets: (id: TaskId) => {
          const owner = ownerOf(id);
          return owner === undefined ? [] : [owner];
        },
        nextDue: (id: TaskId) => {
          const task = view.task(id);
          const compiled = task === undefined ? undefined : compileSchedule(task.schedule);
          return compiled?.ok === true ? nextOccurrence(compiled.value, Date.now()) : undefined;
        },
      };
    },
  });
}

/** A machine of no cluster. */
export const STRANGER = MACHINES.gamma.replaceAll('G', 'D') as typeof MACHINES.gamma;

/** A machine asks this one to be let in. */
export function askToJoin(peer: FakePeer, change: Partial<AskedPairingView> = {}): void {
  const now = Date.now();
  peer.pairings.push({
    id: STRANGER,
    fingerprint: 'AAAA-BBBB-CCCC-DDDD',
    name: 'new-laptop',
    labels: { room: 'office' },
    remoteAddress: '/ip4/192.168.1.77/tcp/4001',
    digits: '204817',
    confirmed: true,
    approved: false,
    askedAt: now,
    expiresAt: now + 300_000,
    ...change,
  });
  peer.emit({ kind: 'cluster' });
}
