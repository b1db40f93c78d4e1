/** `carillon policy show|set|reset|pause|resume`: what the cluster may do on this machine. */
import type { Command } from 'commander';
import type { PolicyOutput } from '../../core/api/policy-schemas.ts';
import type { LocalPolicy } from '../../core/domain/local-policy.ts';
import type { CliHost } from './cli-host.ts';
import { type Outcome, type Session, handle, newCommand, newGroup, usageError } from './command.ts';
import { formatFields } from './table.ts';
import { readDuration, readInstant, readInteger } from './times.ts';

interface SetOptions {
  readonly slots?: string;
  readonly types?: string;
  readonly forbidTags?: string;
  readonly folders?: string;
  readonly users?: string;
  readonly runAs?: string;
  readonly mainsOnly?: string;
  readonly idle?: string;
  readonly quiet?: string;
}

const MINUTE_MS = 60_000;
const QUIET = /^(\d\d:\d\d)-(\d\d:\d\d)$/;

export function policyCommand(host: CliHost): Command {
  const group = newGroup('policy', 'See and change what the cluster may do on this machine');
  group.addCommand(
    handle(newCommand('show', 'Show the policy of this machine', 'carillon policy show'), host, async (session) =>
      outcomeOf(session, await (await session.connect()).policy.show({})),
    ),
  );
  group.addCommand(setCommand(host));
  group.addCommand(
    handle(newCommand('reset', 'Allow everything again', 'carillon policy reset'), host, (session) => put(session, {})),
  );
  group.addCommand(pauseCommand(host));
  group.addCommand(
    handle(newCommand('resume', 'End the pause of this machine', 'carillon policy resume'), host, async (session) => {
      const { paused: _, ...rest } = await present(session);
      return put(session, rest);
    }),
  );
  return group;
}

function setCommand(host: CliHost): Command {
  const example =
    'carillon policy set --slots 2 --quiet 22:00-07:00\ncarillon policy set --types command,http --quiet none';
  const command = newCommand('set', 'Change rules of the policy; the others stay. "none" lifts a rule', example)
    .option('--slots <count>', 'runs at once')
    .option('--types <types>', 'only these types of actions: command, shell, http')
    .option('--forbid-tags <tags>', 'no tasks with these tags')
    .option('--folders <folders>', 'only tasks that work in these folders')
    .option('--users <users>', 'users of this machine as whom tasks may ask to run')
    .option('--run-as <user>', 'the user as whom all other tasks run')
    .option('--mains-only <yes>', '"yes": start runs on mains power only')
    .option('--idle <duration>', 'start runs only when nobody has used the machine for so long, such as 10m')
    .option('--quiet <hours>', 'start no runs at these hours, such as 22:00-07:00,12:00-13:00');
  return handle<SetOptions>(command, host, async (session, options) => {
    const changes = readRules(options);
    if (Object.keys(changes).length === 0) throw usageError('name a rule to change', 'policy');
    const changed = { ...(await present(session)), ...changes };
    const kept = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined));
    return put(session, kept);
  });
}

/** What was given; undefined for rules to lift. */
function readRules(options: SetOptions): { [Rule in keyof LocalPolicy]?: LocalPolicy[Rule] | undefined } {
  const { slots, types, forbidTags, folders, users, runAs, mainsOnly, idle, quiet } = options;
  const rule = <Value>(text: string, read: (text: string) => Value): Value | undefined =>
    text === 'none' ? undefined : read(text);
  return {
    ...(slots === undefined ? {} : { slots: rule(slots, (text) => readInteger(text, 'slots', 0, 512)) }),
    ...(types === undefined ? {} : { actionTypes: rule(types, split) as LocalPolicy['actionTypes'] }),
    ...(forbidTags === undefined ? {} : { forbiddenTags: rule(forbidTags, split) }),
    ...(folders === undefined ? {} : { folders: rule(folders, split) }),
    ...(users === undefined ? {} : { users: rule(users, split) }),
    ...(runAs === undefined ? {} : { runAs: rule(runAs, (text) => text) }),
    ...(mainsOnly === undefined ? {} : { mainsOnly: rule(mainsOnly, readYes) }),
    ...(idle === undefined
      ? {}
      : { idleMinutes: rule(idle, (text) => Math.ceil(readDuration(text, 'idle') / MINUTE_MS)) }),
    ...(quiet === undefined ? {} : { quietHours: rule(quiet, (text) => split(text).map(readQuiet)) }),
  };
}

function pauseCommand(host: CliHost): Command {
  const command = newCommand(
    'pause',
    'Start no new runs on this machine; what runs goes on',
    'carillon policy pause --for 1h\ncarillon policy pause --until 2026-12-01T08:00:00Z\ncarillon policy pause',
  )
    .option('--for <duration>', 'for so long, such as 1h')
    .option('--until <instant>', 'until this instant (default: until it is resumed)');
  return handle<{ for?: string; until?: string }>(command, host, async (session, { for: lasting, until }) => {
    if (lasting !== undefined && until !== undefined) throw usageError('give --for or --until, not both', 'until');
    const now = host.now();
    const paused =
      lasting !== undefined
        ? now + readDuration(lasting, 'for')
        : until === undefined
          ? true
          : Date.parse(readInstant(until, 'until', now));
    if (paused !== true && paused <= now) throw usageError('the pause would be over already', 'until');
    return put(session, { ...(await present(session)), paused });
  });
}

async function present(session: Session): Promise<LocalPolicy> {
  const { policy, problem } = await (await session.connect()).policy.show({});
  if (problem !== null) throw usageError(`${problem}. Correct the file, or run: carillon policy reset`, 'policy');
  return policy;
}

async function put(session: Session, policy: LocalPolicy): Promise<Outcome> {
  return outcomeOf(session, await (await session.connect()).policy.put({ policy }));
}

function outcomeOf({ paint }: Session, value: PolicyOutput): Outcome {
  const { policy, problem, refusal, path, timeZone } = value;
  if (problem !== null) {
    return {
      value,
      text: `${paint.red('cannot be used')}: ${problem}\nThis machine takes no runs until it is corrected.`,
    };
  }
  const rows: [string, string][] = [
    ['slots', policy.slots === undefined ? 'the agent’s own number' : String(policy.slots)],
    ['action types', policy.actionTypes?.join(', ') ?? 'all'],
    ['forbidden tags', policy.forbiddenTags?.join(', ') ?? 'none'],
    ['folders', policy.folders?.join(', ') ?? 'all'],
    ['users', policy.users?.join(', ') ?? 'none but the usual one'],
    ['run as', policy.runAs ?? 'the agent’s own user'],
    ['mains only', policy.mainsOnly === true ? 'yes' : 'no'],
    ['idle for', policy.idleMinutes === undefined ? 'not asked' : `${policy.idleMinutes} min`],
    ['quiet hours', policy.quietHours?.map(({ from, until }) => `${from}-${until}`).join(', ') ?? 'none'],
    ['paused', pausedText(policy.paused)],
    ['time zone', timeZone],
    ['file', path],
  ];
  const now = refusal === null ? paint.green('takes runs') : paint.yellow(`takes no runs now: ${refusal.text}`);
  return { value, text: formatFields([...rows, ['this machine', now]], paint) };
}

function pausedText(paused: LocalPolicy['paused']): string {
  if (paused === undefined) return 'no';
  return paused === true ? 'until it is resumed' : `until ${new Date(paused).toISOString()}`;
}

function split(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

function readYes(text: string): boolean {
  if (text === 'yes') return true;
  if (text === 'no') return false;
  throw usageError(`"${text}" is not yes, no or none`, 'mains-only');
}

function readQuiet(text: string): { from: string; until: string } {
  const [, from, until] = QUIET.exec(text) ?? [];
  if (from === undefined || until === undefined) throw usageError(`"${text}" is not HH:MM-HH:MM`, 'quiet');
  return { from, until };
}
