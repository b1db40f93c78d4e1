/** `carillon cancel RUN`: ends a run, wherever it runs. */
import type { Command } from 'commander';
import type { CliHost } from './cli-host.ts';
import { handle, newCommand } from './command.ts';

export function cancelCommand(host: CliHost): Command {
  const command = newCommand('cancel <run>', 'Cancel a run, wherever it runs', 'carillon cancel k3v5qzra');
  return handle(command, host, async (session, _options, run = '') => {
    const value = await (await session.connect()).runs.cancel({ run });
    return { value, text: `Run ${value.id} is being cancelled.` };
  });
}
