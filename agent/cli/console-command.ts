/** `carillon console link|sessions|end|renew-token`: who may use the console of this machine in a browser. */
import type { Command } from 'commander';
import type { CliHost } from './cli-host.ts';
import { handle, newCommand, newGroup, usageError } from './command.ts';
import { formatTable } from './table.ts';
import { relativeTime } from './times.ts';

export function consoleCommand(host: CliHost): Command {
  const group = newGroup('console', 'Open the console in a browser, and see or end what is open');
  for (const command of [linkCommand(host), sessionsCommand(host), endCommand(host), renewCommand(host)]) {
    group.addCommand(command);
  }
  return group;
}

function linkCommand(host: CliHost): Command {
  const command = newCommand(
    'link',
    'Make a login link for a browser: good once, for ten minutes',
    'carillon console link',
  );
  return handle(command, host, async (session) => {
    const value = await (await session.connect()).console.link({});
    return { value, text: value.urls.join('\n') };
  });
}

function sessionsCommand(host: CliHost): Command {
  const command = newCommand('sessions', 'List the browsers that are logged in', 'carillon console sessions');
  return handle(command, host, async (session) => {
    const value = await (await session.connect()).console.sessions({});
    if (value.sessions.length === 0)
      return { value, text: 'No browser is logged in. Log one in: carillon console link' };
    const now = host.now();
    const rows = value.sessions.map(({ id, createdAt, usedAt, expiresAt }) => [
      id,
      relativeTime(createdAt, now),
      relativeTime(usedAt, now),
      relativeTime(expiresAt, now),
    ]);
    const { paint } = session;
    return {
      value,
      text: formatTable(['SESSION', 'LOGGED IN', 'LAST USED', 'EXPIRES'], rows, { paint, columns: host.columns }),
    };
  });
}

function endCommand(host: CliHost): Command {
  const command = newCommand(
    'end [session]',
    'Log a browser out',
    'carillon console end Zk3v9aQ1\ncarillon console end --all',
  ).option('--all', 'log all browsers out');
  return handle<{ all?: true }>(command, host, async (session, { all }, id) => {
    if ((all === true) === (id !== undefined)) throw usageError('name one session, or --all', 'session');
    const { console } = await session.connect();
    const value = id === undefined ? await console.endAll({}) : await console.end({ session: id });
    return { value, text: `${value.ended} ${value.ended === 1 ? 'browser was' : 'browsers were'} logged out.` };
  });
}

function renewCommand(host: CliHost): Command {
  const command = newCommand(
    'renew-token',
    'Make a new token for programs, and log all browsers out',
    'carillon console renew-token',
  );
  return handle(command, host, async (session) => {
    const value = await (await session.connect()).console.renewToken({});
    return { value, text: 'The old token opens nothing any more. Log a browser in: carillon console link' };
  });
}
