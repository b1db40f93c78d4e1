/**
 * What befalls disks. Each fault passes by itself after a while, as when somebody makes room or a cable sits again; what
 * it has destroyed stays so. One database is destroyed at a time, and only where another machine that runs holds all that was in it:
 * what nobody else has is lost with it in any design.
 */
import type { CommitFate, MemoryDisk } from '../../fakes/memory-disk.ts';
import type { SimMachine } from '../sim-machine.ts';
import { lastingMs } from './chance.ts';
import type { Fault, FaultScene } from './fault.ts';
import { bootLater } from './machines.ts';

const MINUTE = 60_000;
/** A power cut is set for one of the next commits. */
const COMMITS_AHEAD = 8;
const SLOWEST_COMMIT_MS = 4000;
const DOWN_MAX_MS = 5 * MINUTE;

export const STORAGE_FAULTS: readonly Fault[] = [
  fault('disk full', (scene) => {
    const { disk } = pick(scene);
    disk.full = true;
    later(scene, 500, 10 * MINUTE, () => (disk.full = false));
  }),
  fault('write error', (scene) => {
    const { disk } = pick(scene);
    disk.failsWrites = true;
    later(scene, 100, 5 * MINUTE, () => (disk.failsWrites = false));
  }),
  fault('commit failed', (scene) => {
    const { random } = scene;
    decide(pick(scene).disk, 1 + random.below(COMMITS_AHEAD), random.fraction() < 0.5 ? 'full' : 'failed');
  }),
  fault('read error', (scene) => {
    pick(scene).disk.failingReads = 1 + scene.random.below(4);
  }),
  fault('slow disk', (scene) => {
    const { disk } = pick(scene);
    const { random } = scene;
    disk.commitMs = () => lastingMs(random, 1, SLOWEST_COMMIT_MS);
    later(scene, 1000, 2 * MINUTE, () => (disk.commitMs = undefined));
  }),
  fault('power lost in a commit', (scene) => {
    const { random } = scene;
    const machine = pick(scene);
    decide(machine.disk, 1 + random.below(COMMITS_AHEAD), random.fraction() < 0.5 ? 'cut-before' : 'cut-after');
    watchForCut(scene, machine);
  }),
  fault('snapshot lost', (scene) => {
    whileDown(scene, (machine) => {
      machine.disk.loseSnapshot();
    });
  }),
  fault('snapshot unreadable', (scene) => {
    whileDown(scene, (machine) => {
      machine.disk.spoilSnapshot();
    });
  }),
  fault('database destroyed', (scene) => {
    whileDown(scene, (machine) => {
      if (isHeldElsewhere(scene, machine) && nobodyRecovers(scene)) machine.disk.destroy(Math.floor(machine.wallMs()));
    });
  }),
];

function fault(name: string, befall: Fault['befall']): Fault {
  return { name, family: 'storage', befall, calm };
}

function calm({ cluster }: FaultScene): void {
  for (const { disk } of cluster.machines) disk.mend();
}

function pick({ cluster, random }: FaultScene): SimMachine {
  return random.pick(cluster.machines);
}

function later({ cluster, random }: FaultScene, minMs: number, maxMs: number, act: () => void): void {
  cluster.time.after(lastingMs(random, minMs, maxMs), act);
}

/** The disk does so with the commit that comes as the `count`th from now, and only with that. */
function decide(disk: MemoryDisk, count: number, fate: CommitFate): void {
  const at = disk.commits + count;
  disk.fate = (commit) => {
    if (commit < at) return 'stored';
    disk.fate = undefined;
    return fate;
  };
}

/** Whoever loses power in a commit is switched on again some time after. */
function watchForCut(scene: FaultScene, machine: SimMachine): void {
  for (const delayMs of [MINUTE, 5 * MINUTE, 15 * MINUTE]) bootLater(scene, machine, delayMs);
}

/** Something happens to the disk of a machine without power, before it is started again. */
function whileDown(scene: FaultScene, act: (machine: SimMachine) => void): void {
  const machine = pick(scene);
  if (!machine.running) return;
  machine.losePower();
  act(machine);
  bootLater(scene, machine, lastingMs(scene.random, 100, DOWN_MAX_MS));
}

/** One database at a time: while one is filled again, what the others hold must stay. */
function nobodyRecovers({ cluster }: FaultScene): boolean {
  return !cluster.machines.some(({ recovering }) => recovering);
}

/** True when a machine that runs holds every change and every record that this one holds. */
export function isHeldElsewhere({ cluster }: Pick<FaultScene, 'cluster'>, machine: SimMachine): boolean {
  const { changeKeys, logs } = machine.disk.tables;
  return cluster.machines.some((other) => {
    if (other === machine || !other.running || other.peer.view.phase !== 'active') return false;
    const theirs = other.disk.tables;
    for (const key of changeKeys) if (!theirs.changeKeys.has(key)) return false;
    for (const [id, { extent }] of logs) if ((theirs.logs.get(id)?.extent.head ?? 0) < extent.head) return false;
    return true;
  });
}
