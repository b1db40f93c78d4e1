/** Who let a machine in, and who let that one in, back to the machine that founded the cluster. */
import type { MachineOutput } from '../../../core/api/machine-schemas.ts';

export interface ChainLink {
  readonly id: string;
  readonly name: string;
  /** Epoch milliseconds. */
  readonly addedAt: number;
  readonly addedByName: string | null;
  /** It let itself in: it founded the cluster. */
  readonly founder: boolean;
  /** The root key vouches for it. */
  readonly certified: boolean;
  /** Who let it in is no longer in the cluster; the chain ends here. */
  readonly broken: boolean;
}

/** From the machine itself to the founder, as far as it is known. */
export function chainOf(id: string, machines: readonly MachineOutput[]): readonly ChainLink[] {
  const byId = new Map(machines.map((machine) => [machine.id, machine]));
  const chain: ChainLink[] = [];
  const seen = new Set<string>();
  let machine = byId.get(id);
  while (machine !== undefined && !seen.has(machine.id)) {
    seen.add(machine.id);
    const founder = machine.addedBy === machine.id;
    chain.push({
      id: machine.id,
      name: machine.name,
      addedAt: Date.parse(machine.addedAt),
      addedByName: machine.addedByName,
      founder,
      certified: machine.certified,
      broken: !founder && !byId.has(machine.addedBy),
    });
    machine = founder ? undefined : byId.get(machine.addedBy);
  }
  return chain;
}
