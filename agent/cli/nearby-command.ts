/** `carillon nearby`: machines and clusters on the local network. */
import type { Command } from 'commander';
import type { CliHost } from './cli-host.ts';
import { handle, newCommand } from './command.ts';
import { formatTable } from './table.ts';

export function nearbyCommand(host: CliHost): Command {
  const command = newCommand('nearby', 'List machines and clusters on the local network', 'carillon nearby');
  return handle(command, host, async (session) => {
    const { paint } = session;
    const value = await (await session.connect()).pairing.nearby({});
    if (value.machines.length === 0) {
      return {
        value,
        text: 'No machine was seen on the local network. One that was just started is seen within a minute.',
      };
    }
    const rows = value.machines.map(({ name, cluster, admits, fingerprint, id }) => [
      name ?? '(does not answer)',
      cluster?.name ?? '-',
      admits ? 'yes' : 'no',
      fingerprint,
      id,
    ]);
    const table = formatTable(['MACHINE', 'CLUSTER', 'ADMITS', 'FINGERPRINT', 'ID'], rows, {
      paint,
      columns: host.columns,
    });
    const hint = 'Names are what machines say of themselves. To join a cluster: carillon pair MACHINE';
    return { value, text: `${table}\n\n${hint}` };
  });
}
