/**
 * One simulated story from one seed: a cluster is formed, tasks come due, faults befall it for a while, then all is calm
 * and the checkers judge. The same options and the same commit give the same story, byte for byte.
 */
import type { TaskDefinition } from '../../core/domain/task.ts';
import type { InvariantName, Violation } from './checkers/checker.ts';
import { judge } from './checkers/checkers.ts';
import { Ledger } from './checkers/ledger.ts';
import type { Fault, FaultFamily, FaultScene } from './faults/fault.ts';
import { Observer } from './observer.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimCluster } from './sim-cluster.ts';
import type { ProgramBehaviour } from './sim-processes.ts';
import type { LookAtStory } from './sim-progress.ts';
import { countOccurrences, countStory } from './story-counts.ts';
import { calmAll, faultsOf, swarm } from './story-faults.ts';
import { drawSetting, type StorySetting } from './story-setting.ts';
import { drawLinks } from './story-links.ts';
import { drawTasks, minutelyTasks } from './story-tasks.ts';

export interface SimOptions {
  readonly seed: number;
  readonly machines: number;
  readonly tasks: number;
  /** Virtual hours of the time with faults. */
  readonly hours: number;
  readonly faults: 'none' | 'all' | FaultFamily;
  /** `drawn` (the default): tasks of every kind; `minutely`: plain ones, each due once a minute. */
  readonly workload?: 'drawn' | 'minutely';
  /** Is told every line of the story. */
  readonly trace?: (line: string) => void;
  /** Is called with every little step, and may look how far the story has come. */
  readonly progress?: (look: LookAtStory) => void;
}

export interface SeedViolation {
  readonly seed: number;
  readonly invariant: InvariantName;
  /** Virtual milliseconds since the start of the story. */
  readonly at: number;
  readonly detail: string;
}

export interface SimResult {
  readonly seed: number;
  readonly simulatedHours: number;
  /** Occurrences that came due. */
  readonly occurrences: number;
  /** Processes that were really started. */
  readonly runs: number;
  readonly violations: readonly SeedViolation[];
  /** Second starts of an at-least-once attempt on machines that could not reach each other, nor a common third. */
  readonly duplicatesAllowed: number;
  /** Occurrences withheld for want of a quorum. */
  readonly withheld: number;
}

/** No story begins with fewer members than this, where it has so many machines. */
const FOUNDERS_MIN = 3;
/** What links tasks is drawn from a source of its own. */
const LINKS_SEED = 0x5eed_11f5;
/** Clients have written their tasks this long before anything befalls the cluster. */
const PROLOGUE_MS = 3000;
/** Faults are over for this long before the checkers judge: suspicion, take-over, reruns and repair have had their time. */
const CALM_MS = 150_000;

/**
 * Plays and judges one story.
 * @returns what was counted, and every violation; a story that breaks off is a violation of liveness
 */
export async function simulate(options: SimOptions): Promise<SimResult> {
  const random = new SeededRandom(options.seed);
  const setting = drawSetting(random.fork(), options.hours);
  const cluster = newCluster(options, setting, random.fork());
  showProgress(options, cluster);
  const violations: Violation[] = [];
  let tasks: readonly TaskDefinition[] = [];
  try {
    const scene = await prologue(options, setting, cluster, random);
    tasks = [...scene.steady, ...scene.volatile];
    const beginMs = cluster.time.now;
    const endMs = beginMs + Math.round(options.hours * 3_600_000);
    const faults = swarm(random, faultsOf(options.faults));
    options.trace?.(
      `${beginMs.toFixed(0)} STORY ${JSON.stringify({ setting, faults: faults.map(({ name }) => name) })}`,
    );
    await befallUntil(scene, faults, setting.faultGapMs, endMs);
    await calmDown(scene);
    violations.push(...(await judge({ ...scene, beginMs, endMs })));
  } catch (fault) {
    const detail = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
    violations.push({ invariant: 'liveness', atMs: cluster.time.now, detail: `the story broke off: ${detail}` });
  }
  return {
    seed: options.seed,
    simulatedHours: cluster.time.now / 3_600_000,
    ...countStory(cluster, tasks),
    violations: violations.map(({ invariant, atMs, detail }) => ({
      seed: options.seed,
      invariant,
      at: Math.round(atMs),
      detail,
    })),
  };
}

function newCluster(options: SimOptions, setting: StorySetting, random: SeededRandom): SimCluster {
  const behaviour = (): ProgramBehaviour => ({
    durationMs: 20 + random.below(random.fraction() < setting.slowShare ? setting.longestMs : 500),
    exitCode: random.fraction() < setting.failShare ? 1 : 0,
  });
  return new SimCluster({
    machines: options.machines,
    founders: options.machines - newcomersOf(options, random),
    seed: options.seed,
    slots: setting.slots,
    epochMs: setting.epochMs,
    behaviour,
    ...(options.trace === undefined ? {} : { trace: options.trace }),
  });
}

function showProgress({ hours, progress }: SimOptions, cluster: SimCluster): void {
  if (progress === undefined) return;
  const ofHours = hours + CALM_MS / 3_600_000;
  const look: LookAtStory = () => ({
    simulatedHours: cluster.time.now / 3_600_000,
    ofHours,
    occurrences: countOccurrences(cluster),
    runs: cluster.starts.length,
  });
  cluster.onStep = () => {
    progress(look);
  };
}

/** Machines that belong to no cluster at first, where people may let some join. */
function newcomersOf({ faults, machines }: SimOptions, random: SeededRandom): number {
  if (faults !== 'all' && faults !== 'people') return 0;
  return Math.min(random.below(3), Math.max(0, machines - FOUNDERS_MIN));
}

/** The cluster is formed, and knows its tasks. */
async function prologue(
  options: SimOptions,
  setting: StorySetting,
  cluster: SimCluster,
  random: SeededRandom,
): Promise<FaultScene> {
  await cluster.form();
  const beginsAt = cluster.epochMs + cluster.time.now + PROLOGUE_MS;
  const tasks =
    options.workload === 'minutely'
      ? minutelyTasks(options.tasks)
      : drawLinks(
          new SeededRandom(options.seed ^ LINKS_SEED),
          drawTasks({
            random: random.fork(),
            count: options.tasks,
            machines: cluster
              .machine(0)
              .peer.view.machines()
              .map(({ entry }) => entry.id),
            zone: setting.zone,
            beginsAt,
            endsAt: beginsAt + options.hours * 3_600_000,
          }),
        );
  await cluster.put(0, ...tasks);
  await cluster.run(PROLOGUE_MS);
  const volatileCount = options.faults === 'none' ? 0 : Math.max(1, Math.floor(tasks.length * setting.volatileShare));
  const { trace } = options;
  return {
    cluster,
    observer: new Observer(cluster),
    ledger: new Ledger(() => cluster.time.now),
    random: random.fork(),
    steady: tasks.slice(volatileCount),
    volatile: tasks.slice(0, volatileCount),
    trace,
  };
}

/** Lets fault after fault happen until the time of faults is over. */
async function befallUntil(scene: FaultScene, faults: readonly Fault[], gapMs: number, endMs: number): Promise<void> {
  const { cluster, observer, random, trace } = scene;
  while (cluster.time.now < endMs) {
    const restMs = endMs - cluster.time.now;
    if (faults.length === 0) return observer.run(restMs);
    await observer.run(Math.min(restMs, random.below(2 * gapMs)));
    if (cluster.time.now >= endMs) return;
    const fault = random.pick(faults);
    trace?.(`${cluster.time.now.toFixed(0)} FAULT ${fault.name}`);
    await fault.befall(scene);
  }
}

async function calmDown(scene: FaultScene): Promise<void> {
  scene.trace?.(`${scene.cluster.time.now.toFixed(0)} CALM`);
  await calmAll(scene);
  await scene.observer.run(CALM_MS);
}
