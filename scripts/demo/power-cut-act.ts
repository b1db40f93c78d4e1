/**
 * Third and fourth act: tasks run on their owners; then the owner of the most frequent one loses its power, in the middle
 * of a long run. The others do what it would have done, and run again what it left unfinished.
 */
import { FREQUENT_TASK, LONG_TASK, VICTIM } from './cast.ts';
import type { Imported } from './crontab-act.ts';
import type { Machine } from './machine.ts';
import { type Play, agreedOwners } from './play.ts';
import { runHeadLine, runLine, runLineWidth, shortDuration } from './run-line.ts';
import { type PowerCut, type TakeOver, findRerun, findTakeOver } from './take-over.ts';
import { until } from './until.ts';

/** The default is a minute, which is longer than a demo should be. */
const RERUN_AFTER_MS = 3000;
const CUT_AT_PROGRESS = 0.3;
/** Bounds for a busy computer; the usual delays are a tenth of them. */
const RUNS_MS = 60_000;
const TAKE_OVER_MS = 30_000;
/** So long the others are looked at while they do without it. */
const AWAY_MS = 8000;
const LONG_TASK_MS = 120_000;

export interface PowerCutOutcome {
  readonly victim: Machine;
  readonly cut: PowerCut;
  /** What the victim owned, by task id. */
  readonly owned: readonly string[];
  readonly takeOver: TakeOver;
  /** Occurrence of the run that the cut interrupted. */
  readonly interrupted: string;
  /** From the cut until the others held the machine for dead. */
  readonly noticedMs: number;
}

/** Resolves when another machine has taken over and runs the interrupted task again. */
export async function cutPower(play: Play, imported: Imported): Promise<PowerCutOutcome> {
  const { screen, machines, feed } = play;
  const owners = await agreedOwners(machines);
  const victim = owners.get(FREQUENT_TASK);
  if (victim === undefined || owners.get(LONG_TASK) !== victim || victim.name !== VICTIM) {
    throw new Error(`${VICTIM} should own ${FREQUENT_TASK} and ${LONG_TASK}, and does not`);
  }
  const owned = [...owners].filter(([, owner]) => owner === victim).map(([id]) => id);
  screen.heading('Each task runs on its owner, and nowhere else');
  const interrupted = await startLongRun(play, victim);
  showRuns(play, imported);
  await until(`${LONG_TASK} to get on`, LONG_TASK_MS, () =>
    progressOf(play, interrupted) >= CUT_AT_PROGRESS ? true : undefined,
  );
  await afterNextRun(play, victim);
  const { cut, noticed } = strike(play, victim, owned.length);
  const takeOver = await until('another machine to take over', TAKE_OVER_MS, () =>
    findTakeOver(feed.runs, FREQUENT_TASK, cut),
  );
  const by = screen.machine(takeOver.run.machineName ?? '');
  screen.callout(
    `${by} takes over ${FREQUENT_TASK}: ${shortDuration(takeOver.delayMs)} after it was due, none is missed`,
  );
  const noticedMs = await noticed;
  await showRerun(play, interrupted, cut);
  await until('the others to go on', TAKE_OVER_MS, () => (Date.now() - cut.at >= AWAY_MS ? true : undefined));
  return { victim, cut, owned, takeOver, interrupted, noticedMs };
}

/** From now on each run is a line. */
function showRuns({ screen, feed }: Play, { at, taskIds }: Imported): void {
  const width = runLineWidth(Math.max(...taskIds.map((id) => id.length)), screen.columns);
  screen.step(runHeadLine(screen, width));
  feed.tellRuns(at, (run) => screen.step(runLine(screen, run, width)));
}

/** Shortens what would be too long for a demo, and starts the long task by hand. @returns its occurrence */
async function startLongRun({ screen, machines, feed }: Play, victim: Machine): Promise<string> {
  const editor = machines.find((machine) => machine !== victim) ?? victim;
  const { definition } = await editor.client.tasks.get({ id: LONG_TASK });
  const policy = { ...definition.policy, onLost: 'rerun' as const, rerunAfterMs: RERUN_AFTER_MS };
  await editor.client.tasks.apply({ definitions: [{ ...definition, policy }] });
  const started = (await editor.carillon(['task', 'run', LONG_TASK])) as { readonly occurrenceIds: readonly string[] };
  const occurrence = started.occurrenceIds[0] ?? '';
  const [by, on] = [screen.machine(editor.name), screen.machine(victim.name)];
  screen.command(`carillon task run ${LONG_TASK}`, `on ${by}; its owner ${on} runs it (24 s)`);
  await until(`${LONG_TASK} to start on ${victim.name}`, RUNS_MS, () =>
    feed.runs.find((run) => run.occurrenceId === occurrence && run.startedAt !== null),
  );
  return occurrence;
}

/** From 0 to 1. Beside the run itself there may be a note that it is due, which has no progress. */
function progressOf({ feed }: Play, occurrence: string): number {
  const runs = feed.runs.filter((run) => run.occurrenceId === occurrence);
  return Math.max(0, ...runs.map((run) => run.progress ?? 0));
}

/**
 * Resolves between two runs of the frequent task, so that the cut interrupts the long one alone; and so shortly before the
 * next one that the others cannot have noticed by then: the hardest case for a take-over.
 */
async function afterNextRun({ feed }: Play, victim: Machine): Promise<void> {
  const from = Date.now();
  await until(`${FREQUENT_TASK} to run on ${victim.name}`, RUNS_MS, () =>
    feed.runs.find((run) => run.taskId === FREQUENT_TASK && run.finishedAt !== null && Date.parse(run.dueAt) > from),
  );
  await until('the next second', RUNS_MS, () => {
    const phaseMs = Date.now() % 1000;
    return phaseMs >= 600 && phaseMs < 700 ? true : undefined;
  });
}

/** Cuts the power. `noticed` resolves with the milliseconds until all others call the machine dead. */
function strike(play: Play, victim: Machine, ownedCount: number): { cut: PowerCut; noticed: Promise<number> } {
  const { screen, machines, feed } = play;
  const name = screen.machine(victim.name);
  feed.unwatch(victim);
  screen.heading(`${name} loses its power in the middle of ${LONG_TASK}`);
  const cut = { machineId: victim.id, at: Date.now() };
  const { ended } = victim.cutPower();
  screen.command(`kill -9 ${ended.join(' ')}`, 'its agent, launcher and running task');
  screen.step(`${name} owned ${ownedCount} tasks; nobody has told the others that it is gone`);
  const survivors = machines.filter((machine) => machine !== victim);
  const noticed = noticeDeath(survivors, cut).then((noticedMs) => {
    screen.callout(`the others know that ${name} is dead after ${shortDuration(noticedMs)}`);
    return noticedMs;
  });
  // Awaited later; a failure before that is told by whoever awaits it.
  noticed.catch(() => undefined);
  return { cut, noticed };
}

async function noticeDeath(survivors: readonly Machine[], cut: PowerCut): Promise<number> {
  await until('the others to notice', TAKE_OVER_MS, async () => {
    const views = await Promise.all(survivors.map((machine) => machine.client.cluster.status({})));
    const dead = views.every((view) =>
      view.members.some((member) => member.id === cut.machineId && member.state === 'dead'),
    );
    return dead ? true : undefined;
  });
  return Date.now() - cut.at;
}

async function showRerun({ screen, feed }: Play, interrupted: string, cut: PowerCut): Promise<void> {
  const rerun = await until(
    `${LONG_TASK} to run again`,
    TAKE_OVER_MS,
    () => findRerun(feed.runs, interrupted, cut).rerun,
  );
  const by = screen.machine(rerun.machineName ?? '');
  const delay = shortDuration(Date.parse(rerun.startedAt ?? '') - cut.at);
  const rule = `its rule: ${RERUN_AFTER_MS / 1000} s after a loss`;
  screen.callout(`${by} runs ${LONG_TASK} again ${delay} after the cut ${screen.paint.dim(`(${rule})`)}`);
}

/** Resolves when the second attempt of the interrupted run has ended. */
export async function rerunEnded({ feed }: Play, { interrupted, cut }: PowerCutOutcome): Promise<void> {
  await until(`${LONG_TASK} to end`, LONG_TASK_MS, () => {
    const { rerun } = findRerun(feed.runs, interrupted, cut);
    return rerun?.finishedAt ?? undefined;
  });
}
