/** `carillon task revert ID CHANGE`: brings a task, or a part of it, back to an earlier revision. */
import type { Command } from 'commander';
import { facetNameSchema } from '../../core/api/task-schemas.ts';
import type { CliHost } from './cli-host.ts';
import { handle, newCommand, usageError } from './command.ts';

export function taskRevertCommand(host: CliHost): Command {
  const command = newCommand(
    'revert <id> <change>',
    'Bring a task back to an earlier revision',
    'carillon task revert nightly-backup 3f2a91c0\ncarillon task revert nightly-backup 3f2a91c0 --part schedule',
  ).option('--part <part>', `only this part of it: ${facetNameSchema.options.join(', ')}`);
  return handle<{ part?: string }>(command, host, async (session, { part }, id = '', change = '') => {
    const facet = part === undefined ? undefined : facetNameSchema.safeParse(part);
    if (facet?.success === false) {
      throw usageError(`"${part}" is no part of a task; there are ${facetNameSchema.options.join(', ')}`, 'part');
    }
    const client = await session.connect();
    const changeHash = change.toLowerCase();
    const value = await client.tasks.revert({ id, changeHash, ...(facet === undefined ? {} : { facet: facet.data }) });
    const text =
      value.outcome === 'unchanged'
        ? `${id} is like that already.`
        : `${id} is as it was after ${change}: ${value.facets.join(', ')} changed.`;
    return { value, text };
  });
}
