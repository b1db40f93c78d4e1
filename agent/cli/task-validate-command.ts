/** `carillon task validate FILE…`: checks task files. Needs no agent; with one, names of machines are checked too. */
import type { Command } from 'commander';
import type { MachineId } from '../../core/domain/ids.ts';
import { AppErrorException } from '../../core/std/app-error.ts';
import { ok } from '../../core/std/result.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand } from './command.ts';
import { fileErrorsOutcome } from './task-apply-command.ts';

export function taskValidateCommand(host: CliHost): Command {
  const command = newCommand(
    'validate <files...>',
    'Check task files without applying them ("-": standard input)',
    'carillon task validate backup.yaml',
  );
  return handle(command, host, async (session, _options, ...files) => {
    const { machineResolver, readTaskFiles } = await import('./task-files.ts');
    const machines = await knownMachines(session);
    const anyMachine = (name: string) => ok(name as MachineId);
    const resolve = machines === undefined ? anyMachine : machineResolver(machines);
    const { definitions, errors } = await readTaskFiles(files, host, resolve);
    if (errors.length > 0) return fileErrorsOutcome(errors);
    const ids = definitions.map((definition) => definition.id);
    const note = machines === undefined ? ' (names of machines were not checked: no agent answers)' : '';
    return { value: { valid: true, tasks: ids }, text: `${ids.length} task(s) are valid${note}: ${ids.join(', ')}` };
  });
}

async function knownMachines(session: Session): Promise<readonly { id: string; name: string }[] | undefined> {
  try {
    return (await (await session.connect()).machines.list({})).machines;
  } catch (fault) {
    if (fault instanceof AppErrorException && fault.error.code === 'AGENT_UNREACHABLE') return undefined;
    throw fault;
  }
}
