/** `carillon channel list|put|test|delete`: where people and programs are told what became of runs. */
import type { Command } from 'commander';
import type { ChannelOutput } from '../../core/api/channel-schemas.ts';
import { whereTo } from '../../core/domain/channel-ways.ts';
import type { CliHost } from './cli-host.ts';
import { type ChannelOptions, changedChannel } from './channel-options.ts';
import { type Session, handle, newCommand, newGroup } from './command.ts';
import { formatTable } from './table.ts';
import { relativeTime } from './times.ts';

export function channelCommand(host: CliHost): Command {
  return newGroup('channel', 'Keep the ways to be told what became of runs')
    .addCommand(listCommand(host))
    .addCommand(putCommand(host))
    .addCommand(testCommand(host))
    .addCommand(deleteCommand(host));
}

function listCommand(host: CliHost): Command {
  const command = newCommand('list', 'List channels, and how sending by them goes here', 'carillon channel list');
  return handle(command, host, async (session) => {
    const value = await (await session.connect()).channels.list({});
    return { value, text: channelTable(value.channels, session) };
  });
}

function putCommand(host: CliHost): Command {
  const command = newCommand(
    'put <name>',
    'Create or change a channel; what is not named stays as it is',
    'carillon channel put ops --url https://chat.example/hooks/abc\ncarillon channel put ops --hmac hook-key\ncarillon channel put duty --email duty@example.org --from carillon@example.org --smtp mail.example.org --user carillon --password mail-key\ncarillon channel put ops --pause',
  )
    .option('--url <url>', 'address that is sent a POST, http or https')
    .option('--hmac <secret>', 'sign what is sent with this secret')
    .option('--bearer <secret>', 'send this secret as a bearer token; https alone')
    .option('--email <address...>', 'send mail to these addresses instead of a POST to a URL')
    .option('--from <address>', 'address that the mail is from')
    .option('--smtp <host[:port]>', 'mail server that takes it; port 465, 587 or 25, by --tls')
    .option('--tls <how>', 'tls, starttls (the default), or none: a server on the machine itself alone')
    .option('--user <name>', 'log in at the mail server, with --password')
    .option('--password <secret>', 'secret that holds the password')
    .option('--unproven', 'neither signature nor token nor login')
    .option('--about <text>', 'what it is for')
    .option('--pause', 'send nothing until it is resumed; what waits is dropped')
    .option('--resume', 'send again');
  return handle<ChannelOptions>(command, host, async (session, options, name = '') => {
    const client = await session.connect();
    const { channels } = await client.channels.list({});
    const before = channels.find((channel) => channel.name === name);
    const channel = changedChannel(before?.channel, options);
    await client.channels.put({ name, channel, expectRevision: before?.revision ?? 0 });
    const what = before === undefined ? 'made' : 'changed';
    const advice = channel.paused ? '' : ` To try it: carillon channel test ${name}`;
    return { value: { name, channel }, text: `${name} is ${what}.${advice}` };
  });
}

function testCommand(host: CliHost): Command {
  const command = newCommand(
    'test <name>',
    'Send something by a channel, from the machine of the agent, to try it',
    'carillon channel test ops',
  );
  return handle(command, host, async (session, _options, name = '') => {
    const value = await (await session.connect()).channels.test({ name });
    return { value, text: `${name} was told; it answered ${value.answer}.` };
  });
}

function deleteCommand(host: CliHost): Command {
  const command = newCommand('delete <name>', 'Delete a channel that no task names', 'carillon channel delete ops');
  return handle(command, host, async (session, _options, name = '') => {
    const value = await (await session.connect()).channels.delete({ name });
    return { value, text: `${name} is deleted.` };
  });
}

function channelTable(channels: readonly ChannelOutput[], { paint, host }: Session): string {
  if (channels.length === 0)
    return 'No channels yet: `carillon channel put NAME --url URL` makes one, or --email ADDRESS.';
  const now = host.now();
  const rows = channels.map(({ name, channel, taskCount, here, changedAt }) => [
    name,
    whereTo(channel),
    proofOf(channel),
    String(taskCount),
    channel.paused ? 'paused' : String(here.waiting),
    here.sentAt === null ? '-' : relativeTime(here.sentAt, now),
    here.failure === null ? '-' : paint.red(here.failure.text),
    relativeTime(changedAt, now),
  ]);
  return formatTable(['NAME', 'TO', 'PROOF', 'TASKS', 'WAITING', 'SENT', 'FAILURE', 'CHANGED'], rows, {
    paint,
    columns: host.columns,
  });
}

/** What shows the other side who sends. */
function proofOf(channel: ChannelOutput['channel']): string {
  if (channel.kind === 'webhook') {
    return channel.proof === undefined ? '-' : `${channel.proof.use} ${channel.proof.secret}`;
  }
  return channel.login === undefined ? '-' : `login ${channel.login.secret}`;
}
