/** An expected refusal: a code of the catalogue, what happened in words, and where. Plain data, so that it can travel. */
import { ERROR_CATALOGUE, type ErrorCode, type ErrorKind } from './error-codes.ts';

export interface AppError {
  readonly code: ErrorCode;
  /** What happened, in one sentence, with the names concerned. */
  readonly message: string;
  /** What a person can do about it. */
  readonly advice: string;
  /** Dotted path of the input field concerned, such as `schedule.cron`. */
  readonly field?: string;
}

/** Makes a refusal; the advice comes from the catalogue unless a better one is known. */
export function appError(code: ErrorCode, message: string, extra: { field?: string; advice?: string } = {}): AppError {
  return {
    code,
    message,
    advice: extra.advice ?? ERROR_CATALOGUE[code].advice,
    ...(extra.field === undefined ? {} : { field: extra.field }),
  };
}

export function errorKind(code: ErrorCode): ErrorKind {
  return ERROR_CATALOGUE[code].kind;
}

/** Carries an `AppError` through code that can only throw (doors and adapters). Core rooms return `Result` instead. */
export class AppErrorException extends Error {
  override readonly name = 'AppErrorException';
  readonly error: AppError;

  constructor(error: AppError) {
    super(`${error.code}: ${error.message}`);
    this.error = error;
  }
}
