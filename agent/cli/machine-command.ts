/** `carillon machine show|departure|rename|label|roles|drain|resume|remove`: one machine, named by its name or id. */
import type { Command } from 'commander';
import type { Role } from '../../core/domain/machine.ts';
import { ROLES } from './choices.ts';
import type { CliHost } from './cli-host.ts';
import { handle, newCommand, newGroup, usageError } from './command.ts';
import { machineDepartureCommand } from './machine-departure-command.ts';
import { machineShowCommand } from './machine-show-command.ts';

export function machineCommand(host: CliHost): Command {
  return newGroup('machine', 'Show or change a machine')
    .addCommand(machineShowCommand(host))
    .addCommand(machineDepartureCommand(host))
    .addCommand(renameCommand(host))
    .addCommand(labelCommand(host))
    .addCommand(rolesCommand(host))
    .addCommand(simpleCommand(host, 'drain', 'Let a machine finish what runs and take nothing new', 'is drained'))
    .addCommand(simpleCommand(host, 'resume', 'Let a drained machine take tasks again', 'takes tasks again'))
    .addCommand(simpleCommand(host, 'remove', 'Remove a machine; it is trusted no more', 'was removed'));
}

function renameCommand(host: CliHost): Command {
  const command = newCommand('rename <machine> <name>', 'Rename a machine', 'carillon machine rename nas storage');
  return handle(command, host, async (session, _options, machine = '', name = '') => {
    const value = await (await session.connect()).machines.rename({ machine, name });
    return { value, text: `${machine} is called ${name} now.` };
  });
}

function labelCommand(host: CliHost): Command {
  const command = newCommand(
    'label <machine> [labels...]',
    'Set labels (key=value) or take them away (key-)',
    'carillon machine label nas disk=ssd room-',
  ).option('--replace', 'take away all labels that are not named');
  return handle<{ replace?: true }>(command, host, async (session, options, machine = '', ...labels) => {
    const { set, remove } = readLabelChanges(labels);
    const client = await session.connect();
    const value = await client.machines.label({ machine, set, remove, replace: options.replace === true });
    const shown = Object.entries(value.labels).map(([key, text]) => `${key}=${text}`);
    return { value, text: `${machine}: ${shown.length === 0 ? 'no labels' : shown.join(' ')}` };
  });
}

function rolesCommand(host: CliHost): Command {
  const command = newCommand(
    'roles <machine> <roles>',
    'Say what a machine may do: admin, editor, executor, viewer',
    'carillon machine roles nas editor,executor',
  );
  return handle(command, host, async (session, _options, machine = '', texts = '') => {
    const value = await (await session.connect()).machines.roles({ machine, roles: readRoles(texts) });
    return { value, text: `${machine} is ${value.roles.join(', ')} now, and nothing else.` };
  });
}

function simpleCommand(host: CliHost, name: 'drain' | 'resume' | 'remove', summary: string, done: string): Command {
  const command = newCommand(`${name} <machine>`, summary, `carillon machine ${name} nas`);
  return handle(command, host, async (session, _options, machine = '') => {
    const value = await (await session.connect()).machines[name]({ machine });
    return { value, text: `${machine} ${done}.` };
  });
}

/** Reads roles with commas between them. Throws INVALID_INPUT. */
export function readRoles(text: string): Role[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !ROLES.some((role) => role === name));
  if (unknown !== undefined) {
    throw usageError(`"${unknown}" is no role; there are ${ROLES.join(', ')}, with commas between them`, 'roles');
  }
  return ROLES.filter((role) => names.includes(role));
}

/** Reads `key=value` and `key-`. Throws INVALID_INPUT. */
export function readLabelChanges(texts: readonly string[]): { set: Record<string, string>; remove: string[] } {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals > 0) set[text.slice(0, equals)] = text.slice(equals + 1);
    else if (equals < 0 && text.endsWith('-') && text.length > 1) remove.push(text.slice(0, -1));
    else throw usageError(`"${text}" is neither key=value nor key-`, 'labels');
  }
  return { set, remove };
}
