/**
 * The table, ready to be given handlers: whatever a handler throws leaves as one of the table's errors. Refusals keep
 * their code; malformed input becomes INVALID_INPUT with the field's path; anything else is a fault of ours, logged
 * here and told as INTERNAL without its details.
 */
import { type ImplementerInternalWithMiddlewares, implement } from '@orpc/server';
import { ORPCError, ValidationError } from '@orpc/contract';
import { formatDuration } from '../formats/duration.ts';
import type { PeerHandle } from '../peer/peer-handle.ts';
import { AppErrorException, appError } from '../std/app-error.ts';
import type { AppError } from '../std/app-error.ts';
import type { Result } from '../std/result.ts';
import { toApiError } from './api-errors.ts';
import type { ApiHost } from './api-host.ts';
import { type ApiContract, contract } from './contract.ts';
import type { StreamGate } from './stream-gate.ts';

/** What every handler is made from. */
export interface ApiParts {
  readonly os: ApiImplementer;
  readonly peer: PeerHandle;
  readonly host: ApiHost;
  readonly streams: StreamGate;
}

/** What handlers are given is in `ApiParts`. */
export type NoContext = Record<never, never>;
/** Named, because what the compiler finds out by itself is longer than it can write down. */
export type ApiImplementer = ImplementerInternalWithMiddlewares<ApiContract, NoContext, NoContext>;

export function createImplementer(host: ApiHost): ApiImplementer {
  return implement(contract).use(async ({ next, path }) => {
    try {
      return await next();
    } catch (fault) {
      throw translateFault(fault, path, host);
    }
  });
}

/** The value of a result; a refusal is thrown in the form in which it travels. */
export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw toApiError(result.error);
  return result.value;
}

/** The form in which whatever was thrown leaves the API. */
export function translateFault(fault: unknown, path: readonly string[], host: ApiHost): Error {
  if (fault instanceof AppErrorException) return toApiError(fault.error);
  if (fault instanceof ORPCError) {
    if (fault.defined) return fault;
    if (fault.cause instanceof ValidationError && fault.code === 'BAD_REQUEST')
      return toApiError(inputError(fault.cause));
  }
  const reason = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  host.logger.log('error', 'a request failed by a fault of ours', { procedure: path.join('.'), reason });
  return toApiError(appError('INTERNAL', `${path.join('.')} failed unexpectedly`));
}

function inputError(cause: ValidationError): AppError {
  return issueError(cause.issues[0]);
}

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string;
  readonly keys?: readonly string[];
  /** Of what a bound is: `number`, `string`, `array`. */
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
}

/**
 * The refusal that a schema's complaint stands for: UNKNOWN_FIELD or INVALID_INPUT, with the dotted path of the field.
 * @param prefix path of the value that was checked, such as `definitions.3`.
 */
export function issueError(issue: Issue | undefined, prefix: readonly string[] = []): AppError {
  const path = [...prefix, ...(issue?.path ?? []).map(segmentText)];
  if (issue?.code === 'unrecognized_keys' && issue.keys !== undefined) {
    const field = [...path, issue.keys[0] ?? ''].join('.');
    return appError('UNKNOWN_FIELD', `there is no field "${field}"`, { field });
  }
  const field = path.join('.');
  const message = issue === undefined ? 'the input is malformed' : (boundText(issue, field) ?? issue.message);
  return field === ''
    ? appError('INVALID_INPUT', message)
    : appError('INVALID_INPUT', `${field}: ${message}`, { field });
}

/** A bound that was missed, in words for people; the schema's own are for programmers. */
function boundText({ code, origin, minimum, maximum, message }: Issue, field: string): string | undefined {
  const [bound, side] = code === 'too_small' ? [minimum, 'least'] : code === 'too_big' ? [maximum, 'most'] : [];
  // Where the schema has words of its own, they say more.
  if (bound === undefined || !/^Too (small|big)/.test(message)) return undefined;
  const isTime = field.endsWith('Ms') && Number.isSafeInteger(bound) && Number(bound) > 0;
  const plural = Number(bound) === 1 ? '' : 's';
  if (origin === 'string') return `must have at ${side} ${bound} character${plural}`;
  if (origin === 'array') return `must have at ${side} ${bound} ${plural === '' ? 'entry' : 'entries'}`;
  return `must be at ${side} ${isTime ? formatDuration(Number(bound)) : bound}`;
}

function segmentText(segment: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}
