/** What faults draw: whom they befall, and for how long. */
import type { MachineId } from '../../../core/domain/ids.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { SimMachine } from '../sim-machine.ts';
import type { FaultScene } from './fault.ts';

/** A duration between two bounds in milliseconds; short ones as often as long ones, each by its order of magnitude. */
export function lastingMs(random: SeededRandom, minMs: number, maxMs: number): number {
  return Math.round(minMs * (maxMs / minMs) ** random.fraction());
}

/** The machines in an order of chance. */
export function shuffled({ cluster, random }: FaultScene): SimMachine[] {
  const left = [...cluster.machines];
  return Array.from({ length: left.length }, () => left.splice(random.below(left.length), 1)[0] as SimMachine);
}

/** A machine on which somebody could be sitting just now: its agent runs, is awake, and belongs to the cluster. */
export function pickAttended(scene: FaultScene): SimMachine | undefined {
  const removed = removedBy(scene);
  const attended = scene.cluster.machines.filter((machine) => isAttended(machine) && !removed.has(machine.id));
  return attended.length === 0 ? undefined : scene.random.pick(attended);
}

export function isAttended(machine: SimMachine): boolean {
  return machine.running && !machine.paused && machine.peer.view.phase === 'active';
}

/** Machines that people have removed. What was refused has not happened; what was not answered may have. */
export function removedBy({ ledger }: FaultScene): Set<MachineId> {
  const removed = new Set<MachineId>();
  for (const { command, outcome } of ledger.entries) {
    if (command.kind === 'remove-machine' && outcome?.ok !== false) removed.add(command.id);
  }
  return removed;
}
