/**
 * Where machines that are not members were last seen on the local network: an invitation may hold addresses that its
 * inviter no longer has, and a machine that has just started hears of others before it knows who its members are.
 * Nothing here is trusted; whoever answers at an address has to prove its key.
 */
import type { MachineId } from '../../domain/ids.ts';
import { NETWORK } from './network-limits.ts';

export class Sightings {
  /** Oldest first. */
  readonly #seen = new Map<MachineId, readonly string[]>();

  /** Notes the newest addresses of a machine; the machine not seen for longest is forgotten when there are too many. */
  note(machine: MachineId, addresses: readonly string[]): void {
    this.#seen.delete(machine);
    this.#seen.set(machine, addresses.slice(0, NETWORK.sightingAddresses));
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= NETWORK.sightings) break;
      this.#seen.delete(oldest);
    }
  }

  /** Multiaddrs; empty when it was not seen. */
  of(machine: MachineId): readonly string[] {
    return this.#seen.get(machine) ?? [];
  }
}
