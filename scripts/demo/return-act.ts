/** Fifth act: the machine is switched on again. It is alive, learns what it missed, and owns its tasks as before. */
import type { Machine } from './machine.ts';
import { type Play, SETTLE_MS, agreedOwners, settled } from './play.ts';
import { FREQUENT_TASK } from './cast.ts';
import type { PowerCutOutcome } from './power-cut-act.ts';
import { shortDuration } from './run-line.ts';
import { until } from './until.ts';

const PAGE = 500;

export interface Return {
  /** From its start until all machines see it alive and it works. */
  readonly aliveAfterMs: number;
  /** It knows every run that the others had when it was alive again. */
  readonly caughtUp: boolean;
  /** Runs that happened while it was away. */
  readonly missedRuns: number;
  /** It owns again what it owned before, and nothing else. */
  readonly ownsAgain: boolean;
}

/** Resolves when the first run of the frequent task has ended on the machine that came back. */
export async function switchOn(play: Play, { victim, cut, owned }: PowerCutOutcome): Promise<Return> {
  const { screen, machines, feed } = play;
  const name = screen.machine(victim.name);
  const startMs = performance.now();
  screen.heading(`${name} is switched on again`);
  await victim.start();
  await settled(machines);
  const aliveAfterMs = performance.now() - startMs;
  screen.callout(`${name} is alive again ${shortDuration(aliveAfterMs)} after its start`);
  feed.watch(victim);

  const survivor = machines.find((machine) => machine !== victim) ?? victim;
  const wanted = await runIdsSince(survivor, cut.at);
  await until(`${victim.name} to learn what it missed`, SETTLE_MS, async () => {
    const known = await runIdsSince(victim, cut.at);
    return [...wanted].every((id) => known.has(id)) ? true : undefined;
  });
  screen.callout(`it has learned of the ${wanted.size} runs since it was cut off`);
  const owners = await until(`${victim.name} to own its tasks again`, SETTLE_MS, async () => {
    const now = await agreedOwners(machines);
    return owned.every((id) => now.get(id) === victim) ? now : undefined;
  });
  const from = Date.now();
  await until(`${FREQUENT_TASK} to run on ${victim.name} again`, SETTLE_MS, () =>
    feed.runs.find(
      (run) =>
        run.taskId === FREQUENT_TASK &&
        run.machineId === victim.id &&
        run.finishedAt !== null &&
        Date.parse(run.dueAt) > from,
    ),
  );
  const count = [...owners.values()].filter((owner) => owner === victim).length;
  screen.callout(`it owns its ${count} tasks again, and ${FREQUENT_TASK} runs on it`);
  return { aliveAfterMs, caughtUp: true, missedRuns: wanted.size, ownsAgain: count === owned.length };
}

async function runIdsSince(machine: Machine, since: number): Promise<Set<string>> {
  const { runs } = await machine.client.runs.list({ since: new Date(since).toISOString(), limit: PAGE });
  return new Set(runs.filter((run) => run.finishedAt !== null).map((run) => run.id));
}
