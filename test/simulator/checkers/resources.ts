/**
 * Resources: whatever grows stays within its named limit on every machine all the time; when all is calm nothing waits
 * that nobody will answer; and what is older than retention is gone.
 */
import { AUDIT, LIMITS, TIMES } from '../../../core/config/constants.ts';
import { STORAGE } from '../../../core/config/storage.ts';
import type { PeerSizes } from '../../../core/peer/peer-sizes.ts';
import type { SimMachine } from '../sim-machine.ts';
import type { Checker, CheckScene } from './checker.ts';
import { Findings, membersOf } from './evidence.ts';

/** The most that each collection may ever hold. */
const MOST: Readonly<Partial<Record<keyof PeerSizes, number>>> = {
  tasks: LIMITS.tasksPerCluster,
  compiledSchedules: LIMITS.tasksPerCluster,
  plannedTasks: LIMITS.tasksPerCluster,
  vouchedTasks: LIMITS.tasksPerCluster,
  vouchingTasks: LIMITS.tasksPerCluster,
  trials: LIMITS.tasksPerCluster,
  openOccurrencesOfOneTask: LIMITS.openOccurrencesPerTask,
  unlistedOccurrences: LIMITS.openOccurrencesOfUnknown,
  voidNotes: LIMITS.openOccurrencesOfUnknown,
  asking: LIMITS.slots,
  localRuns: LIMITS.slots,
  roster: LIMITS.machinesPerCluster,
  connected: LIMITS.machinesPerCluster,
  dialling: LIMITS.machinesPerCluster,
  addressBook: LIMITS.machinesPerCluster,
  farewells: LIMITS.machinesPerCluster,
  logVector: LIMITS.machinesPerCluster,
  pulling: LIMITS.machinesPerCluster,
  applying: LIMITS.machinesPerCluster,
  auditWindows: 2 * AUDIT.sources,
  auditVector: LIMITS.machinesPerCluster,
  auditBehind: LIMITS.machinesPerCluster,
  invitations: LIMITS.invitations,
  joining: LIMITS.requestsAtOnce,
  recentAttempts: 50_000,
  probesForOthers: 256,
  pendingCommands: LIMITS.requestsAtOnce,
  outputQuests: LIMITS.requestsAtOnce,
  waitingRequests: LIMITS.requestsAtOnce,
  queuedEvents: LIMITS.eventQueue,
  unstoredWrites: 20_000,
};

/** What is empty when all is calm, some time or other. */
const EMPTY_IN_CALM = [
  'dialling',
  'joining',
  'farewells',
  'applying',
  'pendingCommands',
  'outputQuests',
  'waitingRequests',
  'waitingJoins',
  'queuedEvents',
  'unstoredWrites',
] as const satisfies readonly (keyof PeerSizes)[];

/** How long it is looked for a moment in which they are empty. */
const LOOK_FOR_MS = 20_000;
const LOOK_EVERY_MS = 250;
/** Rows may outlive their retention by this: pruning is an hourly matter. */
const PRUNED_WITHIN_MS = 2 * 3_600_000;

export const resources: Checker = {
  invariant: 'resources',
  check: async (scene) => {
    const findings = new Findings('resources');
    checkPeaks(scene, findings);
    for (const machine of scene.cluster.machines) {
      if (!machine.running) continue;
      checkProportions(scene, machine, findings);
      checkRows(scene, machine, findings);
    }
    await checkEmpty(scene, findings);
    return findings.violations;
  },
};

function checkPeaks({ cluster, observer }: CheckScene, findings: Findings): void {
  for (const [id, peaks] of observer.peaks) {
    for (const [name, { value, atMs }] of peaks) {
      const most = MOST[name] ?? Infinity;
      if (value > most) findings.add(atMs, `${cluster.byId(id).name} held ${value} ${name}; the limit is ${most}`);
    }
  }
}

/** What belongs to something is not more than that. */
function checkProportions({ cluster }: CheckScene, machine: SimMachine, findings: Findings): void {
  const sizes = machine.peer.sizes();
  const bounds: readonly [keyof PeerSizes, number, string][] = [
    // One an occurrence, a run that is told again, a request and a machine (dial, comparison, farewell), a dozen besides.
    [
      'timers',
      sizes.openOccurrences + sizes.localRuns + sizes.pendingCommands + sizes.outputQuests + 3 * sizes.roster + 16,
      'what there is to wait for',
    ],
    ['compiledSchedules', sizes.tasks, 'tasks'],
    ['plannedTasks', sizes.tasks, 'tasks'],
    ['vouchedTasks', sizes.tasks, 'tasks'],
    ['vouchingTasks', sizes.tasks, 'tasks'],
    ['waitingForSlot', sizes.openOccurrences, 'open occurrences'],
    ['asking', sizes.openOccurrences, 'open occurrences'],
    ['connected', sizes.roster, 'machines of the roster'],
    ['logVector', sizes.roster, 'machines of the roster'],
  ];
  for (const [name, most, what] of bounds) {
    if (sizes[name] > most) {
      findings.add(cluster.time.now, `${machine.name} holds ${sizes[name]} ${name}, more than ${what} (${most})`);
    }
  }
}

function checkRows({ cluster }: CheckScene, machine: SimMachine, findings: Findings): void {
  const { runs, grants, logs } = machine.disk.tables;
  const wallMs = machine.wallMs();
  const now = cluster.time.now;
  if (runs.size > STORAGE.runs) findings.add(now, `${machine.name} stores ${runs.size} runs`);
  // What is old follows from the clock: a machine whose clock was set waits with forgetting.
  if (now - machine.clock.setAtMs < PRUNED_WITHIN_MS) return;
  const oldestGrant = Math.min(Infinity, ...[...grants.values()].map(({ grantedAt }) => grantedAt));
  if (oldestGrant < wallMs - TIMES.grantRetentionMs - PRUNED_WITHIN_MS) {
    findings.add(now, `${machine.name} stores a grant of ${new Date(oldestGrant).toISOString()}`);
  }
  for (const { records } of logs.values()) {
    const oldest = records[0]?.recordedAt ?? Infinity;
    if (oldest >= wallMs - TIMES.runRetentionMs - PRUNED_WITHIN_MS) continue;
    findings.add(now, `${machine.name} stores a record of ${new Date(oldest).toISOString()}`);
  }
}

/** Looks until each was seen empty once: what is never empty waits for something that will not come. */
async function checkEmpty(scene: CheckScene, findings: Findings): Promise<void> {
  const { cluster } = scene;
  const members = membersOf(scene);
  const never = new Map(members.map((machine) => [machine, new Set<keyof PeerSizes>(EMPTY_IN_CALM)]));
  for (const [machine, names] of never) {
    // Who is away for good is dialled for ever.
    if (machine.peer.view.machines().length > members.length) names.delete('dialling');
  }
  const begin = cluster.time.now;
  while (cluster.time.now - begin < LOOK_FOR_MS && [...never.values()].some((names) => names.size > 0)) {
    for (const [machine, names] of never) {
      const sizes = machine.peer.sizes();
      for (const name of names) if (sizes[name] === 0) names.delete(name);
    }
    await cluster.run(LOOK_EVERY_MS);
  }
  for (const [machine, names] of never) {
    for (const name of names) {
      findings.add(cluster.time.now, `${machine.name} never has 0 ${name}, but ${machine.peer.sizes()[name]}`);
    }
  }
}
