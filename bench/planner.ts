/**
 * How long it takes to plan 10,000 tasks, to take an hour's occurrences, and to find one occurrence. The floor is measured
 * in the same run: the same heap work over numbers that need no calendar, so that the ratio says what time costs.
 */
import type { TaskId } from '../core/domain/ids.ts';
import type { Schedule } from '../core/domain/schedule.ts';
import { parseCron } from '../core/scheduling/cron.ts';
import { nextCronOccurrence } from '../core/scheduling/cron-occurrence.ts';
import { type CompiledSchedule, compileSchedule } from '../core/scheduling/occurrence.ts';
import { Planner } from '../core/scheduling/planner.ts';

const TASKS = 10_000;
const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 2, 28, 12);
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Australia/Lord_Howe', 'Asia/Beirut'];

/** Runs the bench; durations in milliseconds unless the name says otherwise. */
export async function run(): Promise<object> {
  const cron = measure((index) => ({
    triggers: [{ kind: 'cron', expression: expressionOf(index) }],
    timeZone: ZONES[index % ZONES.length] ?? 'UTC',
    jitterMs: 0,
  }));
  await Promise.resolve();
  const floor = measure((index) => ({
    triggers: [{ kind: 'interval', everyMs: (1 + (index % 1440)) * 60_000, anchorAt: 0 }],
    timeZone: 'UTC',
    jitterMs: 0,
  }));
  return {
    tasks: TASKS,
    ...cron,
    nextUtcMicroseconds: nextMicroseconds('30 2 * * *', 'UTC'),
    nextZonedMicroseconds: nextMicroseconds('30 2 * * *', 'Europe/Berlin'),
    floor,
    ratio: round(
      (cron.compileMs + cron.planMs + cron.takeHourMs) / (floor.compileMs + floor.planMs + floor.takeHourMs),
    ),
  };
}

interface Measured {
  readonly compileMs: number;
  readonly planMs: number;
  readonly takeHourMs: number;
  readonly takenInHour: number;
  readonly takeMicrosecondsEach: number;
}

function measure(scheduleOf: (index: number) => Schedule): Measured {
  const schedules: CompiledSchedule[] = [];
  const compileMs = timed(() => {
    for (let index = 0; index < TASKS; index += 1) {
      const compiled = compileSchedule(scheduleOf(index));
      if (compiled.ok) schedules.push(compiled.value);
    }
  });
  const planner = new Planner();
  const planMs = timed(() => {
    for (const [index, schedule] of schedules.entries()) planner.set(`task-${index}` as TaskId, schedule, START);
  });
  let takenInHour = 0;
  const takeHourMs = timed(() => {
    for (let now = START; now <= START + HOUR_MS; now += 1000) takenInHour += planner.takeDue(now, TASKS).length;
  });
  const takeMicrosecondsEach = round((takeHourMs * 1000) / Math.max(1, takenInHour));
  return { compileMs, planMs, takeHourMs, takenInHour, takeMicrosecondsEach };
}

/** Daily, hourly, by the quarter of an hour, weekly, monthly: what people write. */
function expressionOf(index: number): string {
  const minute = index % 60;
  const hour = index % 24;
  const shapes = [
    `${minute} ${hour} * * *`,
    `${minute} * * * *`,
    '*/15 * * * *',
    `${minute} ${hour} * * MON-FRI`,
    `${minute} ${hour} L * *`,
  ];
  return shapes[index % shapes.length] ?? '@daily';
}

function nextMicroseconds(expression: string, zone: string): number {
  const cron = parseCron(expression);
  if (!cron.ok) return NaN;
  const steps = 20_000;
  let instant = START;
  const elapsedMs = timed(() => {
    for (let step = 0; step < steps; step += 1) instant = nextCronOccurrence(cron.value, zone, instant) ?? START;
  });
  return round((elapsedMs * 1000) / steps);
}

function timed(work: () => void): number {
  const startedAt = performance.now();
  work();
  return round(performance.now() - startedAt);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
