/**
 * The owners of all tasks, computed when asked for and remembered until the members or the tasks' placements change.
 * One computation for 10,000 tasks takes some ten milliseconds, so nothing here happens per edit or per message.
 */
import type { MachineId, TaskId } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import { isTrial } from '../domain/trial.ts';
import { assignOwners, type PlacedTask, roomPerMachine } from '../ring/bounded-load.ts';
import {
  type Candidate,
  ineligibleReason,
  mismatchReason,
  policyKey,
  policyVerdict,
  selectorKey,
  unavailableReason,
} from '../ring/eligibility.ts';
import { HashRing } from '../ring/hash-ring.ts';
import { ringPlace } from '../ring/hash.ts';
import { preferenceList } from '../ring/preference-list.ts';
import { taskRefusal } from '../ring/policy-rules.ts';
import type { PlacementView, RingMachineView } from './peer-view.ts';

/** What of a task the ring looks at; an unsaved definition has it too. */
export type RingTask = Pick<Task, 'id' | 'placement' | 'about' | 'action'>;
type RingTasks = ReadonlyMap<TaskId, RingTask>;

export class RingView {
  #ring = new HashRing([]);
  #candidates = new Map<MachineId, Candidate>();
  #owners: Map<TaskId, MachineId> | undefined;
  /** Of tasks as they are now, without machines to avoid; the order is asked for several times an occurrence. */
  #preferences = new WeakMap<RingTask, readonly MachineId[]>();
  readonly #places: Map<TaskId, number>;
  #hasPolicies = false;
  readonly #eligibleBySelector = new Map<string, readonly boolean[]>();

  /** @param places of tasks, where they are known already */
  constructor(places: ReadonlyMap<TaskId, number> = new Map()) {
    this.#places = new Map(places);
  }

  /** The same ring apart from this one, to find out what would be. @param without this machine. */
  fork(without?: MachineId): RingView {
    const fork = new RingView(this.#places);
    fork.setCandidates([...this.#candidates.values()].filter(({ entry }) => entry.id !== without));
    return fork;
  }

  /** Takes over who is there. Cheap when nothing that matters has changed. True when something did. */
  setCandidates(candidates: readonly Candidate[]): boolean {
    const before = this.#candidates;
    const same =
      before.size === candidates.length && candidates.every((next) => sameFor(before.get(next.entry.id), next));
    if (same) return false;
    this.#candidates = new Map(candidates.map((candidate) => [candidate.entry.id, candidate]));
    const present = candidates.filter((candidate) => unavailableReason(candidate) === undefined);
    this.#ring = new HashRing(present.map(({ entry }) => ({ id: entry.id, weight: entry.weight })));
    this.#hasPolicies = candidates.some(({ facts }) => facts?.policy !== undefined);
    this.#eligibleBySelector.clear();
    this.#forgetOwners();
    return true;
  }

  /** A task came, or has another placement. Its place is computed now, so that computing all owners later is quick. */
  taskChanged(task: TaskId): void {
    this.#place(task);
    this.#forgetOwners();
  }

  forget(task: TaskId): void {
    this.#places.delete(task);
    this.#forgetOwners();
  }

  ownerOf(task: RingTask, tasks: RingTasks): MachineId | undefined {
    return this.owners(tasks).get(task.id);
  }

  /** The owners of all tasks that one machine runs. */
  owners(tasks: RingTasks): ReadonlyMap<TaskId, MachineId> {
    this.#owners ??= this.#assign(tasks);
    return this.#owners;
  }

  /** How many tasks each machine owns. */
  ownedCounts(tasks: RingTasks): Map<MachineId, number> {
    const counts = new Map<MachineId, number>();
    for (const owner of this.owners(tasks).values()) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    return counts;
  }

  /** The machines on the ring, with how many tasks each owns and may own. */
  machines(tasks: RingTasks): RingMachineView[] {
    const counts = this.ownedCounts(tasks);
    const placed = [...tasks.values()].filter(isOwned).length;
    const room = roomPerMachine(this.#ring, placed);
    return this.#ring.machines.map(({ id, weight }, index) => ({
      id,
      weight,
      tasks: counts.get(id) ?? 0,
      bound: room[index] ?? 0,
    }));
  }

  /** Owner and standbys of a task, in order. `only`: this machine or none. */
  preference(
    task: RingTask,
    tasks: RingTasks,
    avoid: readonly MachineId[] = [],
    only?: MachineId,
  ): readonly MachineId[] {
    if (only !== undefined) {
      const candidate = this.#candidates.get(only);
      return candidate !== undefined && unavailableReason(candidate) === undefined && mayRun(task, candidate)
        ? [only]
        : [];
    }
    if (avoid.length > 0) return this.#preferenceOf(task, tasks, avoid);
    let known = this.#preferences.get(task);
    if (known === undefined) this.#preferences.set(task, (known = this.#preferenceOf(task, tasks, avoid)));
    return known;
  }

  /** The machines that run a task placed on several. */
  targets(task: RingTask, tasks: RingTasks): readonly MachineId[] {
    const preference = this.preference(task, tasks);
    if (task.placement.mode === 'all') return preference;
    if (task.placement.mode === 'n') return preference.slice(0, task.placement.count ?? 1);
    return preference.slice(0, 1);
  }

  /** All machines that are there, in ring order from the task's place: whose turn it is to note what nobody can run. */
  recorders(task: TaskId): MachineId[] {
    return this.#ring.walk(this.#place(task));
  }

  /** Why `machine` may not run the task; undefined when it may. */
  reasonAgainst(task: RingTask, machine: MachineId): string | undefined {
    const candidate = this.#candidates.get(machine);
    return candidate === undefined ? 'it is not in the roster' : ineligibleReason(task, candidate);
  }

  /** Whether the task is meant to run on `machine`, be it ready for that at the moment or not. */
  isMeantFor(task: RingTask, machine: MachineId): boolean {
    const candidate = this.#candidates.get(machine);
    if (candidate === undefined || candidate.entry.drained) return false;
    return candidate.entry.roles.includes('executor') && mismatchReason(task, candidate) === undefined;
  }

  /** Why the policies of all machines that could run a task rule it out; undefined when one would run it. */
  policyVerdict(task: RingTask, only?: MachineId): string | undefined {
    const candidates = [...this.#candidates.values()].filter(({ entry }) => only === undefined || entry.id === only);
    return policyVerdict(task, candidates);
  }

  describe(task: RingTask, tasks: RingTasks): PlacementView {
    const preference = this.preference(task, tasks);
    const ineligible: { machine: MachineId; reason: string }[] = [];
    for (const candidate of this.#candidates.values()) {
      const reason = ineligibleReason(task, candidate);
      if (reason !== undefined && !candidate.entry.removed) ineligible.push({ machine: candidate.entry.id, reason });
    }
    return { owner: preference[0], preference, targets: this.targets(task, tasks), ineligible };
  }

  #preferenceOf(task: RingTask, tasks: RingTasks, avoid: readonly MachineId[]): MachineId[] {
    const eligible = this.#eligible(task);
    const isEligible = (id: MachineId): boolean =>
      eligible === undefined || eligible[this.#ring.machines.findIndex((machine) => machine.id === id)] === true;
    return preferenceList(this.#ring, this.#place(task.id), this.ownerOf(task, tasks), isEligible, avoid);
  }

  /** Who owns what, and who stands by, is to be found out anew. */
  #forgetOwners(): void {
    this.#owners = undefined;
    this.#preferences = new WeakMap();
  }

  #assign(tasks: RingTasks): Map<TaskId, MachineId> {
    const placed: PlacedTask[] = [];
    for (const task of tasks.values()) {
      if (!isOwned(task)) continue;
      placed.push({ id: task.id, place: this.#place(task.id), eligible: this.#eligible(task) });
    }
    return assignOwners(this.#ring, placed);
  }

  #eligible(task: RingTask): readonly boolean[] | undefined {
    const key = this.#selectorKey(task);
    if (key === '') return undefined;
    let eligible = this.#eligibleBySelector.get(key);
    if (eligible === undefined) {
      eligible = this.#ring.machines.map(
        ({ id }) => mismatchReason(task, this.#candidates.get(id) as Candidate) === undefined,
      );
      this.#eligibleBySelector.set(key, eligible);
    }
    return eligible;
  }

  /** Policies look at more of a task than its placement; without any, only a user that it names makes a difference. */
  #selectorKey(task: RingTask): string {
    const key = selectorKey(task.placement);
    const asksForUser = task.action.type !== 'http' && task.action.user !== undefined;
    return this.#hasPolicies || asksForUser ? `${key} ${policyKey(task)}` : key;
  }

  #place(task: TaskId): number {
    let place = this.#places.get(task);
    if (place === undefined) {
      place = ringPlace(task);
      this.#places.set(task, place);
    }
    return place;
  }
}

/** Has it an owner? Not what runs on several machines, nor trials, which take no room from anybody. */
function isOwned(task: RingTask): boolean {
  return task.placement.mode !== 'all' && task.placement.mode !== 'n' && !isTrial(task);
}

function mayRun(task: RingTask, { facts }: Candidate): boolean {
  return taskRefusal(facts?.policy, task) === undefined;
}

function sameFor(before: Candidate | undefined, after: Candidate): boolean {
  return (
    before !== undefined &&
    before.entry === after.entry &&
    before.alive === after.alive &&
    before.notAccepting === after.notAccepting &&
    before.facts?.slots === after.facts?.slots &&
    before.facts?.operatingSystem === after.facts?.operatingSystem &&
    before.facts?.architecture === after.facts?.architecture &&
    JSON.stringify(before.facts?.policy) === JSON.stringify(after.facts?.policy)
  );
}
