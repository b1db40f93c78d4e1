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
const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
const DAY = { weekday: 'short', day: 'numeric', month: 'short' } as const;
const EXACT = { ...DAY, year: 'numeric', ...CLOCK, timeZoneName: 'short' } as const;

/** Of one language; making them takes long. */
interface InstantFormats {
  readonly clock: Intl.DateTimeFormat;
  readonly day: Intl.DateTimeFormat;
  readonly exact: Intl.DateTimeFormat;
}
const formats = new Map<string, InstantFormats>();

/** `14:03:22`, with the day when it is not within half a day of `nowMs`. */
export function clockText(instantMs: number, nowMs: number, language: string): string {
  const { clock, day } = formatsOf(language);
  const text = clock.format(instantMs);
  return Math.abs(instantMs - nowMs) < DAY_MS / 2 ? text : `${day.format(instantMs)}, ${text}`;
}

/** `14:03:22.118`, for comparing instants of one run. */
export function preciseClockText(instantMs: number, language: string): string {
  return `${formatsOf(language).clock.format(instantMs)}.${String(instantMs % 1000).padStart(3, '0')}`;
}

/** `Mon, 23 Nov 2026, 14:03:22 CET`. */
export function exactText(instantMs: number, language: string): string {
  return formatsOf(language).exact.format(instantMs);
}

/** The habits of the browser's own region count as long as it speaks the language of the console. */
function formatsOf(language: string): InstantFormats {
  const known = formats.get(language);
  if (known !== undefined) return known;
  const own = new Intl.DateTimeFormat().resolvedOptions().locale;
  const locale = new Intl.Locale(own).language === language ? own : language;
  const made: InstantFormats = {
    clock: new Intl.DateTimeFormat(locale, CLOCK),
    day: new Intl.DateTimeFormat(locale, DAY),
    exact: new Intl.DateTimeFormat(locale, EXACT),
  };
  formats.set(language, made);
  return made;
}

/** Epoch milliseconds of an instant as the API gives it; undefined for null. */
export function instantOf(text: string | null): number | undefined {
  return text === null ? undefined : Date.parse(text);
}
