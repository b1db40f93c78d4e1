/** What scenarios have in common: a cluster that is formed, questions about it, and what must hold in the end. */
import { expect } from 'vitest';
import type { MachineId } from '../../../core/domain/ids.ts';
import type { Run } from '../../../core/domain/run.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { SimCluster, type SimClusterOptions } from '../sim-cluster.ts';
import type { SimMachine } from '../sim-machine.ts';
import type { RealStart } from '../sim-processes.ts';

/** All machines agree within this, once they can. */
export const AGREE_MS = 30_000;

/** A cluster whose machines all know and trust each other. */
export async function formed(options: SimClusterOptions): Promise<SimCluster> {
  const cluster = new SimCluster(options);
  await cluster.form();
  return cluster;
}

/** Tasks put on a machine, and time for all to hear of them. */
export async function formedWith(options: SimClusterOptions, ...tasks: TaskDefinition[]): Promise<SimCluster> {
  const cluster = await formed(options);
  await cluster.put(0, ...tasks);
  await cluster.run(1000);
  return cluster;
}

export function idsOf(cluster: SimCluster): MachineId[] {
  return cluster.machines.map((machine) => machine.id);
}

/** The first real start of a task; there must be one. */
export function firstStart(cluster: SimCluster, task: TaskDefinition): RealStart {
  const [start] = cluster.startsOf(task);
  if (start === undefined) throw new Error(`${task.id} has not started`);
  return start;
}

export function indexOf(cluster: SimCluster, machine: SimMachine): number {
  return cluster.machines.indexOf(machine);
}

/** Lets time pass until something holds, a step at a time. Fails when it does not hold within the bound. */
export async function until(cluster: SimCluster, maxMs: number, holds: () => boolean, stepMs = 1000): Promise<void> {
  const end = cluster.time.now + maxMs;
  while (!holds()) {
    if (cluster.time.now >= end) throw new Error(`it does not hold within ${maxMs} ms: ${holds.toString()}`);
    await cluster.run(stepMs);
  }
}

/** How many runs are in each state; skipped ones by their reason. */
export async function statesOf(
  cluster: SimCluster,
  index: number,
  task: TaskDefinition,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const run of await cluster.runs(index, task)) {
    const key = run.state === 'skipped' ? (run.reason?.code ?? '') : run.state;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** No attempt of any occurrence has started twice, and no later start has a lower token. */
export function expectOneStartPerAttempt(cluster: SimCluster, task: TaskDefinition): void {
  const starts = cluster.startsOf(task).sort((a, b) => a.atMs - b.atMs);
  const attempts = starts.map((start) => `${start.occurrenceId}/${start.attempt}`);
  expect(attempts.length - new Set(attempts).size, 'attempts that started twice').toBe(0);
  const tokens = starts.map((start) => start.fencingToken);
  expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
}

/**
 * All machines that run hold the same document, the same logs, and the same runs of the tasks. Looked at in the middle
 * between two whole tens of seconds, when nothing has just come due.
 */
export async function expectAgreement(cluster: SimCluster, ...tasks: TaskDefinition[]): Promise<void> {
  await cluster.run(15_000 - (cluster.time.now % 10_000));
  const running = cluster.machines.filter((machine) => machine.running);
  for (const { name, peer } of running) expect(`${name} ${peer.view.phase}`).toBe(`${name} active`);
  expect(new Set(running.map((machine) => machine.peer.view.documentDigest)).size, 'different documents').toBe(1);
  const heads = running.map(({ disk }) =>
    [...disk.tables.logs]
      .map(([id, { extent }]) => `${id} ${extent.head}`)
      .sort()
      .join(),
  );
  expect(new Set(heads).size, 'different logs').toBe(1);
  for (const task of tasks) {
    const views: (readonly Run[])[] = [];
    for (const machine of running) views.push(await cluster.runs(indexOf(cluster, machine), task));
    for (const view of views) expect(view).toEqual(views[0]);
  }
}
