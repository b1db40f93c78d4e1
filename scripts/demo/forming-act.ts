/** First act: three agents start, the first makes a cluster, the others join it with an invitation each. */
import type { Machine } from './machine.ts';
import { type Play, namesOf, settled } from './play.ts';
import { shortDuration } from './run-line.ts';

const CLUSTER_NAME = 'home';

/** Resolves when all machines see each other. @returns milliseconds that it took from the first start on */
export async function formCluster({ screen, machines, feed }: Play): Promise<number> {
  const startMs = performance.now();
  screen.heading('Three machines become one cluster, with no server');
  await Promise.all(
    machines.map(async (machine) => {
      await machine.start();
      screen.command(`carillon start --name ${screen.machine(machine.name)}`, `ready after ${since(startMs)}`);
    }),
  );
  const [founder, ...others] = machines;
  if (founder === undefined) return 0;
  await founder.carillon(['cluster', 'create', CLUSTER_NAME]);
  screen.command(`carillon cluster create ${CLUSTER_NAME}`, `on ${screen.machine(founder.name)}`);
  await Promise.all(others.map((other) => join(founder, other)));
  screen.command('carillon invite', `on ${screen.machine(founder.name)}, a token for each of the others`);
  screen.command('carillon join TOKEN', `on ${namesOf(others, (name) => screen.machine(name))}`);
  await settled(machines);
  const tookMs = performance.now() - startMs;
  screen.callout(`${namesOf(machines)} trust and see each other, ${shortDuration(tookMs)} after the first start`);
  for (const machine of machines) feed.watch(machine);
  return tookMs;
}

async function join(founder: Machine, other: Machine): Promise<void> {
  const { token } = (await founder.carillon(['invite'])) as { token: string };
  await other.carillon(['join', token]);
}

function since(startMs: number): string {
  return shortDuration(performance.now() - startMs);
}
