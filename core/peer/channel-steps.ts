/** Channels of the cluster: what the document says of them, and edits, which are an admin's. */
import type { NamedChannel } from '../document/channel-changes.ts';
import { secretOf } from '../domain/channel-ways.ts';
import { channelsNamed } from '../domain/notify.ts';
import type { Task, TaskDefinition } from '../domain/task.ts';
import { ok } from '../std/result.ts';
import { noteAudit } from './audit-steps.ts';
import { tasksTelling } from './channel-view.ts';
import type { CommandOf } from './commands.ts';
import { editDocument } from './document-steps.ts';
import { failWith, refuse } from './join-steps.ts';
import { watchNotices } from './notice-steps.ts';
import { emit, type PeerState, type Turn } from './state.ts';

/** Tasks that a refusal names. */
const NAMED = 5;

/** The document has other channels. */
export function applyChannels(turn: Turn, channels: readonly NamedChannel[]): void {
  const { state } = turn;
  for (const { name, kept } of channels) {
    if (kept === undefined) state.channels.delete(name);
    else state.channels.set(name, kept);
  }
  watchNotices(turn);
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
}

/**
 * A channel that a definition names and that does not exist; undefined when there is none. What the task named before is
 * let be: its channel may have been deleted elsewhere, and that must not keep anybody from changing something else.
 */
export function unknownChannel(
  { channels }: PeerState,
  definition: TaskDefinition,
  before: Task | undefined,
): string | undefined {
  const known = new Set(before === undefined ? [] : channelsNamed(before));
  return channelsNamed(definition).find((name) => !channels.has(name) && !known.has(name));
}

export function putChannel(turn: Turn, requestId: string, command: CommandOf<'put-channel'>): void {
  const { name, channel } = command;
  const detail = turn.state.channels.has(name) ? 'changed' : 'created';
  const secret = secretOf(channel);
  if (secret !== undefined && !hasSecret(turn.state, secret.name)) {
    const message = `there is no secret "${secret.name}"`;
    return refuse(turn, requestId, 'SECRET_NOT_FOUND', message, `channel.${secret.field}`);
  }
  editDocument(turn, requestId, [command], {
    finish: (later) => {
      noteAudit(later, 'channel-changed', { by: later.state.self, subject: name, detail });
      emit(later, { type: 'reply', requestId, outcome: ok({ name }) });
    },
    fail: failWith(requestId),
  });
}

/** Refused while a task names it: nobody would hear of that any more. */
export function deleteChannel(turn: Turn, requestId: string, command: CommandOf<'delete-channel'>): void {
  const { name } = command;
  const users = tasksTelling(turn.state.tasks.values(), name);
  if (users.length > 0) {
    const more = users.length > NAMED ? ` and ${users.length - NAMED} more` : '';
    const named = users.slice(0, NAMED).map((id) => `"${id}"`);
    return refuse(turn, requestId, 'CHANNEL_IN_USE', `the channel "${name}" is named by ${named.join(', ')}${more}`);
  }
  editDocument(turn, requestId, [command], {
    finish: (later) => {
      noteAudit(later, 'channel-changed', { by: later.state.self, subject: name, detail: 'deleted' });
      emit(later, { type: 'reply', requestId, outcome: ok({ name }) });
    },
    fail: failWith(requestId),
  });
}

function hasSecret({ secrets }: PeerState, name: string): boolean {
  const state = secrets.get(name);
  return state !== undefined && !('deleted' in state);
}
