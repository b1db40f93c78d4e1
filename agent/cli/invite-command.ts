/** `carillon invite`: prints a one-time token that admits one machine; lists invitations, and takes them back. */
import { type Command, Option } from 'commander';
import type { Role } from '../../core/domain/machine.ts';
import { ROLES } from './choices.ts';
import type { CliHost } from './cli-host.ts';
import { type Outcome, type Session, handle, newCommand, usageError } from './command.ts';
import { labelsText, readLabels } from './label-option.ts';
import { formatTable } from './table.ts';
import { readDuration, relativeTime } from './times.ts';

interface Options {
  readonly role?: Role[];
  readonly label?: string[];
  readonly expires?: string;
  readonly list?: true;
  readonly cancel?: string;
}

export function inviteCommand(host: CliHost): Command {
  const command = newCommand(
    'invite',
    'Make an invitation for one machine',
    'carillon invite --role executor --label room=attic --expires 10m\ncarillon invite --list\ncarillon invite --cancel 3f9a01bc',
  )
    .addOption(new Option('--role <role...>', 'what the new machine may do (default: editor executor)').choices(ROLES))
    .option('--label <key=value...>', 'label that the new machine gets, besides its own')
    .option('--expires <duration>', 'how long the invitation is good for (default: 10m)')
    .option('--list', 'list the invitations of this machine that have not expired')
    .option('--cancel <id>', 'take an invitation back');
  return handle<Options>(command, host, (session, options) => {
    refuseMixes(options);
    if (options.list === true) return list(session);
    return options.cancel === undefined ? invite(session, options) : cancel(session, options.cancel);
  });
}

function refuseMixes({ list, cancel, role, label, expires }: Options): void {
  const making = role !== undefined || label !== undefined || expires !== undefined;
  if (list === true && cancel !== undefined) throw usageError('--list and --cancel exclude each other', 'cancel');
  if (making && (list === true || cancel !== undefined)) {
    throw usageError('--role, --label and --expires are for a new invitation', list === true ? 'list' : 'cancel');
  }
}

async function invite(session: Session, { role, label, expires }: Options): Promise<Outcome> {
  const client = await session.connect();
  const value = await client.cluster.invite({
    ...(role === undefined ? {} : { roles: [...new Set(role)] }),
    ...(label === undefined ? {} : { labels: readLabels(label) }),
    ...(expires === undefined ? {} : { expiresMs: readDuration(expires, 'expires') }),
  });
  const until = relativeTime(value.expiresAt, session.host.now());
  const lines = [
    value.token,
    '',
    `It admits one machine and expires ${until}. There, run:`,
    '  carillon join TOKEN',
    `To take it back: carillon invite --cancel ${value.id}`,
  ];
  return { value, text: lines.join('\n') };
}

async function cancel(session: Session, id: string): Promise<Outcome> {
  const value = await (await session.connect()).cluster.cancelInvitation({ id });
  return { value, text: `The invitation ${value.id} admits nobody any more.` };
}

async function list(session: Session): Promise<Outcome> {
  const value = await (await session.connect()).cluster.invitations({});
  const { paint, host } = session;
  if (value.invitations.length === 0) return { value, text: 'This machine has no invitations.' };
  const rows = value.invitations.map((each) => [
    each.id,
    each.state === 'used' ? `used by ${each.usedByName ?? each.usedBy ?? 'a machine'}` : each.state,
    each.roles.join(' '),
    labelsText(each.labels),
    relativeTime(each.expiresAt, host.now()),
  ]);
  return {
    value,
    text: formatTable(['ID', 'STATE', 'ROLES', 'LABELS', 'EXPIRES'], rows, { paint, columns: host.columns }),
  };
}
