/** Where a page of runs ended, as opaque text: the due instant and id of the last run looked at, in base64url. */
import { AppErrorException, appError } from '../../std/app-error.ts';

export interface RunPosition {
  readonly dueAt: number;
  readonly id: string;
}

const ID_PATTERN = /^[a-z2-7]{20}$/;
const CURSOR_PATTERN = /^[A-Za-z0-9_-]{1,80}$/;

export function formatCursor(position: RunPosition): string {
  return Buffer.from(`${position.dueAt}:${position.id}`).toString('base64url');
}

/** Throws `AppErrorException` INVALID_INPUT when the text is no cursor. */
export function parseCursor(cursor: string): RunPosition {
  const text = CURSOR_PATTERN.test(cursor) ? Buffer.from(cursor, 'base64url').toString() : '';
  const [due = '', id = ''] = text.split(':');
  const dueAt = /^\d{1,16}$/.test(due) ? Number(due) : NaN;
  if (!Number.isSafeInteger(dueAt) || !ID_PATTERN.test(id)) {
    const advice = 'Start again from the first page, without a cursor.';
    throw new AppErrorException(appError('INVALID_INPUT', 'The cursor is malformed.', { field: 'cursor', advice }));
  }
  return { dueAt, id };
}
