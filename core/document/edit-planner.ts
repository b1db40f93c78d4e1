/**
 * Works out a list of edits: each edit into a draft, and the draft into changes of a bounded size. The values of one
 * edit stay in one change where they fit, so that a peer does not see half a task.
 */
import { DOCUMENT, LIMITS } from '../config/constants.ts';
import { appError } from '../std/app-error.ts';
import { unreachable } from '../std/assert.ts';
import { type Result, err } from '../std/result.ts';
import { type CalendarCounts, deleteCalendar, putCalendar } from './calendar-changes.ts';
import { type ChannelCounts, deleteChannel, putChannel } from './channel-changes.ts';
import type { DocumentEdit } from './document-protocol.ts';
import type { Draft } from './draft.ts';
import type { Write } from './replica.ts';
import { createCluster, patchMachine, putMachine } from './roster-changes.ts';
import { type SecretCounts, deleteSecret, putSecret } from './secret-changes.ts';
import { deleteTask, putTask, restoreTask, settleConflict, suspendTask } from './task-changes.ts';

/** What an operation takes in a change beside its text. */
const OPERATION_BYTES = 128;

/** What there is before a list of edits. */
export interface EditCounts {
  readonly machines: number;
  readonly secrets: SecretCounts;
  readonly calendars: CalendarCounts;
  readonly channels: ChannelCounts;
}

/**
 * Plans a list of edits.
 * @param counts entries that the roster has, secrets, calendars and channels.
 * @returns the writes of each change to be made; none when everything is as wanted already. Or the first refusal.
 */
export function planEdits(draft: Draft, edits: readonly DocumentEdit[], counts: EditCounts): Result<Write[][]> {
  if (edits.length > LIMITS.operationsPerEdit) {
    const message = `The list has ${edits.length} edits; ${LIMITS.operationsPerEdit} are allowed.`;
    return err(appError('LIMIT_EXCEEDED', message));
  }
  let { machines } = counts;
  for (const edit of edits) {
    draft.begin();
    const planned = planEdit(draft, edit, { ...counts, machines });
    if (!planned.ok) return planned;
    if (edit.kind === 'put-machine') machines += 1;
  }
  return { ok: true, value: splitIntoChanges(draft.groups) };
}

function planEdit(draft: Draft, edit: DocumentEdit, counts: EditCounts): Result<undefined> {
  switch (edit.kind) {
    case 'create-cluster':
      return createCluster(draft, edit);
    case 'put-task':
      return putTask(draft, edit);
    case 'suspend-task':
      return suspendTask(draft, edit);
    case 'delete-task':
      return deleteTask(draft, edit);
    case 'restore-task':
      return restoreTask(draft, edit);
    case 'settle-conflict':
      return settleConflict(draft, edit);
    case 'put-machine':
      return putMachine(draft, edit, counts.machines);
    case 'patch-machine':
      return patchMachine(draft, edit);
    case 'put-secret':
      return putSecret(draft, edit, counts.secrets);
    case 'delete-secret':
      return deleteSecret(draft, edit);
    case 'put-calendar':
      return putCalendar(draft, edit, counts.calendars);
    case 'delete-calendar':
      return deleteCalendar(draft, edit);
    case 'put-channel':
      return putChannel(draft, edit, counts.channels);
    case 'delete-channel':
      return deleteChannel(draft, edit);
    default:
      return unreachable(edit);
  }
}

function splitIntoChanges(groups: readonly (readonly Write[])[]): Write[][] {
  const changes: Write[][] = [];
  let room = 0;
  for (const group of groups) {
    const whole = sizeOf(group);
    const parts = whole <= DOCUMENT.changeTargetBytes ? [group] : group.map((write) => [write]);
    for (const part of parts) {
      const size = sizeOf(part);
      if (size > room) {
        changes.push([]);
        room = DOCUMENT.changeTargetBytes;
      }
      changes.at(-1)?.push(...part);
      room -= size;
    }
  }
  return changes;
}

function sizeOf(writes: readonly Write[]): number {
  return writes.reduce((sum, { key, text }) => sum + utf8SizeOf(text) + key.length + OPERATION_BYTES, 0);
}

/** Bytes of a text in UTF-8; half of a surrogate pair counts two. */
function utf8SizeOf(text: string): number {
  let size = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7ff) size += code >= 0xd800 && code <= 0xdfff ? 1 : 2;
    else if (code > 0x7f) size += 1;
  }
  return size;
}
