/** `carillon channel list|put|test|delete`: where people and programs are told what became of runs. */
import type { Command } from 'commander';
import type { ChannelOutput } from '../../core/api/channel-schemas.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand, newGroup, usageError } from './command.ts';
import { formatTable } from './table.ts';
import { relativeTime } from './times.ts';

interface PutOptions {
  readonly url?: string;
  readonly hmac?: string;
  readonly bearer?: string;
  readonly unproven?: true;
  readonly about?: string;
  readonly pause?: true;
  readonly resume?: true;
}

type Channel = ChannelOutput['channel'];

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
    'carillon channel put ops --url https://chat.example/hooks/abc\ncarillon channel put ops --hmac hook-key\ncarillon channel put ops --pause',
  )
    .option('--url <url>', 'address that is sent a POST, http or https')
    .option('--hmac <secret>', 'sign what is sent with this secret')
    .option('--bearer <secret>', 'send this secret as a bearer token; https alone')
    .option('--unproven', 'neither')
    .option('--about <text>', 'what it is for')
    .option('--pause', 'send nothing until it is resumed')
    .option('--resume', 'send again');
  return handle<PutOptions>(command, host, async (session, options, name = '') => {
    const client = await session.connect();
    const { channels } = await client.channels.list({});
    const before = channels.find((channel) => channel.name === name);
    const channel = changed(before?.channel, options);
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

/** The channel as it is to be. */
function changed(before: Channel | undefined, options: PutOptions): Channel {
  const { hmac, bearer, unproven, pause, resume, about } = options;
  const url = options.url ?? before?.url;
  if (url === undefined) throw usageError('a new channel needs --url', 'url');
  if ([hmac, bearer, unproven].filter((option) => option !== undefined).length > 1) {
    throw usageError('give one of --hmac, --bearer and --unproven', 'proof');
  }
  if (pause === true && resume === true) throw usageError('give one of --pause and --resume', 'pause');
  const kept = unproven === true ? undefined : before?.proof;
  const named =
    hmac !== undefined
      ? ({ use: 'hmac', secret: hmac } as const)
      : bearer !== undefined
        ? ({ use: 'bearer', secret: bearer } as const)
        : kept;
  return {
    kind: 'webhook',
    about: about ?? before?.about ?? '',
    url,
    ...(named === undefined ? {} : { proof: named }),
    paused: pause === true || (before?.paused === true && resume !== true),
  };
}

function channelTable(channels: readonly ChannelOutput[], { paint, host }: Session): string {
  if (channels.length === 0) return 'No channels yet: `carillon channel put NAME --url URL` makes one.';
  const now = host.now();
  const rows = channels.map(({ name, channel, taskCount, here, changedAt }) => [
    name,
    hostOf(channel.url),
    channel.proof === undefined ? '-' : `${channel.proof.use} ${channel.proof.secret}`,
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

/** The rest of an address is often a secret by itself, and the table may be looked at over a shoulder. */
function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url;
}
