/** Handlers of the group `channels`. */
import type { ChannelView } from '../peer/peer-view.ts';
import { isoOf } from './api-values.ts';
import type { ChannelOutput } from './channel-schemas.ts';
import { type ApiParts, valueOf } from './implementer.ts';
import { machineNames } from './references.ts';

/** Tasks that are named with a channel. */
const TASKS_NAMED = 100;

export function channelProcedures({ os, peer }: ApiParts) {
  return {
    list: os.channels.list.handler(() => {
      const nameOf = machineNames(peer.view);
      return { channels: peer.view.channels().map((view) => channelOutputOf(view, nameOf)) };
    }),
    put: os.channels.put.handler(async ({ input: { name, channel, expectRevision } }) =>
      valueOf(
        await peer.execute({
          kind: 'put-channel',
          name,
          channel,
          ...(expectRevision === undefined ? {} : { expectRevision }),
        }),
      ),
    ),
    delete: os.channels.delete.handler(async ({ input: { name } }) =>
      valueOf(await peer.execute({ kind: 'delete-channel', name })),
    ),
    test: os.channels.test.handler(async ({ input: { name } }) =>
      valueOf(await peer.execute({ kind: 'test-channel', name })),
    ),
  };
}

function channelOutputOf(view: ChannelView, nameOf: ReturnType<typeof machineNames>): ChannelOutput {
  const { name, channel, revision, changedAt, author, tasks, waiting, failure, sentAt } = view;
  return {
    name,
    channel,
    revision,
    changedAt: isoOf(changedAt),
    changedBy: { id: author, name: nameOf(author) },
    tasks: tasks.slice(0, TASKS_NAMED),
    taskCount: tasks.length,
    here: {
      waiting,
      sentAt: isoOf(sentAt),
      failure: failure === undefined ? null : { text: failure.text, at: isoOf(failure.at) },
    },
  };
}
