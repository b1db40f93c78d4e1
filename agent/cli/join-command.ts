/** `carillon join TOKEN`: makes this machine a member of the inviter's cluster. */
import type { Command } from 'commander';
import { LIMITS } from '../../core/config/constants.ts';
import type { CliHost } from './cli-host.ts';
import { handle, newCommand, usageError } from './command.ts';
import { readLine } from './read-input.ts';

export function joinCommand(host: CliHost): Command {
  const command = newCommand(
    'join <token>',
    'Join a cluster with an invitation ("-": read it from standard input)',
    'carillon join carillon1…\ncarillon join - < token.txt',
  );
  return handle(command, host, async (session, _options, given = '') => {
    const client = await session.connect();
    const token = given === '-' ? await readLine(host, LIMITS.joinMessageBytes) : given;
    if (token === '') throw usageError('no invitation came on standard input', 'token');
    const value = await client.cluster.join({ token });
    return { value, text: `This machine belongs to the cluster "${value.name}" now.` };
  });
}
