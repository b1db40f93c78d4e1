/** `carillon machine departure NAME`: which tasks would go where, or nowhere, if a machine went. Nothing happens to it. */
import type { Command } from 'commander';
import type { DepartureOutput } from '../../core/api/ring-schemas.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand } from './command.ts';
import { formatTable } from './table.ts';

export function machineDepartureCommand(host: CliHost): Command {
  const command = newCommand(
    'departure <machine>',
    'Show what would be if a machine went: which tasks move where, and which nobody could run',
    'carillon machine departure nas',
  );
  return handle(command, host, async (session, _options, machine = '') => {
    const value = await (await session.connect()).machines.departure({ machine });
    return { value, text: departureText(value, session) };
  });
}

function departureText({ moves, stranded, sharesBefore, sharesAfter }: DepartureOutput, session: Session): string {
  const table = { paint: session.paint, columns: session.host.columns };
  const after = new Map(sharesAfter.map(({ machineId, tasks }) => [machineId, tasks]));
  const shares = sharesBefore.map(({ machineId, name, tasks }) => {
    const then = after.get(machineId);
    return [name, String(tasks), then === undefined ? '-' : String(then)];
  });
  const rows = [
    ...stranded.map(({ taskName, reason }) => [taskName, '', `nowhere: ${reason}`]),
    ...moves.map(({ taskName, fromName, toName }) => [taskName, fromName, toName]),
  ];
  return [
    `${countOf(moves.length)} would move, and ${countOf(stranded.length)} would run nowhere.`,
    ...(rows.length === 0 ? [] : [formatTable(['TASK', 'FROM', 'TO'], rows, table)]),
    ...(shares.length === 0 ? [] : [formatTable(['MACHINE', 'OWNS', 'WOULD OWN'], shares, table)]),
  ].join('\n\n');
}

function countOf(count: number): string {
  return count === 1 ? '1 task' : `${count} tasks`;
}
