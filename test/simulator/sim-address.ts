/** Where a simulated machine listens: its name in a network that has no numbers. */
import type { MachineId } from '../../core/domain/ids.ts';

const ADDRESS = /^\/dns4\/(\w+)\.lan\/tcp\/4100(?:\/p2p\/(\w+))?$/;

/** The multiaddr of a machine. */
export function addressOf(machine: MachineId): string {
  return `/dns4/${machine}.lan/tcp/4100/p2p/${machine}`;
}

/** Is one of the addresses the machine's own, and dialled as such? */
export function leadsTo(machine: MachineId, addresses: readonly string[]): boolean {
  return addresses.some((address) => {
    const [, host, named] = ADDRESS.exec(address) ?? [];
    return host === machine && (named === undefined || named === machine);
  });
}
