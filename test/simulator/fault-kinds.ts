/** What may befall a cluster: faults of machines and networks, and people who change their minds. */
import type { TaskDefinition } from '../../core/domain/task.ts';
import type { Command } from '../../core/peer/commands.ts';
import type { FaultFamily } from './faults/fault.ts';
import type { Observer } from './observer.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimCluster } from './sim-cluster.ts';
import type { SimMachine } from './sim-machine.ts';

const KINDS = [
  'kill',
  'power',
  'boot',
  'split',
  'isolate',
  'one-way',
  'heal',
  'slow',
  'full',
  'roomy',
  'clock',
  'stop',
  'pause',
  'blackout',
  'flap',
  'edit',
  'suspend',
  'delete',
  'run',
  'cancel',
  'drain',
] as const;
export type FaultKind = (typeof KINDS)[number];

const FAMILY_OF: Readonly<Partial<Record<FaultKind, FaultFamily>>> = {
  full: 'storage',
  roomy: 'storage',
  clock: 'clock',
  split: 'network',
  isolate: 'network',
  'one-way': 'network',
  heal: 'network',
  slow: 'network',
  flap: 'network',
  edit: 'people',
  suspend: 'people',
  delete: 'people',
  run: 'people',
  cancel: 'people',
  drain: 'people',
};

/** Every kind with the family that it belongs to. */
export const FAULT_KINDS: readonly (readonly [kind: FaultKind, family: FaultFamily])[] = KINDS.map((kind) => [
  kind,
  FAMILY_OF[kind] ?? 'crash',
]);

/** Each seed has its own set of faults, so that rare combinations happen often somewhere. */
export function swarm(random: SeededRandom): FaultKind[] {
  const chosen = KINDS.filter(() => random.fraction() < 0.5);
  return [...new Set<FaultKind>([...chosen, 'boot', 'heal', 'roomy'])];
}

export interface FaultScene {
  readonly cluster: SimCluster;
  readonly observer: Observer;
  readonly random: SeededRandom;
  /** Tasks that people edit, suspend and delete. */
  readonly volatile: readonly TaskDefinition[];
  /** Tasks that people only run and cancel. */
  readonly steady: readonly TaskDefinition[];
  readonly trace: ((line: string) => void) | undefined;
}

/** Lets one fault of the kind happen, to whom chance will have it. */
export async function befall(scene: FaultScene, kind: FaultKind): Promise<void> {
  const { cluster, random } = scene;
  const machine = random.pick(cluster.machines);
  scene.trace?.(`${cluster.time.now.toFixed(0)} FAULT ${kind} ${machine.name}`);
  switch (kind) {
    case 'kill':
      return machine.kill();
    case 'power':
      return machine.losePower();
    case 'stop': {
      if (machine.paused) return;
      const stopping = machine.stop();
      await cluster.run(50);
      return stopping;
    }
    case 'boot':
      return bootAll(cluster);
    case 'blackout':
      if (random.fraction() > 0.3) return;
      for (const other of cluster.machines) other.losePower();
      return;
    case 'pause':
      return machine.pause(random.fraction() < 0.7 ? random.below(8000) : random.below(90_000));
    case 'full':
      machine.disk.full = true;
      return;
    case 'roomy':
      for (const other of cluster.machines) other.disk.full = false;
      return;
    case 'clock':
      machine.clockOffsetMs = random.below(6000) - 3000;
      return;
    case 'split':
    case 'isolate':
    case 'one-way':
    case 'heal':
    case 'slow':
    case 'flap':
      return network(scene, kind, machine);
    default:
      return people(scene, kind, machine);
  }
}

/** Ends every fault. */
export async function calm({ cluster, observer }: FaultScene): Promise<void> {
  cluster.network.heal();
  cluster.network.faults.maxDelayMs = 2;
  cluster.network.faults.lossRate = 0;
  for (const machine of cluster.machines) machine.disk.full = false;
  await bootAll(cluster);
  // Whoever was asleep at the end wakes first.
  await observer.run(100_000);
  for (const { id } of cluster.machines) {
    if (observer.drained.delete(id)) await cluster.command(0, { kind: 'drain-machine', id, drained: false });
  }
}

async function bootAll(cluster: SimCluster): Promise<void> {
  for (const machine of cluster.machines) if (!machine.running) await machine.boot();
}

async function network(
  { cluster, observer, random }: FaultScene,
  kind: 'split' | 'isolate' | 'one-way' | 'heal' | 'slow' | 'flap',
  machine: SimMachine,
): Promise<void> {
  const ids = cluster.machines.map((other) => other.id);
  switch (kind) {
    case 'split': {
      const cut = 1 + random.below(ids.length - 1);
      return cluster.network.split(ids.slice(0, cut), ids.slice(cut));
    }
    case 'isolate':
      return cluster.network.split(
        [machine.id],
        ids.filter((id) => id !== machine.id),
      );
    case 'one-way':
      return cluster.network.cut(machine.id, random.pick(ids));
    case 'heal':
      return cluster.network.heal();
    case 'slow':
      cluster.network.faults.maxDelayMs = 2 + random.below(400);
      cluster.network.faults.lossRate = random.fraction() * 0.3;
      return;
    case 'flap':
      for (let count = 0; count < 5; count += 1) {
        cluster.network.split(
          [machine.id],
          ids.filter((id) => id !== machine.id),
        );
        await observer.run(300 + random.below(3000));
        cluster.network.heal();
        await observer.run(300 + random.below(2000));
      }
      return;
  }
}

async function people(
  { cluster, observer, random, volatile, steady }: FaultScene,
  kind: 'edit' | 'suspend' | 'delete' | 'run' | 'cancel' | 'drain',
  machine: SimMachine,
): Promise<void> {
  if (!machine.running || machine.paused) return;
  const task = random.pick(volatile);
  const ask = async (command: Command): Promise<void> => {
    // Refusals are as good an answer as any; no answer at all is found by what follows.
    void machine.peer.execute(command);
    await cluster.run(100);
  };
  switch (kind) {
    case 'edit': {
      const expression = `*/${random.pick([7, 10, 20])} * * * * *`;
      const schedule = { ...task.schedule, triggers: [{ kind: 'cron' as const, expression }] };
      return ask({ kind: 'put-tasks', mode: 'upsert', definitions: [{ ...task, schedule }] });
    }
    case 'suspend':
      return ask({ kind: 'suspend-task', id: task.id, suspended: random.fraction() < 0.5 });
    case 'delete':
      return ask({ kind: random.fraction() < 0.4 ? 'delete-task' : 'restore-task', id: task.id });
    case 'run': {
      const id = random.pick([...volatile, ...steady]).id;
      const on = random.pick(cluster.machines).id;
      return ask(random.fraction() < 0.7 ? { kind: 'run-task', id } : { kind: 'run-task', id, machine: on });
    }
    case 'cancel': {
      const run = machine.peer.view.activeRuns()[0];
      return run === undefined ? undefined : ask({ kind: 'cancel-run', id: run.id });
    }
    case 'drain': {
      // Two machines at most, so that there is always somebody to run things.
      const { id } = random.pick(cluster.machines.slice(0, 2));
      const drained = random.fraction() < 0.5;
      // From the first word of it until all must have heard of its end it counts as drained.
      observer.drained.add(id);
      await ask({ kind: 'drain-machine', id, drained });
    }
  }
}
