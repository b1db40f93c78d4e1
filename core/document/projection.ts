/**
 * The plain view of the document: tasks, machines and settings as the rest of the core knows them. Only what a change
 * touched is converted again.
 */
import { DOCUMENT } from '../config/constants.ts';
import type { ClusterId, MachineId, TaskId } from '../domain/ids.ts';
import type { RosterEntry } from '../domain/machine.ts';
import type { Task } from '../domain/task.ts';
import type { AuthorityIndex } from './authority-index.ts';
import { type CalendarCounts, type NamedCalendar, readCalendar } from './calendar-changes.ts';
import { type ChannelCounts, type NamedChannel, readChannel } from './channel-changes.ts';
import { canonicalJson } from './canonical-json.ts';
import { isContested } from './conflicts.ts';
import type { NamedSecret, ProjectionDelta, UnreadableTask } from './document-protocol.ts';
import type { TaskCounts } from './draft.ts';
import type { Envelope } from './envelope.ts';
import { readTask } from './facets.ts';
import type { Candidate, Replica } from './replica.ts';
import {
  BUCKET_NAMES,
  CALENDARS,
  SECRETS,
  SETTINGS,
  channelOfKey,
  type Place,
  meaningOf,
  taskIdOfKey,
} from './schema.ts';
import { type SecretCounts, readSecret } from './secret-changes.ts';
import type { ValidValues } from './valid-values.ts';

type TaskState = 'live' | 'deleted' | 'unreadable';

/** What is to be converted again. */
interface Touched {
  readonly tasks: ReadonlySet<TaskId>;
  /** The roster, and the settings of the cluster. */
  readonly trust: boolean;
  readonly secrets: ReadonlySet<string>;
  readonly calendars: ReadonlySet<string>;
  readonly channels: ReadonlySet<string>;
}

const NONE: ReadonlySet<never> = new Set();
const NOTHING: Touched = { tasks: NONE, trust: false, secrets: NONE, calendars: NONE, channels: NONE };

export class Projection {
  readonly #replica: Replica;
  readonly #values: ValidValues;
  readonly #authority: AuthorityIndex;
  readonly #states = new Map<TaskId, TaskState>();
  /** Entries of the roster as they were handed over last. */
  readonly #machines = new Map<MachineId, string>();
  /** Names of secrets; true while there is one. */
  readonly #secrets = new Map<string, boolean>();
  /** The same for calendars. */
  readonly #calendars = new Map<string, boolean>();
  /** The same for channels. */
  readonly #channels = new Map<string, boolean>();
  #live = 0;
  #deleted = 0;

  constructor(replica: Replica, values: ValidValues, authority: AuthorityIndex) {
    this.#replica = replica;
    this.#values = values;
    this.#authority = authority;
  }

  /** Tasks that there are. Unreadable ones count as live: they take room, and may be readable again. */
  get counts(): TaskCounts {
    return { live: this.#live, deleted: this.#deleted };
  }

  get secretCounts(): SecretCounts {
    const live = [...this.#secrets.values()].filter((there) => there).length;
    return { live, names: this.#secrets.size };
  }

  get calendarCounts(): CalendarCounts {
    const live = [...this.#calendars.values()].filter((there) => there).length;
    return { live, names: this.#calendars.size };
  }

  get channelCounts(): ChannelCounts {
    const live = [...this.#channels.values()].filter((there) => there).length;
    return { live, names: this.#channels.size };
  }

  read(place: Place): string | undefined {
    return this.#values.read(place);
  }

  candidatesOf(place: Place): Candidate[] {
    return this.#values.candidatesOf(place);
  }

  textsAt(place: Place): string[] {
    return this.#values.textsAt(place);
  }

  isContested(place: Place): boolean {
    return isContested(this.candidatesOf(place));
  }

  get clusterId(): ClusterId | undefined {
    return this.#authority.clusterId;
  }

  /** The roster's entry of a machine; undefined when none that counts is there. */
  machine(id: MachineId): RosterEntry | undefined {
    return this.#authority.present().entryOf(id);
  }

  /** Machines that the roster has entries of. */
  get machineCount(): number {
    return this.#authority.present().shown().length;
  }

  isCredible(place: Place, envelope: Envelope): boolean {
    if (meaningOf(place)?.kind !== 'facet') return true;
    return envelope.signature !== undefined && this.machine(envelope.author)?.roles.includes('editor') === true;
  }

  /** Everything, in slices. */
  *all(): Generator<ProjectionDelta> {
    const secrets = new Set(this.#replica.keysOf(SECRETS));
    const calendars = new Set(this.#replica.keysOf(CALENDARS));
    const channels = new Set([...this.#replica.keysOf(SETTINGS)].flatMap((key) => channelOfKey(key) ?? []));
    yield this.#convert({ tasks: NONE, trust: true, secrets, calendars, channels });
    let tasks = new Set<TaskId>();
    for (const bucket of BUCKET_NAMES) {
      for (const id of this.#taskIdsIn(bucket)) {
        tasks.add(id);
        if (tasks.size < DOCUMENT.tasksPerSlice) continue;
        yield this.#convert({ ...NOTHING, tasks });
        tasks = new Set();
      }
    }
    if (tasks.size > 0) yield this.#convert({ ...NOTHING, tasks });
  }

  /** What changed at the touched places, in slices; the first slice always exists. */
  *touched(places: Iterable<Place>): Generator<ProjectionDelta> {
    const touched = sortOut(places);
    const ids = [...touched.tasks];
    yield this.#convert({ ...touched, tasks: new Set(ids.slice(0, DOCUMENT.tasksPerSlice)) });
    for (let start = DOCUMENT.tasksPerSlice; start < ids.length; start += DOCUMENT.tasksPerSlice) {
      const tasks = new Set(ids.slice(start, start + DOCUMENT.tasksPerSlice));
      yield this.#convert({ ...NOTHING, tasks });
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

  #convert({ tasks: ids, trust, secrets: names, calendars, channels }: Touched): ProjectionDelta {
    const tasks: Task[] = [];
    const deletedTasks: TaskId[] = [];
    const unreadableTasks: UnreadableTask[] = [];
    for (const id of ids) {
      const reading = readTask(this, id);
      if (reading.kind === 'live') tasks.push(reading.task);
      else if (reading.kind === 'unreadable') unreadableTasks.push(reading.problem);
      if (reading.kind !== 'live' && this.#states.get(id) === 'live') deletedTasks.push(id);
      this.#note(id, reading.kind === 'absent' ? undefined : reading.kind);
    }
    const machines = trust ? this.#changedMachines() : [];
    const settings = trust ? this.#authority.present().settings : undefined;
    return {
      tasks,
      deletedTasks,
      machines,
      ...(names.size === 0 ? {} : { secrets: [...names].map((name) => this.#secretOf(name)) }),
      ...(calendars.size === 0 ? {} : { calendars: [...calendars].map((name) => this.#calendarOf(name)) }),
      ...(channels.size === 0 ? {} : { channels: [...channels].map((name) => this.#channelOf(name)) }),
      ...(unreadableTasks.length === 0 ? {} : { unreadableTasks }),
      ...(settings === undefined ? {} : { cluster: settings }),
    };
  }

  #secretOf(name: string): NamedSecret {
    const state = readSecret(this, name);
    if (state === undefined) this.#secrets.delete(name);
    else this.#secrets.set(name, !('deleted' in state));
    return { name, state };
  }

  #calendarOf(name: string): NamedCalendar {
    const { known, kept } = readCalendar(this, name);
    if (known) this.#calendars.set(name, kept !== undefined);
    else this.#calendars.delete(name);
    return { name, kept };
  }

  #channelOf(name: string): NamedChannel {
    const { known, kept } = readChannel(this, name);
    if (known) this.#channels.set(name, kept !== undefined);
    else this.#channels.delete(name);
    return { name, kept };
  }

  /** One write can change what counts of others: every entry is looked at, and handed over when it is another one. */
  #changedMachines(): RosterEntry[] {
    const changed: RosterEntry[] = [];
    for (const entry of this.#authority.present().shown()) {
      const text = canonicalJson(entry);
      if (this.#machines.get(entry.id) === text) continue;
      this.#machines.set(entry.id, text);
      changed.push(entry);
    }
    return changed;
  }

  /** @param state undefined: nothing of the task counts. */
  #note(id: TaskId, state: TaskState | undefined): void {
    const before = this.#states.get(id);
    if (before !== undefined) this.#count(before, -1);
    this.#states.delete(id);
    if (state === undefined) return;
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
  const secrets = new Set<string>();
  const calendars = new Set<string>();
  const channels = new Set<string>();
  let trust = false;
  for (const place of places) {
    const meaning = meaningOf(place);
    if (meaning?.kind === 'facet') tasks.add(meaning.taskId);
    else if (meaning?.kind === 'secret') secrets.add(meaning.name);
    else if (meaning?.kind === 'calendar') calendars.add(meaning.name);
    else if (meaning?.kind === 'channel') channels.add(meaning.name);
    else if (meaning?.kind === 'machine' || meaning?.kind === 'cluster') trust = true;
  }
  return { tasks, trust, secrets, calendars, channels };
}
