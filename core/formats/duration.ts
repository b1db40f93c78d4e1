/**
 * Durations as people write them: `30s`, `15m`, `1h30m`, `500ms`. A number always carries its unit, because a bare
 * `30` reads as seconds to one person and as minutes to another. Inside, durations are whole milliseconds.
 */
import { appError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';

const UNITS = [
  { name: 'w', ms: 604_800_000 },
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'm', ms: 60_000 },
  { name: 's', ms: 1000 },
  { name: 'ms', ms: 1 },
] as const;

/** What a well-formed duration looks like, for schemas: numbers with units, the largest unit first. */
export const DURATION_PATTERN =
  /^(?=\d)(?:\d+(?:\.\d+)?w)?(?:\d+(?:\.\d+)?d)?(?:\d+(?:\.\d+)?h)?(?:\d+(?:\.\d+)?m)?(?:\d+(?:\.\d+)?s)?(?:\d+ms)?$/;

const ADVICE = 'Write a number with its unit: ms, s, m, h, d or w, such as 30s, 15m or 1h30m.';
const MAX_LENGTH = 64;

/**
 * Reads a duration.
 * @returns whole milliseconds, or INVALID_INPUT (no unit, unknown unit, wrong order, not a whole millisecond).
 */
export function parseDuration(text: string): Result<number> {
  const trimmed = text.trim();
  if (trimmed.length > MAX_LENGTH) return refuse('a duration is a short text such as 1h30m');
  if (/^-/.test(trimmed)) return refuse(`"${trimmed}" is negative`);
  if (/^\d+(\.\d+)?$/.test(trimmed)) {
    return refuse(`"${trimmed}" has no unit`, `Write the unit: ${trimmed}s for seconds or ${trimmed}m for minutes.`);
  }
  if (!DURATION_PATTERN.test(trimmed)) return refuse(`"${trimmed}" is not a duration`);
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[wdhms])/g)) {
    total += Number(amount) * (UNITS.find((entry) => entry.name === unit)?.ms ?? 0);
  }
  const rounded = Math.round(total);
  if (!Number.isSafeInteger(rounded)) return refuse(`"${trimmed}" is too long`);
  if (Math.abs(total - rounded) > 1e-6) return refuse(`"${trimmed}" is not a whole number of milliseconds`);
  return ok(rounded);
}

/** Writes whole, non-negative milliseconds as the shortest exact duration: 5,400,000 → `1h30m`. Zero is `0s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return '0s';
  let rest = durationMs;
  let text = '';
  for (const unit of UNITS) {
    if (unit.name === 'w' && rest % unit.ms !== 0) continue;
    const amount = Math.floor(rest / unit.ms);
    if (amount > 0) text += `${amount}${unit.name}`;
    rest -= amount * unit.ms;
  }
  return text;
}

function refuse(message: string, advice = ADVICE): Result<number> {
  return err(appError('INVALID_INPUT', message, { advice }));
}
