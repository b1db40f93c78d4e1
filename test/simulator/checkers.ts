/** What must hold of a cluster under any fault, judged from outside: see the invariants of the design. */
import { FINAL_STATES, type RunRecord } from '../../core/domain/run.ts';
import type { TaskDefinition } from '../../core/domain/task.ts';
import { compileSchedule, occurrencesBetween } from '../../core/scheduling/occurrence.ts';
import type { Observer } from './observer.ts';
import type { SimCluster } from './sim-cluster.ts';
import type { SimMachine } from './sim-machine.ts';
import type { RealStart } from './sim-processes.ts';

/** At-most-once: one start per occurrence and attempt, ever; and the fencing tokens of a task rise. */
export function checkStarts(cluster: SimCluster, tasks: readonly TaskDefinition[]): string[] {
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
      // Runs that may overlap have no order among themselves.
      if (start.fencingToken <= token && task.placement.mode === 'one' && task.policy.overlap !== 'allow') {
        violations.push(`fencing: ${task.id} ${key} token ${start.fencingToken} after ${token}, on ${where}`);
      }
      token = Math.max(token, start.fencingToken);
    }
  }
  return violations;
}

/** For so long machines must have been in touch before they can be blamed for two runs at a time. */
const IN_TOUCH_MS = 10_000;

/** The overlap policy holds wherever the machines concerned could reach each other and a common third. */
export function checkOverlap(cluster: SimCluster, observer: Observer, tasks: readonly TaskDefinition[]): string[] {
  const violations: string[] = [];
  for (const task of tasks) {
    if (task.policy.overlap === 'allow' || task.placement.mode === 'all' || task.placement.mode === 'n') continue;
    const starts = cluster.startsOf(task).sort((a, b) => a.atMs - b.atMs);
    for (const [index, later] of starts.entries()) {
      for (const earlier of starts.slice(0, index)) {
        if ((earlier.endedAtMs ?? Infinity) <= later.atMs) continue;
        if (!wereInTouch(cluster, observer, earlier, later)) continue;
        const names = [earlier, later].map(
          (start) =>
            `${start.occurrenceId}/${start.attempt} on ${cluster.byId(start.machine).name} at ${start.atMs.toFixed(0)}`,
        );
        violations.push(`overlap: ${task.id} ${names.join(' and ')}`);
      }
    }
  }
  return violations;
}

function wereInTouch(cluster: SimCluster, observer: Observer, earlier: RealStart, later: RealStart): boolean {
  const from = later.atMs - IN_TOUCH_MS;
  const [a, b] = [earlier.machine, later.machine];
  if (!observer.couldTalk(a, b, from, later.atMs)) return false;
  return cluster.machines.some(
    ({ id }) =>
      id !== a &&
      id !== b &&
      observer.couldTalk(a, id, from, later.atMs) &&
      observer.couldTalk(b, id, from, later.atMs),
  );
}

/** How long a machine must have been well before and after an instant to be expected to deal with it. */
const WELL_BEFORE_MS = 20_000;
const WELL_AFTER_MS = 30_000;

/** Whatever came due while some machine was well has a run or a recorded reason, whoever it could reach. */
export async function checkAccounted(
  cluster: SimCluster,
  observer: Observer,
  tasks: readonly TaskDefinition[],
  fromMs: number,
  untilMs: number,
): Promise<string[]> {
  const violations: string[] = [];
  for (const task of tasks) {
    const compiled = compileSchedule(task.schedule);
    if (!compiled.ok) throw new Error(compiled.error.message);
    const runs = await cluster.runs(0, task);
    const known = new Set(runs.filter((run) => run.cause.kind !== 'manual').map((run) => run.nominalAt));
    const { instants } = occurrencesBetween(
      compiled.value,
      cluster.epochMs + fromMs,
      cluster.epochMs + untilMs,
      10_000,
    );
    for (const instant of instants) {
      if (known.has(instant)) continue;
      const atMs = instant - cluster.epochMs;
      const well = cluster.machines.filter(({ id }) =>
        observer.accepted(id, atMs - WELL_BEFORE_MS, atMs + WELL_AFTER_MS),
      );
      if (well.length > 0) {
        violations.push(
          `accounted: ${task.id} of ${atMs.toFixed(0)} is nowhere, though ${well.map((m) => m.name).join()} was well`,
        );
      }
    }
  }
  return violations;
}

/** When all is calm, every machine says the same, and nothing old is still open but what really runs. */
export async function checkAgreement(cluster: SimCluster, tasks: readonly TaskDefinition[]): Promise<string[]> {
  const violations: string[] = [];
  const say = (what: string, of: (machine: SimMachine) => string): void => {
    const values = cluster.machines.map(of);
    if (new Set(values).size > 1)
      violations.push(`agreement: ${what} differ: ${values.map((value) => value.slice(0, 200)).join(' | ')}`);
  };
  for (const machine of cluster.machines) violations.push(...checkMachine(cluster, machine));
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

function checkMachine(cluster: SimCluster, machine: SimMachine): string[] {
  const violations: string[] = [];
  const { view } = machine.peer;
  if (view.phase !== 'active') violations.push(`liveness: ${machine.name} is ${view.phase}`);
  for (const other of view.machines()) {
    if (other.state !== 'alive') violations.push(`agreement: ${machine.name} sees ${other.entry.name} ${other.state}`);
  }
  for (const run of view.activeRuns()) {
    const start = cluster.starts.find((real) => real.runId === run.id);
    const runs = start !== undefined && (start.endedAtMs ?? Infinity) > cluster.time.now - 30_000;
    if (!runs && run.recordedAt < machine.wallMs() - 30_000) {
      const where = cluster.byId(run.machineId).name;
      violations.push(
        `ghost: ${machine.name} believes that ${run.taskId} ${run.id}/${run.attempt} is ${run.state} on ${where}`,
      );
    }
  }
  return violations;
}

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

/** In the end every machine still has all its slots: as many runs as it has slots start at once. */
export async function checkSlots(cluster: SimCluster, probe: TaskDefinition, slots: number): Promise<string[]> {
  await cluster.put(0, probe);
  await cluster.run(2000);
  const before = cluster.startsOf(probe).length;
  for (const [index, machine] of cluster.machines.entries()) {
    for (let count = 0; count < slots; count += 1) {
      await cluster.command(index, { kind: 'run-task', id: probe.id, machine: machine.id });
    }
  }
  await cluster.run(15_000);
  const starts = cluster.startsOf(probe).slice(before);
  return cluster.machines.flatMap((machine) => {
    const found = starts.filter((start) => start.machine === machine.id).length;
    return found === slots ? [] : [`slots: ${machine.name} started ${found} of ${slots} runs at once`];
  });
}
