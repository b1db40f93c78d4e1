/**
 * The offset of a time zone as a step function: spans of time with one offset each. `Intl` can only be asked for the
 * offset at an instant, so the changes are found by sampling and bisection, once per stretch of 64 days, and remembered.
 *
 * Sampling every 4 days misses nothing: since 1970 no zone has changed twice within 6.9 days (the shortest are Brazil in
 * October 2000 and Gaza in later years), and a change is found when the offsets of two neighbouring samples differ.
 *
 * The memory is a cache of facts, bounded by name below; forgetting it costs time, never correctness.
 */

/** A stretch of time in which the offset does not change. The neighbouring span may have the same offset. */
export interface ZoneSpan {
  /** Epoch milliseconds, included. */
  readonly startAt: number;
  /** Epoch milliseconds, excluded. */
  readonly endAt: number;
  readonly offsetMs: number;
}

const DAY_MS = 86_400_000;
const SAMPLE_MS = 4 * DAY_MS;
const STRETCH_MS = 64 * DAY_MS;
/** Stretches remembered over all zones, some 200 bytes each. */
const MAXIMUM_STRETCHES = 8192;
/** Formatters remembered, some 40 kB each. */
const MAXIMUM_FORMATTERS = 256;

const stretchesByZone = new Map<string, Map<number, readonly ZoneSpan[]>>();
const formatters = new Map<string, Intl.DateTimeFormat>();
let stretchCount = 0;

/** The span that contains an instant. */
export function spanAt(zone: string, instant: number): ZoneSpan {
  if (zone === 'UTC') return EVERLASTING_UTC;
  const index = Math.floor(instant / STRETCH_MS);
  let stretches = stretchesByZone.get(zone);
  let spans = stretches?.get(index);
  if (spans === undefined) {
    spans = findSpans(zone, index * STRETCH_MS);
    if (stretchCount >= MAXIMUM_STRETCHES) {
      stretchesByZone.clear();
      stretchCount = 0;
      stretches = undefined;
    }
    if (stretches === undefined) {
      stretches = new Map();
      stretchesByZone.set(zone, stretches);
    }
    stretches.set(index, spans);
    stretchCount += 1;
  }
  for (const span of spans) {
    if (instant < span.endAt) return span;
  }
  return spans[spans.length - 1] as ZoneSpan;
}

/** The offset at an instant, in milliseconds east of Greenwich. */
export function offsetAt(zone: string, instant: number): number {
  return spanAt(zone, instant).offsetMs;
}

const EVERLASTING_UTC: ZoneSpan = { startAt: -8.64e15, endAt: 8.64e15, offsetMs: 0 };

/** The spans of one stretch, in order, without gaps. */
function findSpans(zone: string, stretchAt: number): readonly ZoneSpan[] {
  const formatter = formatterOf(zone);
  const spans: ZoneSpan[] = [];
  let startAt = stretchAt;
  let offsetMs = readOffset(formatter, stretchAt);
  for (let sampleAt = stretchAt; sampleAt < stretchAt + STRETCH_MS; sampleAt += SAMPLE_MS) {
    const nextAt = sampleAt + SAMPLE_MS;
    const nextMs = readOffset(formatter, nextAt);
    if (nextMs === offsetMs) continue;
    const changeAt = bisect(formatter, sampleAt, nextAt, offsetMs);
    if (changeAt === stretchAt + STRETCH_MS) continue;
    spans.push({ startAt, endAt: changeAt, offsetMs });
    startAt = changeAt;
    offsetMs = nextMs;
  }
  spans.push({ startAt, endAt: stretchAt + STRETCH_MS, offsetMs });
  return spans;
}

/** The first whole second after `fromAt`, up to `untilAt`, at which the offset is no longer `offsetMs`. */
function bisect(formatter: Intl.DateTimeFormat, fromAt: number, untilAt: number, offsetMs: number): number {
  let before = Math.floor(fromAt / 1000);
  let changed = Math.floor(untilAt / 1000);
  while (changed - before > 1) {
    const middle = Math.floor((before + changed) / 2);
    if (readOffset(formatter, middle * 1000) === offsetMs) before = middle;
    else changed = middle;
  }
  return changed * 1000;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  if (formatters.size >= MAXIMUM_FORMATTERS) formatters.clear();
  const formatter = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  formatters.set(zone, formatter);
  return formatter;
}

/** Reads `…GMT`, `…GMT+01:00` or `…GMT-00:44:30`. */
function readOffset(formatter: Intl.DateTimeFormat, instant: number): number {
  const text = formatter.format(Math.max(-8.64e15, Math.min(8.64e15, instant)));
  const match = /GMT([+-])(\d+):(\d+)(?::(\d+))?$/.exec(text);
  if (match === null) return 0;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  return (match[1] === '-' ? -1000 : 1000) * seconds;
}
