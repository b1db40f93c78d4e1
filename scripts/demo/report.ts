/** The last act: all machines are asked for their history, the histories are compared, and what was due is audited. */
import type { RunOutput } from '../../core/api/run-schemas.ts';
import { scheduleInput } from '../../core/api/task-schemas.ts';
import { LIMITS } from '../../core/config/constants.ts';
import type { TaskId } from '../../core/domain/ids.ts';
import { compileSchedule, occurrencesBetween } from '../../core/scheduling/occurrence.ts';
import { disagreements } from './agreement.ts';
import type { Imported } from './crontab-act.ts';
import { type Expectation, judge } from './expectations.ts';
import type { Machine } from './machine.ts';
import { type Play, SETTLE_MS } from './play.ts';
import { FREQUENT_TASK } from './cast.ts';
import type { PowerCutOutcome } from './power-cut-act.ts';
import type { Return } from './return-act.ts';
import { runOfOutput } from './run-of-output.ts';
import { type ExpectedTask, type RunsSummary, summarizeRuns } from './run-summary.ts';
import { findRerun } from './take-over.ts';

const PAGE = LIMITS.pageSize;
const MOST_PAGES = 20;
const MOST_OCCURRENCES = 10_000;
const LOOK_AGAIN_MS = 250;
/** A start later than this is called late. */
const ON_TIME_MS = 5000;

/** What `--json` prints. Durations are milliseconds but for `seconds`. */
export interface DemoReport {
  readonly machines: number;
  readonly tasks: number;
  readonly runs: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly lost: number;
  readonly unfinished: number;
  readonly due: number;
  readonly missed: number;
  readonly doubled: number;
  readonly takeOver: {
    readonly task: string;
    readonly killed: string;
    readonly by: string;
    readonly delayMs: number;
    readonly noticedMs: number;
  };
  readonly rerun: {
    readonly task: string;
    readonly by: string;
    readonly delayMs: number;
    readonly state: string;
  } | null;
  readonly restarted: { readonly machine: string; readonly aliveAfterMs: number; readonly caughtUp: boolean };
  readonly latenessMs: RunsSummary['latenessMs'];
  readonly agreed: boolean;
  readonly expectations: readonly Expectation[];
  readonly console: string;
  readonly seconds: number;
}

export interface Judged {
  readonly report: DemoReport;
  readonly summary: RunsSummary;
}

/** @param until epoch milliseconds; what is due after it does not count */
export async function reportOf(
  play: Play,
  imported: Imported,
  outcome: PowerCutOutcome,
  returned: Return,
  until: number,
): Promise<Judged> {
  const { machines, feed, screen } = play;
  const { runs, differences, summary, tasks } = await agreedHistory(play, imported.at, until);
  const { takeOver, cut, victim, noticedMs } = outcome;
  const { lost, rerun } = findRerun(feed.runs, outcome.interrupted, cut);
  const report = {
    machines: machines.length,
    tasks,
    runs: summary.runs,
    succeeded: summary.succeeded,
    failed: summary.failed,
    lost: summary.lost,
    unfinished: summary.unfinished,
    due: summary.due,
    missed: summary.missed,
    doubled: summary.doubled,
    takeOver: {
      task: FREQUENT_TASK,
      killed: victim.name,
      by: takeOver.run.machineName ?? '',
      delayMs: takeOver.delayMs,
      noticedMs,
    },
    rerun:
      lost === undefined || rerun === undefined || rerun.startedAt === null
        ? null
        : {
            task: rerun.taskId,
            by: rerun.machineName ?? '',
            delayMs: Date.parse(rerun.startedAt) - cut.at,
            state: rerun.state,
          },
    restarted: {
      machine: victim.name,
      aliveAfterMs: Math.round(returned.aliveAfterMs),
      caughtUp: returned.caughtUp,
    },
    latenessMs: summary.latenessMs,
    agreed: differences.length === 0,
    console: machines[0]?.console ?? '',
    seconds: Math.round(screen.seconds * 10) / 10,
  };
  const expectations = judge({
    report,
    summary,
    differences,
    ownsAgain: returned.ownsAgain,
    lostElsewhere: lostElsewhere(runs, outcome),
  });
  return { report: { ...report, expectations }, summary };
}

/** Runs that were lost although their machine kept its power. */
function lostElsewhere(runs: readonly RunOutput[], { cut }: PowerCutOutcome): number {
  return runs.filter((run) => run.state === 'lost' && run.machineId !== cut.machineId).length;
}

/** Looks until all machines agree and nothing that was due is without a start, or it takes too long. */
async function agreedHistory(
  { machines }: Play,
  since: number,
  until: number,
): Promise<{ runs: readonly RunOutput[]; differences: string[]; summary: RunsSummary; tasks: number }> {
  const giveUpAt = performance.now() + SETTLE_MS;
  for (;;) {
    const views = new Map<string, RunOutput[]>();
    for (const machine of machines) views.set(machine.name, await historyOf(machine, since, until));
    const differences = disagreements(views);
    const expected = await expectedTasks(machines[0], since, until);
    const runs = mergedViews(views);
    const summary = summarizeRuns({ tasks: expected, runs: runs.map(runOfOutput), onTimeMs: ON_TIME_MS });
    const settled = differences.length === 0 && summary.missed === 0;
    if (settled || performance.now() > giveUpAt) return { runs, differences, summary, tasks: expected.length };
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

async function historyOf(machine: Machine, since: number, until: number): Promise<RunOutput[]> {
  const runs: RunOutput[] = [];
  const range = { since: new Date(since + 1).toISOString(), until: new Date(until + 1).toISOString(), limit: PAGE };
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await machine.client.runs.list({ ...range, ...(cursor === null ? {} : { cursor }) });
    runs.push(...answer.runs);
    cursor = answer.nextCursor;
    if (cursor === null) break;
  }
  return runs;
}

async function expectedTasks(machine: Machine | undefined, since: number, until: number): Promise<ExpectedTask[]> {
  if (machine === undefined) return [];
  const { tasks } = await machine.client.tasks.list({ limit: PAGE });
  const expected: ExpectedTask[] = [];
  for (const { id } of tasks) {
    const { definition } = await machine.client.tasks.get({ id });
    const compiled = compileSchedule(scheduleInput.parse(definition.schedule));
    if (!compiled.ok) throw new Error(`the schedule of ${id}: ${compiled.error.message}`);
    expected.push({
      id: id as TaskId,
      expected: occurrencesBetween(compiled.value, since, until, MOST_OCCURRENCES).instants,
    });
  }
  return expected;
}

/** Each run once, as the first machine that knows it tells it; where they differ, that is told elsewhere. */
function mergedViews(views: ReadonlyMap<string, readonly RunOutput[]>): RunOutput[] {
  const merged = new Map<string, RunOutput>();
  for (const runs of views.values()) {
    for (const run of runs) if (!merged.has(run.id)) merged.set(run.id, run);
  }
  return [...merged.values()];
}
