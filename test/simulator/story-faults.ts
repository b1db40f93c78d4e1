/** Which faults befall a story: those of the families it was told, of these a set of its own, drawn from its seed. */
import { befall as befallKind, calm as calmAll, FAULT_KINDS } from './fault-kinds.ts';
import type { Fault, FaultFamily } from './faults/fault.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimOptions } from './sim-run.ts';

const FAULTS: readonly Fault[] = FAULT_KINDS.map(([kind, family]) => ({
  name: kind,
  family,
  befall: (scene) => befallKind(scene, kind),
  ...(['boot', 'heal', 'roomy'].includes(kind) ? { calm: calmAll } : {}),
}));

/** What `all` adds to a single family is everything; each family alone stays as it is. */
export function faultsOf(faults: SimOptions['faults']): readonly Fault[] {
  if (faults === 'none') return [];
  return FAULTS.filter(({ family }) => faults === 'all' || family === faults);
}

/** Each seed has its own set of faults, so that rare combinations happen often somewhere (swarm testing). */
export function swarm(random: SeededRandom, faults: readonly Fault[]): readonly Fault[] {
  const chosen = faults.filter(({ name }) => random.fraction() < 0.5 || ['boot', 'heal', 'roomy'].includes(name));
  return chosen.length === 0 && faults.length > 0 ? [random.pick(faults)] : chosen;
}

export const FAMILIES: readonly FaultFamily[] = ['network', 'crash', 'clock', 'storage', 'process', 'people'];
