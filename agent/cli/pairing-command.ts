/** `carillon pairing list|approve|refuse|clear`: decides on machines that ask to join. */
import { type Command, Option } from 'commander';
import type { PairingList } from '../../core/api/pairing-schemas.ts';
import type { Role } from '../../core/domain/machine.ts';
import { ROLES } from './choices.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand, newGroup } from './command.ts';
import { labelsText, readLabels } from './label-option.ts';
import { formatTable } from './table.ts';
import { relativeTime } from './times.ts';

export function pairingCommand(host: CliHost): Command {
  return newGroup('pairing', 'Decide on machines that ask to join')
    .addCommand(listCommand(host))
    .addCommand(approveCommand(host))
    .addCommand(refuseCommand(host))
    .addCommand(clearCommand(host));
}

function listCommand(host: CliHost): Command {
  const command = newCommand('list', 'Show who asks to join here, and the digits to compare', 'carillon pairing list');
  return handle(command, host, async (session) => {
    const value = await (await session.connect()).pairing.list({});
    return { value, text: listText(value, session) };
  });
}

function approveCommand(host: CliHost): Command {
  const command = newCommand(
    'approve <machine>',
    'Let a machine join that shows the same digits',
    'carillon pairing approve laptop --role editor executor --label room=attic',
  )
    .addOption(new Option('--role <role...>', 'what the new machine may do (default: editor executor)').choices(ROLES))
    .option('--label <key=value...>', 'its labels, instead of those that it gives itself');
  return handle<{ role?: Role[]; label?: string[] }>(command, host, async (session, { role, label }, machine = '') => {
    const value = await (
      await session.connect()
    ).pairing.approve({
      machine,
      ...(role === undefined ? {} : { roles: [...new Set(role)] }),
      ...(label === undefined ? {} : { labels: readLabels(label) }),
    });
    const text =
      value.state === 'admitted'
        ? `"${value.name}" belongs to the cluster now.`
        : `"${value.name}" is let in as soon as somebody has confirmed the digits on it.`;
    return { value, text };
  });
}

function refuseCommand(host: CliHost): Command {
  const command = newCommand(
    'refuse <machine>',
    'Refuse a machine that asks to join',
    'carillon pairing refuse laptop',
  );
  return handle(command, host, async (session, _options, machine = '') => {
    const value = await (await session.connect()).pairing.refuse({ machine });
    return { value, text: `${machine} was refused.` };
  });
}

function clearCommand(host: CliHost): Command {
  const description = 'Refuse all machines that ask to join, and let them ask anew';
  return handle(newCommand('clear', description, 'carillon pairing clear'), host, async (session) => {
    const value = await (await session.connect()).pairing.clear({});
    const were = value.ended === 1 ? '1 machine was refused' : `${value.ended} machines were refused`;
    return { value, text: `${were}. Any machine may ask again.` };
  });
}

function listText({ asked, addresses }: PairingList, { paint, host }: Session): string {
  if (asked.length === 0) {
    const ways = addresses.map((address) => `  carillon pair ${address}`);
    return [
      'No machine asks to join. On a new machine, run `carillon pair` with the name of this one, or:',
      ...ways,
    ].join('\n');
  }
  const rows = asked.map((each) => [
    `${each.digits.slice(0, 3)} ${each.digits.slice(3)}`,
    each.name,
    each.approved ? 'approved here' : each.confirmed ? 'confirmed there' : 'asks',
    labelsText(each.labels),
    each.remoteAddress,
    each.fingerprint,
    relativeTime(each.expiresAt, host.now()),
  ]);
  const heads = ['DIGITS', 'MACHINE', 'STATE', 'LABELS', 'AT', 'FINGERPRINT', 'EXPIRES'];
  const table = formatTable(heads, rows, { paint, columns: host.columns });
  return `${table}\n\nCompare the digits with those on the new machine. If they are the same: carillon pairing approve MACHINE`;
}
