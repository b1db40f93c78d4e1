/** `carillon task owner ID`: which machine runs a task, which would follow, and which may not and why. */
import type { Command } from 'commander';
import type { CliHost } from './cli-host.ts';
import { handle, newCommand } from './command.ts';
import { formatTable } from './table.ts';

export function taskOwnerCommand(host: CliHost): Command {
  const command = newCommand(
    'owner <id>',
    'Show which machine runs a task, and which would follow',
    'carillon task owner nightly-backup',
  );
  return handle(command, host, async (session, _options, id = '') => {
    const { placement, definition } = await (await session.connect()).tasks.get({ id });
    const targets = new Set(placement.targets.map((machine) => machine.id));
    const rows = [
      ...placement.preference.map((machine, index) => {
        const runs =
          machine.id === placement.owner?.id ? 'owner' : targets.has(machine.id) ? 'runs it too' : 'would follow';
        return [String(index + 1), machine.name ?? machine.id, runs];
      }),
      ...placement.ineligible.map((machine) => ['-', machine.name ?? machine.id, machine.reason]),
    ];
    const { paint } = session;
    const text =
      rows.length === 0
        ? 'No machine can run it.'
        : formatTable(['RANK', 'MACHINE', 'PART'], rows, { paint, columns: host.columns });
    return { value: { taskId: definition.id, ...placement }, text };
  });
}
