/**
 * A program that tells as JSON how fast a simulated cluster lives, for `bench/simulator.ts`: five machines, fifty tasks
 * that come due once a minute each, no faults. First the steady state alone, beside the bare queue of virtual time,
 * which the simulation cannot do without; then whole stories, with forming the cluster and judging
 * it, one of them of twenty machines. Times of the
 * processor and of the wall are both told: they differ by what else the machine did.
 */
import { Observer } from './observer.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimCluster } from './sim-cluster.ts';
import { simulate, type SimOptions } from './sim-run.ts';
import { minutelyTasks } from './story-tasks.ts';
import { VirtualTime } from './virtual-time.ts';
import { profileShares } from './profile-shares.ts';

const MACHINES = 5;
const TASKS = 50;
const HOUR_MS = 3_600_000;
/** By then what is hot is compiled: a story of a hundred hours, which the target speaks of, lives nearly all of it so. */
const WARM_UP_MS = 3_600_000;
const TARGET_HOURS_PER_MINUTE = 100;
/** About as many acts wait in the queue of the cluster. */
const WAITING_ACTS = 100;
const FLOOR_ACTS = 2_000_000;
const LONGEST_DELAY_MS = 500;

/** What grows with the square of the machines shows here. */
const CROWD: SimOptions = { machines: 20, tasks: 20, hours: 0.05, seed: 1, faults: 'none' };

/** Whose work it is, by the file; the first match counts. */
const ROOMS: readonly (readonly [room: string, pattern: RegExp])[] = [
  ['document', /core\/document|adapters\/document|automerge|wasm:/],
  ['store', /memory-(?:store|tables|disk|run-queries)|core\/history/],
  ['network', /sim-(?:network|transport|connection|gossip|join|link|lane)|commit-hold/],
  ['signatures', /sim-signer|core\/security|core\/protocol/],
  ['time', /virtual-time|promise-watch|sim-clock|machine-clock/],
  ['checkers', /checkers\/|observer|timeline/],
  ['planning', /core\/(?:scheduling|ring)|@noble|core\/domain/],
  ['membership', /core\/membership|mesh-steps/],
  ['timers', /timer-queue/],
  ['step', /core\//],
  ['simulated machines', /test\/simulator/],
];

interface Pace {
  readonly simulatedHours: number;
  readonly hoursPerMinute: number;
  readonly hoursPerProcessorMinute: number;
  readonly occurrencesPerSecond: number;
}

if (import.meta.main) console.log(JSON.stringify(await measurePace(Number(process.argv[2] ?? '1'))));

/**
 * Measures the pace.
 * @param hours virtual hours of each of the four measurements
 */
export async function measurePace(hours: number): Promise<object> {
  const cluster = new SimCluster({ machines: MACHINES });
  await cluster.form();
  await cluster.put(0, ...minutelyTasks(TASKS));
  const observer = new Observer(cluster);
  await observer.run(WARM_UP_MS);
  const actsBefore = cluster.time.acts;
  const startsBefore = cluster.starts.length;
  const steady = await measured(async () => {
    await observer.run(hours * HOUR_MS);
    return { simulatedHours: hours, occurrences: cluster.starts.length - startsBefore };
  });
  const actsPerHour = (cluster.time.acts - actsBefore) / hours;
  const actsPerSecond = (actsPerHour * steady.hoursPerProcessorMinute) / 60;
  const floorActsPerSecond = await bareActsPerSecond();
  const whereTheTimeGoes = await profileShares(() => observer.run(hours * HOUR_MS), ROOMS);
  const story = { machines: MACHINES, tasks: TASKS, hours, seed: 1 } as const;
  return {
    machines: MACHINES,
    tasks: TASKS,
    steady,
    targetHoursPerMinute: TARGET_HOURS_PER_MINUTE,
    ofTarget: steady.hoursPerProcessorMinute / TARGET_HOURS_PER_MINUTE,
    actsPerSimulatedSecond: actsPerHour / 3600,
    actsPerSecond,
    floorActsPerSecond,
    ratio: floorActsPerSecond / actsPerSecond,
    whereTheTimeGoes,
    storyWithoutFaults: await measuredStory({ ...story, faults: 'none', workload: 'minutely' }),
    storyWithFaults: await measuredStory({ ...story, faults: 'all' }),
    storyOfManyMachines: await measuredStory(CROWD),
  };
}

async function measuredStory(options: SimOptions): Promise<Pace & { readonly violations: number }> {
  let violations = 0;
  const pace = await measured(async () => {
    const result = await simulate(options);
    violations = result.violations.length;
    return result;
  });
  return { ...pace, violations };
}

async function measured(
  work: () => Promise<{ readonly simulatedHours: number; readonly occurrences: number }>,
): Promise<Pace> {
  const beganMs = performance.now();
  const before = process.cpuUsage();
  const { simulatedHours, occurrences } = await work();
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - beganMs) / 1000;
  return {
    simulatedHours,
    hoursPerMinute: simulatedHours / (seconds / 60),
    hoursPerProcessorMinute: simulatedHours / ((user + system) / 6e7),
    occurrencesPerSecond: occurrences / seconds,
  };
}

/** Acts that do nothing but ask for the next one: what the queue itself costs. */
async function bareActsPerSecond(): Promise<number> {
  const time = new VirtualTime();
  const random = new SeededRandom(1);
  const act = (): void => {
    time.after(random.fraction() * LONGEST_DELAY_MS, act);
  };
  for (let count = 0; count < WAITING_ACTS; count += 1) act();
  const before = process.cpuUsage();
  while (time.acts < FLOOR_ACTS) await time.runUntil(time.now + HOUR_MS / 60);
  const { user, system } = process.cpuUsage(before);
  return time.acts / ((user + system) / 1e6);
}
