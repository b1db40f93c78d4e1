/** `carillon join TOKEN`: makes this machine a member of the inviter's cluster. */
import type { Command } from 'commander';
import type { CliHost } from './cli-host.ts';
import { handle, newCommand } from './command.ts';

export function joinCommand(host: CliHost): Command {
  const command = newCommand('join <token>', 'Join a cluster with an invitation', 'carillon join carillon1…');
  return handle(command, host, async (session, _options, token = '') => {
    const value = await (await session.connect()).cluster.join({ token });
    return { value, text: `This machine belongs to the cluster "${value.name}" now.` };
  });
}
