/**
 * The plain view of the document: tasks, machines and settings as the rest of the core knows them. Only what a change
 * touched is converted again.
 */
import { DOCUMENT } from '../config/constants.ts';
import type { ClusterId, MachineId, TaskId } from '../domain/ids.ts';
import type { RosterEntry } from '../domain/machine.ts';
import type { Task } from '../domain/task.ts';
import { type ConflictIndex, isContested } from './conflicts.ts';
import type { ProjectionDelta, UnreadableTask } from './document-protocol.ts';
import type { TaskCounts } from './draft.ts';
import type { Envelope } from './envelope.ts';
import { readTask } from './facets.ts';
import type { Candidate, Replica } from './replica.ts';
import { readCluster, readMachine } from './roster-changes.ts';
import { BUCKET_NAMES, type Place, ROSTER, meaningOf, taskIdOfKey } from './schema.ts';

type TaskState = 'live' | 'deleted' | 'unreadable';

/** What is to be converted again. */
interface Touched {
  readonly tasks: ReadonlySet<TaskId>;
  readonly machines: ReadonlySet<MachineId>;
  readonly cluster: boolean;
}

export class Projection {
  readonly #replica: Replica;
  readonly #conflicts: ConflictIndex;
  readonly #states = new Map<TaskId, TaskState>();
  /** Entries of the roster that were asked for since it was changed last. */
  readonly #machines = new Map<MachineId, RosterEntry | undefined>();
  #live = 0;
  #deleted = 0;

  constructor(replica: Replica, conflicts: ConflictIndex) {
    this.#replica = replica;
    this.#conflicts = conflicts;
  }

  /** Tasks that there are. Unreadable ones count as live: they take room, and may be readable again. */
  get counts(): TaskCounts {
    return { live: this.#live, deleted: this.#deleted };
  }

  read(place: Place): string | undefined {
    return this.#replica.read(place);
  }

  candidatesOf(place: Place): Candidate[] {
    return this.#conflicts.candidatesOf(this.#replica, place);
  }

  isContested(place: Place): boolean {
    return isContested(this.candidatesOf(place));
  }

  get clusterId(): ClusterId | undefined {
    return readCluster(this)?.id;
  }

  /** The roster's entry of a machine, when it can be read. */
  machine(id: MachineId): RosterEntry | undefined {
    if (this.#machines.has(id)) return this.#machines.get(id);
    const entry = readMachine(this, id);
    this.#machines.set(id, entry.ok ? entry.value : undefined);
    return this.#machines.get(id);
  }

  isCredible(place: Place, envelope: Envelope): boolean {
    if (meaningOf(place)?.kind !== 'facet') return true;
    return envelope.signature !== undefined && this.machine(envelope.author)?.roles.includes('editor') === true;
  }

  /** Everything, in slices. */
  *all(): Generator<ProjectionDelta> {
    const machines = this.#replica.keysOf(ROSTER).map((key) => key as MachineId);
    yield this.#convert({ tasks: new Set(), machines: new Set(machines), cluster: true });
    let tasks = new Set<TaskId>();
    for (const bucket of BUCKET_NAMES) {
      for (const id of this.#taskIdsIn(bucket)) {
        tasks.add(id);
        if (tasks.size < DOCUMENT.tasksPerSlice) continue;
        yield this.#convert({ tasks, machines: new Set(), cluster: false });
        tasks = new Set();
      }
    }
    if (tasks.size > 0) yield this.#convert({ tasks, machines: new Set(), cluster: false });
  }

  /** What changed at the touched places, in slices; the first slice always exists. */
  *touched(places: Iterable<Place>): Generator<ProjectionDelta> {
    const touched = sortOut(places);
    if (touched.machines.size > 0) this.#machines.clear();
    const ids = [...touched.tasks];
    yield this.#convert({ ...touched, tasks: new Set(ids.slice(0, DOCUMENT.tasksPerSlice)) });
    for (let start = DOCUMENT.tasksPerSlice; start < ids.length; start += DOCUMENT.tasksPerSlice) {
      const tasks = new Set(ids.slice(start, start + DOCUMENT.tasksPerSlice));
      yield this.#convert({ tasks, machines: new Set(), cluster: false });
    }
  }

  #taskIdsIn(bucket: string): Set<TaskId> {
    const ids = new Set<TaskId>();
    for (const key of this.#replica.keysOf(bucket)) {
      const id = taskIdOfKey(key);
      if (id !== undefined) ids.add(id);
    }
    return ids;
  }

  #convert({ tasks: ids, machines: machineIds, cluster }: Touched): ProjectionDelta {
    const tasks: Task[] = [];
    const deletedTasks: TaskId[] = [];
    const unreadableTasks: UnreadableTask[] = [];
    for (const id of ids) {
      const reading = readTask(this, id);
      if (reading.kind === 'absent') continue;
      if (reading.kind === 'live') tasks.push(reading.task);
      else if (reading.kind === 'unreadable') unreadableTasks.push(reading.problem);
      if (reading.kind !== 'live' && this.#states.get(id) === 'live') deletedTasks.push(id);
      this.#note(id, reading.kind);
    }
    const machines: RosterEntry[] = [];
    for (const id of machineIds) {
      const entry = readMachine(this, id);
      if (entry.ok) machines.push(entry.value);
    }
    const settings = cluster ? readCluster(this) : undefined;
    return {
      tasks,
      deletedTasks,
      machines,
      ...(unreadableTasks.length === 0 ? {} : { unreadableTasks }),
      ...(settings === undefined ? {} : { cluster: settings }),
    };
  }

  #note(id: TaskId, state: TaskState): void {
    const before = this.#states.get(id);
    if (before !== undefined) this.#count(before, -1);
    this.#count(state, +1);
    this.#states.set(id, state);
  }

  #count(state: TaskState, by: number): void {
    if (state === 'deleted') this.#deleted += by;
    else this.#live += by;
  }
}

function sortOut(places: Iterable<Place>): Touched {
  const tasks = new Set<TaskId>();
  const machines = new Set<MachineId>();
  let cluster = false;
  for (const place of places) {
    const meaning = meaningOf(place);
    if (meaning?.kind === 'facet') tasks.add(meaning.taskId);
    else if (meaning?.kind === 'machine') machines.add(meaning.id);
    else if (meaning?.kind === 'cluster') cluster = true;
  }
  return { tasks, machines, cluster };
}
