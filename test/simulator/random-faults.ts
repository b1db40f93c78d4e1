/**
 * A cluster under random faults from a seed: first anything may happen, then faults stop and order is demanded. What
 * must hold is checked from outside, from what processes really started and what the machines say in the end.
 */
import { FINAL_STATES, type RunRecord } from '../../core/domain/run.ts';
import type { TaskDefinition } from '../../core/domain/task.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimCluster, simTask } from './sim-cluster.ts';
import type { SimMachine } from './sim-machine.ts';

export interface FaultRun {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly starts: number;
}

export interface FaultOptions {
  readonly seed: number;
  readonly machines: number;
  readonly minutes: number;
  readonly trace?: (line: string) => void;
}

const CALM_MS = 150_000;

export async function runUnderFaults(options: FaultOptions): Promise<FaultRun> {
  const random = new SeededRandom(options.seed * 7919);
  const cluster = new SimCluster({
    machines: options.machines,
    seed: options.seed,
    behaviour: () => ({
      durationMs: 20 + random.below(random.fraction() < 0.2 ? 20_000 : 500),
      exitCode: random.fraction() < 0.1 ? 1 : 0,
    }),
    ...(options.trace === undefined ? {} : { trace: options.trace }),
  });
  await cluster.form();
  const tasks = [
    simTask('once', '*/20 * * * * *', {
      policy: { guarantee: 'at-most-once', retry: { maxAttempts: 2, initialMs: 1000 } },
    }),
    simTask('least', '*/15 * * * * *', { policy: { retry: { maxAttempts: 3, initialMs: 2000 }, rerunAfterMs: 5000 } }),
    simTask('queued', '*/30 * * * * *', { policy: { overlap: 'queue-all', catchUp: { mode: 'all' } } }),
    simTask('free', '*/10 * * * * *', { policy: { overlap: 'allow', guarantee: 'at-most-once' } }),
    simTask('all', '0 * * * * *', { placement: { mode: 'all' } }),
  ];
  await cluster.put(0, ...tasks);
  await cluster.run(3000);
  const end = cluster.time.now + options.minutes * 60_000;
  const kinds = swarm(random);
  while (cluster.time.now < end) {
    await cluster.run(500 + random.below(8000));
    await fault(cluster, random, kinds, options.trace);
  }
  cluster.network.heal();
  cluster.network.faults.maxDelayMs = 2;
  cluster.network.faults.lossRate = 0;
  for (const machine of cluster.machines) {
    machine.disk.full = false;
    if (!machine.running) await machine.boot();
  }
  await cluster.run(CALM_MS);
  const violations = [...checkStarts(cluster, tasks), ...(await checkAgreement(cluster, tasks))];
  return { seed: options.seed, violations, starts: cluster.starts.length };
}

const KINDS = [
  'kill',
  'power',
  'boot',
  'split',
  'isolate',
  'one-way',
  'heal',
  'slow',
  'full',
  'roomy',
  'clock',
  'stop',
] as const;
type FaultKind = (typeof KINDS)[number];

/** Each seed has its own set of faults, so that rare combinations happen often somewhere. */
function swarm(random: SeededRandom): FaultKind[] {
  const chosen = KINDS.filter(() => random.fraction() < 0.6);
  return [...new Set<FaultKind>([...chosen, 'boot', 'heal', 'roomy'])];
}

async function fault(
  cluster: SimCluster,
  random: SeededRandom,
  kinds: readonly FaultKind[],
  trace: ((line: string) => void) | undefined,
): Promise<void> {
  const kind = random.pick(kinds);
  const machine = random.pick(cluster.machines);
  trace?.(`${cluster.time.now.toFixed(0)} FAULT ${kind} ${machine.name}`);
  const ids = cluster.machines.map((other) => other.id);
  switch (kind) {
    case 'kill':
      return machine.kill();
    case 'power':
      return machine.losePower();
    case 'stop': {
      const stopping = machine.stop();
      await cluster.run(50);
      return stopping;
    }
    case 'boot':
      for (const other of cluster.machines) if (!other.running) await other.boot();
      return;
    case 'split': {
      const cut = 1 + random.below(ids.length - 1);
      return cluster.network.split(ids.slice(0, cut), ids.slice(cut));
    }
    case 'isolate':
      return cluster.network.split(
        [machine.id],
        ids.filter((id) => id !== machine.id),
      );
    case 'one-way':
      return cluster.network.cut(machine.id, random.pick(ids));
    case 'heal':
      return cluster.network.heal();
    case 'slow':
      cluster.network.faults.maxDelayMs = 2 + random.below(400);
      cluster.network.faults.lossRate = random.fraction() * 0.3;
      return;
    case 'full':
      machine.disk.full = true;
      return;
    case 'roomy':
      for (const other of cluster.machines) other.disk.full = false;
      return;
    case 'clock':
      machine.clockOffsetMs += random.below(4000) - 2000;
      return;
  }
}

/** At-most-once: one start per occurrence and attempt, ever; and fencing tokens never fall or repeat. */
function checkStarts(cluster: SimCluster, tasks: readonly TaskDefinition[]): string[] {
  const violations: string[] = [];
  for (const task of tasks) {
    if (task.policy.guarantee !== 'at-most-once') continue;
    const seen = new Map<string, string>();
    let token = 0;
    for (const start of cluster.startsOf(task)) {
      const key = `${start.occurrenceId}/${start.attempt}`;
      const where = `${cluster.byId(start.machine).name} at ${start.atMs.toFixed(0)}`;
      const earlier = seen.get(key);
      if (earlier !== undefined) violations.push(`at-most-once: ${task.id} ${key} on ${earlier} and ${where}`);
      seen.set(key, where);
      if (start.fencingToken <= token)
        violations.push(`fencing: ${task.id} ${key} token ${start.fencingToken} after ${token}`);
      token = Math.max(token, start.fencingToken);
    }
  }
  return violations;
}

async function checkAgreement(cluster: SimCluster, tasks: readonly TaskDefinition[]): Promise<string[]> {
  const violations: string[] = [];
  const say = (what: string, of: (machine: SimMachine) => string): void => {
    const values = cluster.machines.map(of);
    if (new Set(values).size > 1)
      violations.push(`agreement: ${what} differ: ${values.map((v) => v.slice(0, 200)).join(' | ')}`);
  };
  for (const machine of cluster.machines) {
    if (machine.peer.view.phase !== 'active')
      violations.push(`liveness: ${machine.name} is ${machine.peer.view.phase}`);
    for (const other of machine.peer.view.machines()) {
      if (other.state !== 'alive')
        violations.push(`agreement: ${machine.name} sees ${other.entry.name} ${other.state}`);
    }
  }
  say('documents', (machine) => machine.peer.view.documentDigest);
  say('log vectors', (machine) =>
    machine.peer.view
      .machines()
      .map((other) => other.runLogSequence)
      .join(','),
  );
  for (const task of tasks) {
    say(`owners of ${task.id}`, (machine) => machine.peer.view.placement(task.id)?.preference.join(',') ?? '');
    const lists: string[] = [];
    for (const index of cluster.machines.keys()) {
      const runs = (await cluster.runs(index, task)).filter((run) => run.dueAt < cluster.machine(0).wallMs() - 30_000);
      lists.push(JSON.stringify(runs));
      if (index === 0) violations.push(...unfinished(cluster, task, runs));
    }
    if (new Set(lists).size > 1) violations.push(`agreement: runs of ${task.id} differ`);
  }
  return violations;
}

/** When all is calm, nothing old is still open but what really runs. */
function unfinished(cluster: SimCluster, task: TaskDefinition, runs: readonly RunRecord[]): string[] {
  return runs
    .filter((run) => !FINAL_STATES.has(run.state) && run.state !== 'due')
    .filter(
      (run) =>
        !runs.some(
          (other) =>
            other.occurrenceId === run.occurrenceId && FINAL_STATES.has(other.state) && other.attempt >= run.attempt,
        ),
    )
    .filter((run) => cluster.machine(0).wallMs() - run.dueAt > 100_000)
    .map(
      (run) =>
        `liveness: ${task.id} ${run.occurrenceId}/${run.attempt} is still ${run.state} (${run.reason?.code ?? ''})`,
    );
}
