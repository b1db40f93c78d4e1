/**
 * How a refusal travels: one oRPC error per kind (which fixes the HTTP status), whose data is the `AppError` itself.
 * So every carrier, REST included, gives the same code, message, advice and field.
 */
import { z } from 'zod';
import { ORPCError } from '@orpc/contract';
import { type AppError, errorKind } from '../std/app-error.ts';
import { ERROR_CODES } from '../std/error-codes.ts';

export const appErrorSchema = z.object({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  advice: z.string(),
  field: z.string().optional(),
});

/** The errors of every procedure. */
export const API_ERRORS = {
  INVALID: { status: 400, message: 'the input is malformed', data: appErrorSchema },
  FORBIDDEN: { status: 403, message: 'not allowed', data: appErrorSchema },
  NOT_FOUND: { status: 404, message: 'there is no such thing', data: appErrorSchema },
  REFUSED: { status: 409, message: 'not possible now', data: appErrorSchema },
  UNAVAILABLE: { status: 503, message: 'the part that could answer cannot be reached', data: appErrorSchema },
  FAILED: { status: 500, message: 'it was tried and went wrong', data: appErrorSchema },
} as const;

export type ApiErrorName = keyof typeof API_ERRORS;

/** The name under which a refusal travels. */
export function apiErrorName(error: AppError): ApiErrorName {
  if (error.code.endsWith('_NOT_FOUND') && errorKind(error.code) === 'refused') return 'NOT_FOUND';
  if (error.code === 'NOT_AUTHORIZED') return 'FORBIDDEN';
  switch (errorKind(error.code)) {
    case 'usage':
      return 'INVALID';
    case 'refused':
      return 'REFUSED';
    case 'unavailable':
      return 'UNAVAILABLE';
    case 'failed':
      return 'FAILED';
  }
}

/** The exception that oRPC carries to the caller for a refusal. */
export function toApiError(error: AppError): ORPCError<ApiErrorName, AppError> {
  const name = apiErrorName(error);
  return new ORPCError(name, { defined: true, status: API_ERRORS[name].status, message: error.message, data: error });
}
