/** `carillon run show|logs|cancel`: one run, named by its id or the beginning of it. */
import type { Command } from 'commander';
import { cancelCommand } from './cancel-command.ts';
import type { CliHost } from './cli-host.ts';
import { newGroup } from './command.ts';
import { logsCommand } from './logs-command.ts';
import { runShowCommand } from './run-show-command.ts';

export function runCommand(host: CliHost): Command {
  return newGroup('run', 'Show, follow and cancel a run')
    .addCommand(runShowCommand(host))
    .addCommand(logsCommand(host))
    .addCommand(cancelCommand(host));
}
