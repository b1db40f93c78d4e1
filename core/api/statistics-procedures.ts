/** Handlers of the group `statistics`. */
import type { z } from 'zod';
import type { TaskId } from '../domain/ids.ts';
import type { Quantiles } from '../history/samples.ts';
import type { RunFigures, StatisticsQuestion } from '../history/statistics.ts';
import type { PeerView } from '../peer/peer-view.ts';
import { validateTimeZone } from '../scheduling/time-zone.ts';
import { appError } from '../std/app-error.ts';
import { toApiError } from './api-errors.ts';
import { isoOf } from './api-values.ts';
import { type ApiParts, valueOf } from './implementer.ts';
import { findPastMachine } from './references.ts';
import { bucketStartsOf, type BucketUnit, bucketUnitOf, offsetsBetween } from './statistics-buckets.ts';
import type { statisticsInput, StatisticsOutput } from './statistics-schemas.ts';

type Input = z.output<typeof statisticsInput>;

interface Frame {
  readonly question: StatisticsQuestion;
  readonly bucket: BucketUnit;
  readonly timeZone: string;
}

export function statisticsProcedures({ os, peer, host }: ApiParts) {
  return {
    show: os.statistics.show.handler(async ({ input }) => {
      const frame = frameOf(peer.view, input, host.wallMs());
      return statisticsOutputOf(await peer.runs.statistics(frame.question), frame, peer.view);
    }),
    usual: os.statistics.usual.handler(async ({ input }) => {
      const usual = Object.entries(await peer.runs.usual(input.tasks));
      return Object.fromEntries(usual.map(([id, { medianMs, p95Ms, count }]) => [id, { medianMs, p95Ms, count }]));
    }),
  };
}

/** What to count. INVALID_INPUT, MACHINE_NOT_FOUND, UNKNOWN_TIME_ZONE. */
function frameOf(view: PeerView, input: Input, now: number): Frame {
  const { since, until = now, task, machine, tag } = input;
  if (since >= until) throw toApiError(appError('INVALID_INPUT', 'since must be before until', { field: 'since' }));
  const zone = validateTimeZone(input.timeZone);
  if (!zone.ok) throw toApiError({ ...zone.error, field: 'timeZone' });
  const bucket = input.bucket ?? bucketUnitOf(since, until);
  const question = {
    since,
    until,
    ...(task === undefined ? {} : { taskId: task }),
    ...(tag === undefined ? {} : { taskIds: tasksTagged(view, tag) }),
    ...(machine === undefined ? {} : { machineId: valueOf(findPastMachine(view, machine)) }),
    bucketStarts: valueOf(bucketStartsOf(zone.value, bucket, since, until)),
    // Runs start after their nominal instant, the newest ones now.
    offsets: offsetsBetween(zone.value, since, Math.max(until, now)),
    order: input.sort,
    taskLimit: input.limit,
  };
  return { question, bucket, timeZone: zone.value };
}

function statisticsOutputOf(
  figures: RunFigures,
  { question, bucket, timeZone }: Frame,
  view: PeerView,
): StatisticsOutput {
  const { totals, successRate, durations, lateness, buckets, busyHours, machines, tasks, taskCount } = figures;
  return {
    since: isoOf(question.since),
    until: isoOf(question.until),
    bucket,
    timeZone,
    totals,
    successRate: successRate ?? null,
    durations: { ...timesOf(durations), count: durations?.count ?? 0 },
    lateness: { ...timesOf(lateness), count: lateness?.count ?? 0 },
    buckets: buckets.map(({ from, succeeded, failed, other, durations: took }) => {
      const { medianMs, p95Ms } = timesOf(took);
      return { from: isoOf(from), succeeded, failed, other, medianMs, p95Ms };
    }),
    busyHours: busyHours.map((hours) => [...hours]),
    machines: machines.map((machine) => ({ ...machine, name: view.nameOf(machine.id) ?? null })),
    tasks: tasks.map(({ id, runs, failed, successRate: share, durations: took, lateness: late }) => {
      const counted = { id, name: nameOf(view, id), runs, failed, successRate: share ?? null };
      return { ...counted, ...timesOf(took), lateness: timesOf(late) };
    }),
    taskCount,
  };
}

function tasksTagged(view: PeerView, tag: string): TaskId[] {
  return view.tasks().flatMap(({ id, about }) => (about.tags.includes(tag) ? [id] : []));
}

function nameOf(view: PeerView, id: TaskId): string | null {
  return view.task(id)?.about.name ?? null;
}

function timesOf(times: Quantiles | undefined): {
  medianMs: number | null;
  p95Ms: number | null;
  maxMs: number | null;
} {
  const { medianMs = null, p95Ms = null, maxMs = null } = times ?? {};
  return { medianMs, p95Ms, maxMs };
}
