/** Errors at fields of a file, gathered while reading goes on, so that a person sees all of them at once. */
import type { AppError } from '../std/app-error.ts';
import type { ErrorCode } from '../std/error-codes.ts';
import type { Result } from '../std/result.ts';
import type { Path } from './yaml-source.ts';

/** An error at a field; the reader of the file adds line and column. */
export interface FieldError {
  readonly code: ErrorCode;
  readonly path: Path;
  /** Whether the name of the field or its value is wrong. */
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly advice?: string;
}

/** Notes refusals with their fields, and lets building go on. */
export class ErrorCollector {
  readonly errors: FieldError[] = [];

  /** The value of a result, or undefined after noting its refusal at `path`. */
  take<T>(path: Path, result: Result<T>): T | undefined {
    if (result.ok) return result.value;
    this.refuse(path, result.error);
    return undefined;
  }

  refuse(
    path: Path,
    error: Pick<AppError, 'code' | 'message'> & { advice?: string },
    at: 'key' | 'value' = 'value',
  ): void {
    const advice = error.advice === undefined ? {} : { advice: error.advice };
    this.errors.push({ code: error.code, path, at, message: error.message, ...advice });
  }
}
