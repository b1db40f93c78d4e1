/**
 * The outcome of something that may be refused. Expected refusals travel as values, never as exceptions, so that every
 * caller sees them in the type. A broken invariant is not a refusal: see `assert.ts`.
 */
import type { AppError } from './app-error.ts';

export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Err<E> {
  readonly ok: false;
  readonly error: E;
}

export type Result<T, E = AppError> = Ok<T> | Err<E>;

/** Wraps a value as success. */
export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

/** Wraps a refusal. */
export function err<E>(error: E): Err<E> {
  return { ok: false, error };
}
