/**
 * `carillon next --cron …`: what a cron expression comes to, computed here, without an agent. Once from flags, or as a
 * stream of questions on standard input, one JSON object a line, answered line by line in the same order.
 *
 * The path imports no schema library and no network code, so that the answer is there at once.
 */
import type { Writable } from 'node:stream';
import { parseCron } from '../../core/scheduling/cron.ts';
import { nextCronOccurrence } from '../../core/scheduling/cron-occurrence.ts';
import { formatZoned, localTimeToInstants, validateTimeZone, zoneOffsetMs } from '../../core/scheduling/time-zone.ts';
import { type AppError, appError } from '../../core/std/app-error.ts';
import { err, ok, type Result } from '../../core/std/result.ts';

/** What is asked, by flags or as a line of the batch. Every value is as the person gave it, unchecked. */
export interface NextQuestion {
  readonly cron?: unknown;
  /** An IANA time zone name; UTC when absent. */
  readonly tz?: unknown;
  /** ISO 8601; without an offset it is a local time of `tz`. Absent: now. */
  readonly from?: unknown;
  /** How many, 1 to 1000; 10 when absent. */
  readonly count?: unknown;
}

export interface NextAnswer {
  /** Strictly after `from`, oldest first, ISO 8601 with offset; fewer than asked when the schedule ends before year 10000. */
  readonly occurrences: readonly string[];
}

export const NEXT_DEFAULT_COUNT = 10;
export const NEXT_MAXIMUM_COUNT = 1000;
/** For the help of the command. */
export const NEXT_TIME_ZONE_HELP = 'IANA time zone, such as Europe/Berlin (UTC when not given)';

/** A longer line of the batch is refused, and skipped up to its end. */
const MAXIMUM_LINE_LENGTH = 64 * 1024;

/**
 * Answers one question.
 * @param now epoch milliseconds, for questions without `from`
 * @returns INVALID_CRON, IMPOSSIBLE_CRON, UNKNOWN_TIME_ZONE or INVALID_INPUT; `field` is `cron`, `tz`, `from` or `count`
 */
export function nextFromFlags(question: NextQuestion, now: number): Result<NextAnswer> {
  if (typeof question.cron !== 'string') return refuse('cron', 'A cron expression is missing, such as "0 3 * * *".');
  const cron = parseCron(question.cron);
  if (!cron.ok) return err({ ...cron.error, field: 'cron' });
  const zone = readZone(question.tz);
  if (!zone.ok) return zone;
  const from = readFrom(question.from, zone.value, now);
  if (!from.ok) return from;
  const count = readCount(question.count);
  if (!count.ok) return count;
  const occurrences: string[] = [];
  let after = from.value;
  while (occurrences.length < count.value) {
    const next = nextCronOccurrence(cron.value, zone.value, after);
    if (next === undefined) break;
    occurrences.push(formatZoned(next, zone.value));
    after = next;
  }
  return ok({ occurrences });
}

/**
 * Answers a stream of questions, one JSON object a line. Each line, a blank or broken one too, gets exactly one line:
 * `{"occurrences":[…]}` or `{"error":{code,message,advice,field}}`.
 * @param input text or bytes in any cut
 * @param write takes one answer without its line end; the next line is read when its promise is fulfilled
 * @param now the clock, for questions without `from`
 */
export async function runNextBatch(
  input: AsyncIterable<string | Uint8Array>,
  write: (line: string) => Promise<void> | void,
  now: () => number,
): Promise<void> {
  for await (const line of linesOf(input)) await write(JSON.stringify(answerLine(line, now())));
}

/** A `write` for `runNextBatch` that waits while the stream is full. */
export function lineWriter(stream: Writable): (line: string) => Promise<void> | void {
  return (line) => {
    if (stream.write(`${line}\n`)) return;
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        stream.off('drain', settle).off('close', settle).off('error', fail);
        resolve();
      };
      const fail = (error: Error): void => {
        stream.off('drain', settle).off('close', settle).off('error', fail);
        reject(error);
      };
      stream.once('drain', settle).once('close', settle).once('error', fail);
    });
  };
}

function answerLine(line: string | undefined, now: number): NextAnswer | { readonly error: AppError } {
  if (line === undefined) {
    const message = `The line is longer than ${MAXIMUM_LINE_LENGTH} characters.`;
    return { error: appError('LIMIT_EXCEEDED', message) };
  }
  const question = parseQuestion(line);
  if (!question.ok) return { error: question.error };
  const answer = nextFromFlags(question.value, now);
  return answer.ok ? answer.value : { error: answer.error };
}

function parseQuestion(line: string): Result<NextQuestion> {
  const advice = 'Write one JSON object a line, such as {"cron":"0 3 * * *","tz":"Europe/Berlin"}.';
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err(appError('INVALID_INPUT', `The line is not JSON: ${reason.slice(0, 200)}.`, { advice }));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return err(appError('INVALID_INPUT', 'The line is not a JSON object.', { advice }));
  }
  const unknown = Object.keys(value).find((key) => !['cron', 'tz', 'from', 'count'].includes(key));
  if (unknown !== undefined) {
    const message = `Unknown field "${unknown.slice(0, 64)}"; known are cron, tz, from and count.`;
    return err(appError('UNKNOWN_FIELD', message, { field: unknown.slice(0, 64) }));
  }
  return ok(value);
}

function readZone(value: unknown): Result<string> {
  if (value === undefined || value === null) return ok('UTC');
  if (typeof value !== 'string') return refuse('tz', 'The time zone is not a text.');
  const zone = validateTimeZone(value);
  return zone.ok ? zone : err({ ...zone.error, field: 'tz' });
}

function readCount(value: unknown): Result<number> {
  if (value === undefined || value === null) return ok(NEXT_DEFAULT_COUNT);
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= NEXT_MAXIMUM_COUNT)
    return ok(count);
  return refuse('count', `The count ${shown(value)} is not a whole number from 1 to ${NEXT_MAXIMUM_COUNT}.`);
}

const ISO_INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** Reads an ISO 8601 instant; a local time in a gap is read by the clock before it, one in an overlap is the first. */
function readFrom(value: unknown, zone: string, now: number): Result<number> {
  if (value === undefined || value === null) return ok(now);
  const match = typeof value === 'string' ? ISO_INSTANT.exec(value.trim()) : null;
  const faulty = (): Result<never> =>
    refuse('from', `The start ${shown(value)} is not an ISO 8601 date and time, such as 2026-03-29T01:30:00Z.`);
  if (match === null) return faulty();
  const numbers = match.slice(1, 7).map((text: string | undefined) => Number(text ?? 0));
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers;
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return faulty();
  if (hour > 24 || minute > 59 || second > 59 || (hour === 24 && minute + second > 0)) return faulty();
  const fractionMs = Math.floor(Number(`0.${match[7] ?? '0'}`) * 1000);
  const localMs = date.getTime() + hour * 3_600_000 + minute * 60_000 + second * 1000 + fractionMs;
  const offset = match[8];
  if (offset === undefined)
    return ok(localTimeToInstants(zone, localMs)[0] ?? localMs - zoneOffsetMs(zone, localMs - 86_400_000));
  if (offset.toUpperCase() === 'Z') return ok(localMs);
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(-2))];
  if (hours > 23 || minutes > 59) return faulty();
  return ok(localMs - (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000);
}

/** Cuts a stream into lines, without their ends; undefined stands for a line that is too long. */
async function* linesOf(input: AsyncIterable<string | Uint8Array>): AsyncGenerator<string | undefined> {
  const decoder = new TextDecoder();
  let pending = '';
  let isTooLong = false;
  for await (const chunk of input) {
    const pieces = (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })).split('\n');
    for (const [index, piece] of pieces.entries()) {
      if (!isTooLong) pending += piece;
      if (pending.length > MAXIMUM_LINE_LENGTH) {
        isTooLong = true;
        pending = '';
      }
      if (index === pieces.length - 1) break;
      yield isTooLong ? undefined : pending;
      pending = '';
      isTooLong = false;
    }
  }
  pending += decoder.decode();
  if (isTooLong) yield undefined;
  else if (pending.trim() !== '') yield pending;
}

function shown(value: unknown): string {
  return (
    typeof value === 'string' || typeof value === 'number' ? JSON.stringify(value) : `of type ${typeof value}`
  ).slice(0, 100);
}

function refuse(field: string, message: string): Result<never> {
  return err(appError('INVALID_INPUT', message, { field }));
}
