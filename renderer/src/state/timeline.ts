/**
 * The timeline of a machine, from runs and occurrences to marks on a line of so many pixels: the past hours on the left
 * of now, the coming day on the right, each with a scale of its own. Marks that would touch are one mark with a count,
 * so that a line never has more marks than pixels, however much runs.
 */
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import { type Tone, RUN_LOOKS, isActive } from '../format/run-state.ts';

const HOUR_MS = 3_600_000;
export const PAST_MS = 6 * HOUR_MS;
export const FUTURE_MS = 24 * HOUR_MS;
/** What part of the line is past. */
const PAST_SHARE = 0.45;
const LEAST_WIDTH = 3;
const COLUMN_WIDTH = 6;
/** How many tasks a mark names; the rest are counted. */
const MOST_NAMED = 5;

/** Something that comes due, and on which machines. */
export interface Occurrence {
  readonly taskId: string;
  readonly taskName: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly machineIds: readonly string[];
}

/** A mark: runs that went alike, or occurrences, from `fromMs` to `untilMs`. */
export interface Mark {
  readonly kind: Tone | 'planned';
  readonly x: number;
  readonly width: number;
  readonly count: number;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Tasks, the first few, each once. */
  readonly taskIds: readonly string[];
}

/** Where an instant is on a line of `width` pixels. */
export function xOf(at: number, now: number, width: number): number {
  const here = width * PAST_SHARE;
  if (at <= now) return Math.max(0, here - ((now - at) / PAST_MS) * here);
  return Math.min(width, here + ((at - now) / FUTURE_MS) * (width - here));
}

/** The order in which marks are drawn: what is wrong lies on top. */
const DRAWN: readonly Mark['kind'][] = ['planned', 'quiet', 'ok', 'live', 'warn', 'bad'];

/** The runs of one machine as marks, those that went well first and the failed ones last, so that these are on top. */
export function runMarks(runs: readonly RunRecordOutput[], now: number, width: number): readonly Mark[] {
  const marks = runs.flatMap((run): Mark[] => {
    const fromMs = Date.parse(run.startedAt ?? run.dueAt);
    const untilMs = isActive(run.state) ? now : Date.parse(run.finishedAt ?? run.startedAt ?? run.dueAt);
    if (untilMs < now - PAST_MS || fromMs > now) return [];
    const x = xOf(fromMs, now, width);
    const length = Math.max(LEAST_WIDTH, xOf(untilMs, now, width) - x);
    return [{ kind: RUN_LOOKS[run.state].tone, x, width: length, count: 1, fromMs, untilMs, taskIds: [run.taskId] }];
  });
  return DRAWN.flatMap((kind) => joined(marks.filter((mark) => mark.kind === kind)));
}

/** What comes due on one machine, counted in columns of equal width. */
export function plannedMarks(occurrences: readonly Occurrence[], now: number, width: number): readonly Mark[] {
  const columns = new Map<number, Mark>();
  for (const { at, taskId } of occurrences) {
    if (at <= now || at > now + FUTURE_MS) continue;
    const x = Math.floor(xOf(at, now, width) / COLUMN_WIDTH) * COLUMN_WIDTH;
    const known = columns.get(x);
    columns.set(x, {
      kind: 'planned',
      x: x + 1,
      width: COLUMN_WIDTH - 2,
      count: (known?.count ?? 0) + 1,
      fromMs: Math.min(known?.fromMs ?? at, at),
      untilMs: Math.max(known?.untilMs ?? at, at),
      taskIds: named(known?.taskIds ?? [], [taskId]),
    });
  }
  return [...columns.values()].sort((a, b) => a.x - b.x);
}

export interface AxisMark {
  readonly x: number;
  readonly at: number;
  /** Midnight, where the day is named. */
  readonly day: boolean;
}

/** Every hour of the past, every third one of the coming day, by the local clock; less where there is no room. */
export function axisMarks(now: number, width: number): readonly AxisMark[] {
  const wide = width >= 640;
  const past = wide ? 1 : 2;
  const future = wide ? 3 : 6;
  const marks: AxisMark[] = [];
  const cursor = new Date(now - PAST_MS);
  cursor.setMinutes(0, 0, 0);
  while (cursor.getTime() <= now + FUTURE_MS) {
    cursor.setHours(cursor.getHours() + 1);
    const at = cursor.getTime();
    const every = at <= now ? past : future;
    const x = xOf(at, now, width);
    // The word "now" needs its room.
    const clear = Math.abs(x - xOf(now, now, width)) > 34 && x > 14 && x < width - 14;
    if (clear && cursor.getHours() % every === 0) marks.push({ x, at, day: cursor.getHours() === 0 });
  }
  return marks;
}

/** Runs and occurrences of one machine, counted by columns of time, for who reads instead of looks. */
export interface TimelineCell {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly total: number;
  readonly failed: number;
}
const PLANNED_COLUMN_MS = 4 * HOUR_MS;

export function timelineCells(
  runs: readonly RunRecordOutput[],
  occurrences: readonly Occurrence[],
  now: number,
): readonly TimelineCell[] {
  const past = Array.from({ length: PAST_MS / HOUR_MS }, (_, index): TimelineCell => {
    const fromMs = now - PAST_MS + index * HOUR_MS;
    const untilMs = fromMs + HOUR_MS;
    const here = runs.filter((run) => within(Date.parse(run.startedAt ?? run.dueAt), fromMs, untilMs));
    const failed = here.filter((run) => RUN_LOOKS[run.state].tone === 'bad').length;
    return { fromMs, untilMs, total: here.length, failed };
  });
  const future = Array.from({ length: FUTURE_MS / PLANNED_COLUMN_MS }, (_, index): TimelineCell => {
    const fromMs = now + index * PLANNED_COLUMN_MS;
    const untilMs = fromMs + PLANNED_COLUMN_MS;
    const total = occurrences.filter(({ at }) => within(at, fromMs, untilMs)).length;
    return { fromMs, untilMs, total, failed: 0 };
  });
  return [...past, ...future];
}

function within(at: number, fromMs: number, untilMs: number): boolean {
  return at > fromMs && at <= untilMs;
}

/** Marks of one kind that touch become one. */
function joined(marks: readonly Mark[]): Mark[] {
  const found: Mark[] = [];
  for (const mark of [...marks].sort((a, b) => a.x - b.x)) {
    const last = found.at(-1);
    if (last === undefined || mark.x > last.x + last.width + 1) {
      found.push(mark);
      continue;
    }
    found[found.length - 1] = {
      ...last,
      width: Math.max(last.x + last.width, mark.x + mark.width) - last.x,
      count: last.count + mark.count,
      fromMs: Math.min(last.fromMs, mark.fromMs),
      untilMs: Math.max(last.untilMs, mark.untilMs),
      taskIds: named(last.taskIds, mark.taskIds),
    };
  }
  return found;
}

function named(known: readonly string[], more: readonly string[]): readonly string[] {
  return known.length >= MOST_NAMED ? known : [...new Set([...known, ...more])];
}
