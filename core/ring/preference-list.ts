/** Who runs a task: its owner, then those who stand by, in the order in which they take over. */
import type { MachineId } from '../domain/ids.ts';
import type { HashRing } from './hash-ring.ts';

/**
 * The owner (when it is eligible) first, then every other eligible machine in ring order from the task's place.
 * Machines in `avoid` come last: they run it only when nobody else can.
 */
export function preferenceList(
  ring: HashRing,
  place: number,
  owner: MachineId | undefined,
  isEligible: (id: MachineId) => boolean,
  avoid: readonly MachineId[],
): MachineId[] {
  const eligible = ring.walk(place).filter(isEligible);
  const ownerFirst =
    owner !== undefined && eligible.includes(owner) ? [owner, ...eligible.filter((id) => id !== owner)] : eligible;
  if (avoid.length === 0) return ownerFirst;
  return [...ownerFirst.filter((id) => !avoid.includes(id)), ...ownerFirst.filter((id) => avoid.includes(id))];
}
