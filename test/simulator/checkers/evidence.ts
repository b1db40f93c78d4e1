/**
 * What several checkers look at, gathered once for each story: the members, the runs that each of them shows in the end,
 * and the real starts by task. And how they name things.
 */
import type { MachineId, TaskId } from '../../../core/domain/ids.ts';
import type { Run } from '../../../core/domain/run.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import type { SimCluster } from '../sim-cluster.ts';
import type { SimMachine } from '../sim-machine.ts';
import type { RealStart } from '../sim-processes.ts';
import type { CheckScene, InvariantName, Violation } from './checker.ts';

export interface Evidence {
  /** Machines that run and are trusted. */
  readonly members: readonly SimMachine[];
  /** By member and task, newest first. */
  readonly runs: ReadonlyMap<MachineId, ReadonlyMap<TaskId, readonly Run[]>>;
  /** By task, in order of time. */
  readonly starts: ReadonlyMap<TaskId, readonly RealStart[]>;
}

const gathered = new WeakMap<CheckScene, Promise<Evidence>>();

/** The evidence of a scene, as it was when first asked for. */
export function evidenceOf(scene: CheckScene): Promise<Evidence> {
  let evidence = gathered.get(scene);
  if (evidence === undefined) gathered.set(scene, (evidence = gather(scene)));
  return evidence;
}

/** Machines that run and are trusted. What removed machines say does not count, however many they are. */
export function membersOf({ cluster, observer }: Pick<CheckScene, 'cluster' | 'observer'>): SimMachine[] {
  return cluster.machines.filter((machine) => machine.running && observer.isMember(machine.id));
}

/** All real starts by task, in order of time. */
export function startsByTask(starts: readonly RealStart[]): Map<TaskId, RealStart[]> {
  const byTask = new Map<TaskId, RealStart[]>();
  for (const start of starts) {
    const list = byTask.get(start.taskId);
    if (list === undefined) byTask.set(start.taskId, [start]);
    else list.push(start);
  }
  for (const list of byTask.values()) list.sort((left, right) => left.atMs - right.atMs);
  return byTask;
}

/** The tasks of a scene, those that nobody edits first. */
export function tasksOf(scene: CheckScene): readonly TaskDefinition[] {
  return [...scene.steady, ...scene.volatile];
}

/** A start in words: occurrence and attempt, machine, instant. */
export function nameStart(cluster: SimCluster, start: RealStart): string {
  return `${start.occurrenceId}/${start.attempt} on ${cluster.byId(start.machine).name} at ${start.atMs.toFixed(0)}`;
}

/** Up to how many violations of one kind are told one by one. */
const TOLD = 20;

/** Violations of one invariant, so many at most, that a broken rule does not fill the page. */
export class Findings {
  readonly violations: Violation[] = [];
  readonly #invariant: InvariantName;

  constructor(invariant: InvariantName) {
    this.#invariant = invariant;
  }

  /** @param atMs virtual time of the violation */
  add(atMs: number, detail: string): void {
    if (this.violations.length < TOLD) this.violations.push({ invariant: this.#invariant, atMs, detail });
  }
}

async function gather(scene: CheckScene): Promise<Evidence> {
  const { cluster } = scene;
  const members = membersOf(scene);
  const runs = new Map<MachineId, Map<TaskId, Run[]>>();
  for (const machine of members) {
    const byTask = new Map<TaskId, Run[]>();
    const page = await machine.peer.runs.page({}, Number.MAX_SAFE_INTEGER, undefined);
    for (const run of page.runs) {
      const list = byTask.get(run.taskId);
      if (list === undefined) byTask.set(run.taskId, [run]);
      else list.push(run);
    }
    runs.set(machine.id, byTask);
  }
  return { members, runs, starts: startsByTask(cluster.starts) };
}
