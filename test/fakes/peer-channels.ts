/** Channels of the peer in memory: put, deleted and tried as the document and a good receiver would. */
import type { CommandOf } from '../../core/peer/commands.ts';
import { tasksTelling } from '../../core/peer/channel-view.ts';
import { appError } from '../../core/std/app-error.ts';
import { type Result, err, ok } from '../../core/std/result.ts';
import type { FakePeer } from './peer-handle.ts';

export function writeChannel(
  peer: FakePeer,
  command: CommandOf<'put-channel'> | CommandOf<'delete-channel'> | CommandOf<'test-channel'>,
): Result<unknown> {
  const { name } = command;
  const before = peer.channelsByName.get(name);
  if (command.kind === 'put-channel') {
    const { channel, expectRevision } = command;
    const revision = before?.revision ?? 0;
    if (expectRevision !== undefined && expectRevision !== revision) {
      return err(appError('DOCUMENT_CONFLICT', `The channel "${name}" was changed meanwhile.`));
    }
    const origin = { revision: revision + 1, author: peer.view.self, changedAt: peer.view.startedAt };
    peer.channelsByName.set(name, { channel, ...origin });
  } else {
    const [user] = tasksTelling(peer.tasksById.values(), name);
    if (before === undefined) return err(appError('CHANNEL_NOT_FOUND', `There is no channel "${name}".`));
    if (command.kind === 'test-channel') return ok({ name, answer: '204' });
    if (user !== undefined) return err(appError('CHANNEL_IN_USE', `the channel "${name}" is named by "${user}"`));
    peer.channelsByName.delete(name);
  }
  peer.emit({ kind: 'cluster' });
  return ok({ name });
}
