/** `carillon task show ID`: a task, who runs it and why, and when. */
import type { Command } from 'commander';
import type { TaskOutput } from '../../core/api/task-schemas.ts';
import { parametersOf } from '../../core/domain/action.ts';
import { defaultOf } from '../../core/domain/parameter.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand } from './command.ts';
import { formatFields } from './table.ts';
import { exactTime } from './times.ts';

export function taskShowCommand(host: CliHost): Command {
  const command = newCommand('show <id>', 'Show a task, who runs it and when', 'carillon task show nightly-backup');
  return handle(command, host, async (session, _options, id = '') => {
    const value = await (await session.connect()).tasks.get({ id });
    return { value, text: taskText(value, session) };
  });
}

function taskText(task: TaskOutput, { paint, host }: Session): string {
  const { about, action, notify, policy, placement: rules } = task.definition;
  const { owner, preference } = task.placement;
  const now = host.now();
  const lastChange = Object.values(task.origins).reduce((a, b) => (a.changedAt > b.changedAt ? a : b));
  return formatFields(
    [
      ['id', task.definition.id],
      ['name', about.name],
      ...(about.description === '' ? [] : [['description', about.description] as const]),
      ...(about.tags.length === 0 ? [] : [['tags', about.tags.join(', ')] as const]),
      ['state', about.suspended ? paint.yellow('suspended') : 'active'],
      ['schedule', task.scheduleText],
      ['next', task.upcoming.length === 0 ? '-' : task.upcoming.map((at) => exactTime(at, now)).join('\n')],
      ['action', actionText(action)],
      ...parameterFields(action),
      ['placement', rules.mode],
      ['owner', owner === null ? paint.red('none') : (owner.name ?? owner.id)],
      [
        'would follow',
        preference
          .slice(1)
          .map((machine) => machine.name ?? machine.id)
          .join(', ') || '-',
      ],
      ...task.placement.ineligible.map(
        (machine) => ['not on', `${machine.name ?? machine.id}: ${machine.reason}`] as const,
      ),
      [
        'policy',
        `${policy.guarantee}, overlap ${policy.overlap}, catch-up ${policy.catchUp.mode}, ${policy.retry.maxAttempts} attempt(s)`,
      ],
      ...(notify === undefined || notify.rules.length === 0 ? [] : [['tells', tellsText(notify)] as const]),
      ['changed', `${exactTime(lastChange.changedAt, now)} on ${lastChange.authorName ?? lastChange.author}`],
      ...signatureFields(task, paint),
      ...(task.conflicts.length === 0 ? [] : [['conflicts', paint.red(task.conflicts.join(', '))] as const]),
    ],
    paint,
  );
}

/** Who vouches for the task: one line when the same machine does for all of it, else a line a part. */
function signatureFields({ signatures }: TaskOutput, paint: Session['paint']): (readonly [string, string])[] {
  const texts = signatures.map(({ author, authorName, revision, verified, problem }) => ({
    who: authorName ?? author,
    revision: `revision ${revision}`,
    verdict: verified ? 'verified' : paint.red(`NOT verified: ${problem?.text ?? ''} (${problem?.code ?? ''})`),
  }));
  const [first] = texts;
  if (first === undefined) return [];
  const alike = texts.every(({ who, verdict }) => who === first.who && verdict === 'verified');
  if (alike) return [['signed', `all parts by ${first.who}, ${first.verdict}`]];
  return texts.map(({ who, revision, verdict }, index) => [
    index === 0 ? 'signed' : '',
    `${signatures[index]?.facet ?? ''} by ${who}, ${revision}, ${verdict}`,
  ]);
}

/** A line a parameter: its name, what it takes, and what it has when nobody says anything. */
function parameterFields(action: TaskOutput['definition']['action']): (readonly [string, string])[] {
  return parametersOf(action).map((parameter, index) => {
    const { name, type, required, choices, description } = parameter;
    const takes = choices === undefined ? type : choices.join(' | ');
    const value = defaultOf(parameter);
    const usual = value === '' ? (required ? ', required' : '') : `, default ${JSON.stringify(value)}`;
    const about = description === undefined ? '' : `: ${description}`;
    return [index === 0 ? 'parameters' : '', `${name} (${takes}${usual})${about}`];
  });
}

function actionText(action: TaskOutput['definition']['action']): string {
  switch (action.type) {
    case 'command':
      return action.argv.map((word) => (/^[\w./:=@%+-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
    case 'shell':
      return `${action.interpreter.join(' ')}: ${action.script.trim().split('\n', 1)[0] ?? ''}`;
    case 'http':
      return `${action.method} ${action.url}`;
  }
}

function tellsText({ rules }: NonNullable<TaskOutput['definition']['notify']>): string {
  return rules.map(({ channel, on }) => `${channel}: ${on.join(', ')}`).join('\n');
}
