/** `carillon invite`: prints a one-time token that admits one machine. */
import { type Command, Option } from 'commander';
import type { Role } from '../../core/domain/machine.ts';
import { ROLES } from './choices.ts';
import type { CliHost } from './cli-host.ts';
import { handle, newCommand } from './command.ts';
import { readDuration, relativeTime } from './times.ts';

interface Options {
  readonly role?: Role[];
  readonly expires?: string;
}

export function inviteCommand(host: CliHost): Command {
  const command = newCommand(
    'invite',
    'Make an invitation for one machine',
    'carillon invite --role executor --expires 10m',
  )
    .addOption(new Option('--role <role...>', 'what the new machine may do (default: editor executor)').choices(ROLES))
    .option('--expires <duration>', 'how long the invitation is good for (default: 10m)');
  return handle<Options>(command, host, async (session, { role, expires }) => {
    const client = await session.connect();
    const value = await client.cluster.invite({
      ...(role === undefined ? {} : { roles: [...new Set(role)] }),
      ...(expires === undefined ? {} : { expiresMs: readDuration(expires, 'expires') }),
    });
    const until = relativeTime(value.expiresAt, session.host.now());
    return {
      value,
      text: `${value.token}\n\nIt admits one machine and expires ${until}. There, run:\n  carillon join TOKEN`,
    };
  });
}
