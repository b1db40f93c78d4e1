/** Where in an input the field is that a refusal of an inner room names. */
import type { AppError } from '../std/app-error.ts';

/** The same refusal, its field seen from further out. */
export function under(error: AppError, prefix: string): AppError {
  if (error.field === undefined) return { ...error, field: prefix };
  const inner = error.field.startsWith('schedule.') ? error.field.slice('schedule.'.length) : error.field;
  return { ...error, field: inner === 'schedule' ? prefix : `${prefix}.${inner}` };
}
