/** `carillon machines`: lists the machines of the cluster. */
import type { Command } from 'commander';
import type { MachineOutput } from '../../core/api/machine-schemas.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand } from './command.ts';
import { paintState } from './paint.ts';
import { shortMachineId } from './short-id.ts';
import { formatTable } from './table.ts';
import { relativeTime } from './times.ts';

export function machinesCommand(host: CliHost): Command {
  const command = newCommand('machines', 'List the machines of the cluster', 'carillon machines');
  return handle(command, host, async (session) => {
    const value = await (await session.connect()).machines.list({});
    return { value, text: machineTable(value.machines, session) };
  });
}

/** A table of machines, for people. */
export function machineTable(machines: readonly MachineOutput[], { paint, host }: Session): string {
  if (machines.length === 0) return 'No machines yet: create a cluster with `carillon cluster create NAME`.';
  const now = host.now();
  const rows = machines.map((machine) => [
    machine.self ? `${machine.name} (this)` : machine.name,
    shortMachineId(machine.id),
    machine.drained ? `${paintState(paint, machine.state)}, drained` : paintState(paint, machine.state),
    machine.load === null || machine.facts === null ? '-' : `${machine.load.slotsUsed}/${machine.facts.slots}`,
    String(machine.ownedTasks),
    relativeTime(machine.lastSeenAt, now),
    machine.roles.join(','),
    Object.entries(machine.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(' '),
  ]);
  const heads = ['NAME', 'ID', 'STATE', 'SLOTS', 'OWNS', 'SEEN', 'ROLES', 'LABELS'];
  return formatTable(heads, rows, { paint, columns: host.columns });
}
