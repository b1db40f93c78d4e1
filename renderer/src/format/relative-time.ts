/** Instants as people speak of them: how long ago, how soon, and exactly. */
import { durationText } from './duration.ts';

/** Units are written the same way in both languages; only what stands around them differs. */
const ENGLISH = { now: 'now', ago: (text: string) => `${text} ago` };
const AROUND: Readonly<Record<string, typeof ENGLISH>> = {
  de: { now: 'jetzt', ago: (text) => `vor ${text}` },
};

/** `in 4 min`, `12 s ago`, `now`; coarse on purpose, the exact instant is shown beside or behind it. */
export function relativeText(instantMs: number, nowMs: number, language = 'en'): string {
  const { now, ago } = AROUND[language] ?? ENGLISH;
  const awayMs = instantMs - nowMs;
  if (Math.abs(awayMs) < 1000) return now;
  const text = durationText(Math.abs(awayMs), 1);
  return awayMs > 0 ? `in ${text}` : ago(text);
}

const DAY_MS = 86_400_000;
const clockFormat = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const exactFormat = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
});

/** `14:03:22`, with the day when it is not within half a day of `nowMs`. */
export function clockText(instantMs: number, nowMs: number): string {
  const clock = clockFormat.format(instantMs);
  return Math.abs(instantMs - nowMs) < DAY_MS / 2 ? clock : `${dayFormat.format(instantMs)}, ${clock}`;
}

/** `14:03:22.118`, for comparing instants of one run. */
export function preciseClockText(instantMs: number): string {
  return `${clockFormat.format(instantMs)}.${String(instantMs % 1000).padStart(3, '0')}`;
}

/** `Mon, 23 Nov 2026, 14:03:22 CET`. */
export function exactText(instantMs: number): string {
  return exactFormat.format(instantMs);
}

/** Epoch milliseconds of an instant as the API gives it; undefined for null. */
export function instantOf(text: string | null): number | undefined {
  return text === null ? undefined : Date.parse(text);
}
