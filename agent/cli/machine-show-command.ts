/** `carillon machine show NAME`: who a machine is, what it may do, and who let it in. */
import type { Command } from 'commander';
import type { MachineOutput } from '../../core/api/machine-schemas.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand } from './command.ts';
import { paintState } from './paint.ts';
import { formatFields } from './table.ts';
import { exactTime, relativeTime } from './times.ts';

export function machineShowCommand(host: CliHost): Command {
  const command = newCommand(
    'show <machine>',
    'Show a machine: its key, its roles, who admitted it',
    'carillon machine show nas',
  );
  return handle(command, host, async (session, _options, machine = '') => {
    const value = await (await session.connect()).machines.get({ machine });
    return { value, text: machineText(value, session) };
  });
}

function machineText(machine: MachineOutput, { paint, host }: Session): string {
  const now = host.now();
  const { facts, load } = machine;
  const state = machine.stateReason === '' ? machine.state : `${machine.state}: ${machine.stateReason}`;
  const labels = Object.entries(machine.labels).map(([key, value]) => `${key}=${value}`);
  return formatFields(
    [
      ['name', machine.self ? `${machine.name} (this machine)` : machine.name],
      ['id', machine.id],
      ['fingerprint', machine.fingerprint],
      ['state', machine.state === 'alive' ? paintState(paint, machine.state) : state],
      ['seen', relativeTime(machine.lastSeenAt, now)],
      ['roles', machine.roles.join(', ')],
      ['admitted', admissionText(machine, now)],
      ['certificate', machine.certified ? 'of the root key: an admin without the word of another' : 'none'],
      ['votes', machine.voter ? 'yes' : 'no'],
      ['takes tasks', takesText(machine)],
      ['labels', labels.join(' ') || '-'],
      ...(facts === null
        ? []
        : [
            ['system', `${facts.operatingSystem} ${facts.architecture}`] as const,
            ['version', facts.version] as const,
            ['slots', `${load?.slotsUsed ?? 0} of ${facts.slots} in use`] as const,
          ]),
      ['owns', `${machine.ownedTasks} task(s)`],
      ['addresses', machine.addresses.join('\n') || '-'],
    ],
    paint,
  );
}

function admissionText(machine: MachineOutput, now: number): string {
  const at = exactTime(machine.addedAt, now);
  return machine.addedBy === machine.id
    ? `${at}, by the root key`
    : `${at}, by ${machine.addedByName ?? machine.addedBy}`;
}

function takesText({ roles, drained, load }: MachineOutput): string {
  if (!roles.includes('executor')) return 'no, it is no executor';
  if (drained) return 'no, it is drained';
  return load?.notAccepting == null ? 'yes' : `no: ${load.notAccepting}`;
}
