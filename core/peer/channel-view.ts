/** Channels as they are shown, with the tasks that name them, and what is wrong with sending by them. */
import { channelsNamed } from '../domain/notify.ts';
import type { TaskId } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import type { ChannelView, WarningView } from './peer-view.ts';
import type { PeerState } from './state.ts';

/** Warnings that are shown of each kind. */
const WARNED = 5;

/** The channels as they are shown, in the order of their names. */
export function channelViews(state: PeerState): ChannelView[] {
  const users = new Map<string, TaskId[]>();
  for (const task of state.tasks.values()) {
    for (const name of channelsNamed(task)) {
      const known = users.get(name);
      if (known === undefined) users.set(name, [task.id]);
      else known.push(task.id);
    }
  }
  return [...state.channels]
    .map(([name, kept]) => {
      const { size: waiting = 0, failure, sentAt } = state.notices.outboxes.get(name) ?? {};
      return { name, ...kept, tasks: users.get(name)?.sort() ?? [], waiting, failure, sentAt };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Channels that could not be told something, and tasks that name one that does not exist. */
export function channelWarnings(state: PeerState): WarningView[] {
  const warnings: WarningView[] = [];
  for (const [name, outbox] of state.notices.outboxes) {
    if (outbox.failure === undefined || warnings.length === WARNED) continue;
    const text = `the channel "${name}" could not be told something: ${outbox.failure.text}`;
    warnings.push({ code: 'NOTIFICATION_FAILED', text, advice: `Try it: \`carillon channel test ${name}\`.` });
  }
  let lacking = 0;
  for (const task of state.tasks.values()) {
    const missing = channelsNamed(task).find((name) => !state.channels.has(name));
    if (missing === undefined) continue;
    const text = `the task "${task.id}" tells nobody by the channel "${missing}", which does not exist`;
    const advice = 'Create the channel again, or take it out of the task.';
    warnings.push({ code: 'CHANNEL_NOT_FOUND', text, advice });
    lacking += 1;
    if (lacking === WARNED) break;
  }
  return warnings;
}

/** Tasks that name a channel, in the order of their ids. */
export function tasksTelling(tasks: Iterable<Task>, name: string): TaskId[] {
  const ids: TaskId[] = [];
  for (const task of tasks) if (channelsNamed(task).includes(name)) ids.push(task.id);
  return ids.sort();
}
