/** `carillon task …`: everything about tasks. The commands that need more than a few lines have files of their own. */
import type { Command } from 'commander';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand, newGroup } from './command.ts';
import { taskApplyCommand } from './task-apply-command.ts';
import { taskHistoryCommand } from './task-history-command.ts';
import { taskListCommand } from './task-list-command.ts';
import { taskOwnerCommand } from './task-owner-command.ts';
import { taskRevertCommand } from './task-revert-command.ts';
import { taskRunCommand } from './task-run-command.ts';
import { taskShowCommand } from './task-show-command.ts';
import { taskValidateCommand } from './task-validate-command.ts';

export function taskCommand(host: CliHost): Command {
  return newGroup('task', 'Create, change, show and run tasks')
    .addCommand(taskApplyCommand(host))
    .addCommand(taskValidateCommand(host))
    .addCommand(taskListCommand(host))
    .addCommand(taskShowCommand(host))
    .addCommand(simpleCommand(host, 'delete', 'Delete a task; `task restore` brings it back', 'was deleted'))
    .addCommand(simpleCommand(host, 'restore', 'Bring back a deleted task', 'is back'))
    .addCommand(simpleCommand(host, 'suspend', 'Stop a task from coming due', 'is suspended'))
    .addCommand(simpleCommand(host, 'resume', 'Let a suspended task come due again', 'comes due again'))
    .addCommand(taskRunCommand(host))
    .addCommand(taskOwnerCommand(host))
    .addCommand(taskHistoryCommand(host))
    .addCommand(taskRevertCommand(host));
}

type Simple = 'delete' | 'restore' | 'suspend' | 'resume';

function simpleCommand(host: CliHost, name: Simple, summary: string, done: string): Command {
  const command = newCommand(`${name} <id>`, summary, `carillon task ${name} nightly-backup`);
  return handle(command, host, async (session, _options, id = '') => {
    const { tasks } = await session.connect();
    const value: { readonly id: string; readonly followers?: readonly string[] } = await tasks[name]({ id });
    const warning = followersText(session, value.followers ?? []);
    return { value, text: `${value.id} ${done}.${warning}` };
  });
}

const FOLLOWERS_NAMED = 10;

/** A line that warns of tasks that do not come due any more because of this; empty when there is none. */
function followersText({ paint }: Session, followers: readonly string[]): string {
  if (followers.length === 0) return '';
  const more = followers.length - FOLLOWERS_NAMED;
  const named = followers.slice(0, FOLLOWERS_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return `\n${paint.yellow('warning')}: it is no longer followed by ${named}.`;
}
