/** Which faults befall a story: those of the families it was told, of these a set of its own, drawn from its seed. */
import { CLOCK_FAULTS } from './faults/clocks.ts';
import type { Fault, FaultFamily, FaultScene } from './faults/fault.ts';
import { MACHINE_FAULTS } from './faults/machines.ts';
import { NETWORK_FAULTS } from './faults/network.ts';
import { PEOPLE_FAULTS } from './faults/people.ts';
import { PROCESS_FAULTS } from './faults/processes.ts';
import { ROSTER_FAULTS } from './faults/roster.ts';
import { STORAGE_FAULTS } from './faults/storage.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimOptions } from './sim-run.ts';

/** In the order in which they are calmed: first the links, last the people, who need all the rest. */
const FAULTS: readonly Fault[] = [
  ...NETWORK_FAULTS,
  ...CLOCK_FAULTS,
  ...STORAGE_FAULTS,
  ...PROCESS_FAULTS,
  ...MACHINE_FAULTS,
  ...PEOPLE_FAULTS,
  ...ROSTER_FAULTS,
];

/** In the order in which they are told to people. */
export const FAMILIES: readonly FaultFamily[] = ['network', 'crash', 'clock', 'storage', 'process', 'people'];

/** All faults of the families that a story is told of. */
export function faultsOf(faults: SimOptions['faults']): readonly Fault[] {
  if (faults === 'none') return [];
  return FAULTS.filter(({ family }) => faults === 'all' || family === faults);
}

/** Each seed has its own set of faults, so that rare combinations happen often somewhere (swarm testing). */
export function swarm(random: SeededRandom, faults: readonly Fault[]): readonly Fault[] {
  const share = 0.2 + 0.6 * random.fraction();
  const chosen = faults.filter(() => random.fraction() < share);
  return chosen.length === 0 && faults.length > 0 ? [random.pick(faults)] : chosen;
}

/** Ends whatever is left of any fault: one can leave behind what another one mends. */
export async function calmAll(scene: FaultScene): Promise<void> {
  const calms = new Set(FAULTS.map(({ calm }) => calm).filter((calm) => calm !== undefined));
  for (const calm of calms) await calm(scene);
}
