/** What faults draw: whom they befall, and for how long. */
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
  return Array.from(left, () => left.splice(random.below(left.length), 1)[0] as SimMachine);
}

/** A machine on which somebody could be sitting just now: its agent runs, is awake, and belongs to the cluster. */
export function pickAttended({ cluster, random }: FaultScene): SimMachine | undefined {
  const attended = cluster.machines.filter(
    (machine) => machine.running && !machine.paused && machine.peer.view.phase === 'active',
  );
  return attended.length === 0 ? undefined : random.pick(attended);
}
