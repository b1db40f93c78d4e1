/** `carillon secret set|list|scope|delete`. Values are read from standard input or typed unseen, and never shown. */
import type { Command } from 'commander';
import type { ApiClient } from '../../core/api/contract.ts';
import type { SecretOutput } from '../../core/api/secret-schemas.ts';
import { LIMITS } from '../../core/config/constants.ts';
import type { TaskId } from '../../core/domain/ids.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand, newGroup, usageError } from './command.ts';
import { readAll } from './read-input.ts';
import { formatTable } from './table.ts';
import { relativeTime } from './times.ts';

interface ScopeOptions {
  readonly task?: string[];
  readonly label?: string[];
}

type Scope = NonNullable<Parameters<ApiClient['secrets']['set']>[0]['scope']>;

export function secretCommand(host: CliHost): Command {
  return newGroup('secret', 'Keep passwords and keys for tasks')
    .addCommand(setCommand(host))
    .addCommand(listCommand(host))
    .addCommand(scopeCommand(host))
    .addCommand(deleteCommand(host));
}

function setCommand(host: CliHost): Command {
  const command = withScope(
    newCommand(
      'set <name>',
      'Set a secret: type its value, or pipe it in',
      'carillon secret set db-password\ncarillon secret set api-key --task report < key.txt',
    ),
  ).option('--exact', 'keep the line break at the end of what is piped in');
  return handle<ScopeOptions & { exact?: true }>(command, host, async (session, options, name = '') => {
    const scope = scopeOf(options);
    const client = await session.connect();
    const value = await readValue(session, name, options.exact === true);
    const written = await client.secrets.set({ name, value, ...(scope === undefined ? {} : { scope }) });
    return { value: written, text: `${name} is set (version ${written.version}). ${sealedText(written.machines)}` };
  });
}

function listCommand(host: CliHost): Command {
  const command = newCommand('list', 'List secrets, without their values', 'carillon secret list');
  return handle(command, host, async (session) => {
    const value = await (await session.connect()).secrets.list({});
    return { value, text: secretTable(value.secrets, session) };
  });
}

function scopeCommand(host: CliHost): Command {
  const command = withScope(
    newCommand(
      'scope <name>',
      'Say which tasks may use a secret, and which machines can open it',
      'carillon secret scope db-password --task backup --label room=office\ncarillon secret scope db-password --everywhere',
    ),
  ).option('--everywhere', 'all tasks and all machines');
  return handle<ScopeOptions & { everywhere?: true }>(command, host, async (session, options, name = '') => {
    const scope = scopeOf(options);
    if ((scope === undefined) !== (options.everywhere === true)) {
      throw usageError('give --task or --label, or else --everywhere', 'scope');
    }
    const value = await (await session.connect()).secrets.scope({ name, scope: scope ?? {} });
    return {
      value,
      text: `${name} (version ${value.version}): ${scopeText(scope ?? {})}. ${sealedText(value.machines)}`,
    };
  });
}

function deleteCommand(host: CliHost): Command {
  const command = newCommand(
    'delete <name>',
    'Delete a secret; nothing brings it back',
    'carillon secret delete old-key',
  );
  return handle(command, host, async (session, _options, name = '') => {
    const value = await (await session.connect()).secrets.delete({ name });
    return { value, text: `${name} is deleted. Tasks that name it are refused.` };
  });
}

function withScope(command: Command): Command {
  return command
    .option('--task <id...>', 'only these tasks may use it')
    .option('--label <key=value...>', 'only machines with these labels can open it');
}

async function readValue({ host }: Session, name: string, exact: boolean): Promise<string> {
  if (host.readHidden !== undefined) {
    const typed = await host.readHidden({ prompt: `Value of ${name} (not shown): `, most: LIMITS.secretBytes });
    if (typed === '') throw usageError('nothing was typed', 'value');
    return typed;
  }
  const text = await readAll(host, LIMITS.secretBytes + 2);
  const value = exact ? text : text.replace(/\r?\n$/, '');
  if (value === '') throw usageError('nothing came on standard input', 'value');
  return value;
}

function scopeOf({ task, label }: ScopeOptions): Scope | undefined {
  if (task === undefined && label === undefined) return undefined;
  const labels = (label ?? []).map((text) => {
    const equals = text.indexOf('=');
    if (equals <= 0) throw usageError(`"${text}" is not key=value`, 'label');
    return [text.slice(0, equals), text.slice(equals + 1)] as const;
  });
  return {
    ...(task === undefined ? {} : { tasks: [...new Set(task)] as TaskId[] }),
    ...(label === undefined ? {} : { labels: Object.fromEntries(labels) }),
  };
}

function secretTable(secrets: readonly SecretOutput[], { paint, host }: Session): string {
  if (secrets.length === 0) return 'No secrets yet: `carillon secret set NAME` makes one.';
  const now = host.now();
  const rows = secrets.map(({ name, version, scope, setBy, setAt, machines, missing, exposedTo }) => [
    name,
    String(version),
    scopeText({ tasks: scope.tasks ?? undefined, labels: scope.labels ?? undefined }),
    setBy.name ?? setBy.id,
    relativeTime(setAt, now),
    namesOf(machines),
    [
      ...(missing.length === 0 ? [] : [`not yet sealed to ${namesOf(missing)}`]),
      ...(exposedTo.length === 0 ? [] : [paint.yellow(`change it: ${namesOf(exposedTo)} knew it`)]),
    ].join('; '),
  ]);
  return formatTable(['NAME', 'VERSION', 'SCOPE', 'SET BY', 'SET', 'MACHINES', 'NOTE'], rows, {
    paint,
    columns: host.columns,
  });
}

function scopeText({
  tasks,
  labels,
}: {
  tasks?: readonly string[] | undefined;
  labels?: Readonly<Record<string, string>> | undefined;
}): string {
  const parts = [
    ...(tasks === undefined ? [] : [`tasks ${tasks.join(', ')}`]),
    ...(labels === undefined
      ? []
      : [
          `machines with ${Object.entries(labels)
            .map(([key, value]) => `${key}=${value}`)
            .join(', ')}`,
        ]),
  ];
  return parts.length === 0 ? 'everywhere' : parts.join('; ');
}

function sealedText(machines: readonly { id: string; name: string | null }[]): string {
  return `It is sealed to ${namesOf(machines)}.`;
}

function namesOf(machines: readonly { id: string; name: string | null }[]): string {
  return machines.map(({ id, name }) => name ?? id).join(', ');
}
