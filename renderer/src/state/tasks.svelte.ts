/**
 * All tasks of the cluster, and what can be done with one. The whole list is fetched in pages and then kept up to date:
 * a few changed tasks are fetched one by one, many by fetching the list again, and neither more often than the page can show.
 */
import type { TaskSummary } from '../../../core/api/task-schemas.ts';
import type { ParameterValues } from '../../../core/domain/parameter.ts';
import type { Outcome, Refusal } from '../client/refusal.ts';
import type { Translate } from '../i18n/language.svelte.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import { withFollowers } from './follower-words.ts';
import type { Notices } from './notices.svelte.ts';
import { Refresher } from './refresher.ts';
import type { Scheduler } from './scheduler.ts';
import { type TaskSort, filterTasks, sortTasks, summaryOf } from './task-list.ts';

/** The first page is short, so that rows are there soon, and what else the page asks for is not held up. */
const FIRST_PAGE_SIZE = 100;
const PAGE_SIZE = 500;
/** More pages than this are not shown; the filter of the agent finds the rest. */
const MOST_PAGES = 100;
/** The agent makes a page while the one before it is read here. */
const PAGES_AT_ONCE = 2;
const RELOAD_PAUSE_MS = 3000;
const TOUCH_PAUSE_MS = 400;
/** Up to this many changed tasks are fetched one by one; more than one screen shows. */
const MOST_SINGLE = 60;
/** How soon rows that are out of sight are brought up to date. */
const STALE_PAUSE_MS = 30_000;
const MOST_STALE = 20_000;

/** A run that was asked for: of which task, where, and with what to begin. */
export interface AskedRun extends Pick<TaskSummary, 'id' | 'name'> {
  readonly machine: { readonly id: string; readonly name: string } | undefined;
  readonly given: ParameterValues | undefined;
}

export class TasksState {
  #all = $state.raw<readonly TaskSummary[]>([]);
  #loaded = $state(false);
  #asked = $state.raw<AskedRun | undefined>();
  #pending = $state.raw<ReadonlySet<string>>(new Set());
  filterText = $state('');
  sort = $state<TaskSort>('name');
  readonly #sorted = $derived(sortTasks(this.#all, this.sort));
  readonly shown = $derived(filterTasks(this.#sorted, this.filterText));
  readonly #names = $derived(new Map(this.#all.map((task) => [task.id, task.name])));
  readonly #touched = new Set<string>();
  readonly #stale = new Set<string>();
  #inSight: ReadonlySet<string> = new Set();
  #staleReloadArmed = false;
  readonly #reloader: Refresher;
  readonly #toucher: Refresher;
  readonly #access: ApiAccess;
  readonly #notices: Notices;
  readonly #scheduler: Scheduler;
  readonly #t: Translate;

  constructor(access: ApiAccess, notices: Notices, scheduler: Scheduler, t: Translate) {
    this.#access = access;
    this.#notices = notices;
    this.#scheduler = scheduler;
    this.#t = t;
    this.#reloader = new Refresher(() => this.#reload(), RELOAD_PAUSE_MS, scheduler);
    this.#toucher = new Refresher(() => this.#fetchTouched(), TOUCH_PAUSE_MS, scheduler);
  }

  get all(): readonly TaskSummary[] {
    return this.#all;
  }

  /** False until the first list has come. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** The name of a task, or its id when it is not known (any more). */
  nameOf(id: string): string {
    return this.#names.get(id) ?? id;
  }

  /** True while a command for this task is under way. */
  isBusy(id: string): boolean {
    return this.#pending.has(id);
  }

  reload(): void {
    this.#reloader.ask();
  }

  /** These tasks are not what they were. */
  touch(ids: Iterable<string>): void {
    for (const id of ids) this.#touched.add(id);
    if (this.#touched.size > MOST_SINGLE) {
      this.#touched.clear();
      this.#reloader.ask();
    } else if (this.#touched.size > 0) {
      this.#toucher.ask();
    }
  }

  /** These rows are on the screen; what is out of date among them is fetched. */
  showing(ids: readonly string[]): void {
    this.#inSight = new Set(ids);
    this.#touchStale();
  }

  /** The next instants of these tasks have moved: at once for rows in sight, in a while for all others. */
  moved(ids: Iterable<string>): void {
    for (const id of ids) if (this.#stale.size < MOST_STALE) this.#stale.add(id);
    this.#touchStale();
    if (this.#stale.size === 0 || this.#staleReloadArmed) return;
    this.#staleReloadArmed = true;
    this.#scheduler.after(STALE_PAUSE_MS, () => {
      this.#staleReloadArmed = false;
      if (this.#stale.size > 0) this.#reloader.ask();
    });
  }

  /** These tasks are gone. */
  forget(ids: Iterable<string>): void {
    this.#apply(new Map([...ids].map((id) => [id, undefined])));
  }

  #touchStale(): void {
    const ids = [...this.#inSight].filter((id) => this.#stale.delete(id));
    if (ids.length > 0) this.touch(ids);
  }

  /** Says so when others followed the task that is suspended: the switch alone does not tell. */
  async setSuspended(task: TaskSummary, suspended: boolean): Promise<void> {
    const outcome = await this.#command(task.id, () =>
      this.#access.call<{ readonly id: string; readonly followers?: readonly string[] }>((api, signal) =>
        suspended ? api.tasks.suspend({ id: task.id }, { signal }) : api.tasks.resume({ id: task.id }, { signal }),
      ),
    );
    if (!outcome.ok) return;
    this.#replace(task.id, { ...task, suspended });
    this.touch([task.id]);
    const { followers = [] } = outcome.value;
    if (followers.length === 0) return;
    this.#notices.done(this.#stopped(this.#t('tasks.suspendedNamed', { name: task.name }), followers), {
      label: this.#t('tasks.undo'),
      run: () => void this.setSuspended(task, false),
    });
  }

  /** A run that waits for a person to say the values of its parameters. */
  get asked(): AskedRun | undefined {
    return this.#asked;
  }

  stopAsking(): void {
    this.#asked = undefined;
  }

  /**
   * Runs a task; one with parameters when their values were said.
   * @param machine where to run it this once; where it belongs, when it is left out
   * @param given values of an earlier run, to begin with
   */
  async runNow(
    { id, name }: Pick<TaskSummary, 'id' | 'name'>,
    machine?: { readonly id: string; readonly name: string },
    given?: ParameterValues,
  ): Promise<void> {
    const asked = { id, name, machine, given };
    if (await this.#takesValues(id)) this.#asked = asked;
    else {
      const outcome = await this.#run(asked);
      if (!outcome.ok) this.#notices.refused(outcome.refusal);
    }
  }

  /** Runs what was asked for with these values. @returns why it is not run; it goes on being asked for */
  async runWith(asked: AskedRun, parameters: ParameterValues): Promise<Refusal | undefined> {
    const outcome = await this.#run(asked, parameters);
    if (!outcome.ok) return outcome.refusal;
    this.stopAsking();
    return undefined;
  }

  /** What is not in the list (yet) is looked up: what a person must say is not passed over. */
  async #takesValues(id: string): Promise<boolean> {
    const known = this.#all.find((task) => task.id === id);
    if (known !== undefined) return known.parameters !== undefined;
    const outcome = await this.#access.call((api, signal) => api.tasks.get({ id }, { signal }));
    return outcome.ok && summaryOf(outcome.value).parameters !== undefined;
  }

  async #run({ id, name, machine }: AskedRun, parameters?: ParameterValues): Promise<Outcome<unknown>> {
    const where = machine === undefined ? {} : { machine: machine.id };
    const input = { id, ...where, ...(parameters === undefined ? {} : { parameters }) };
    const outcome = await this.#attempt(id, () => this.#access.call((api, signal) => api.tasks.run(input, { signal })));
    if (!outcome.ok) return outcome;
    this.#notices.done(
      machine === undefined
        ? this.#t('tasks.askedToRun', { name })
        : this.#t('tasks.askedToRunOn', { name, machine: machine.name }),
    );
    return outcome;
  }

  async remove(task: TaskSummary): Promise<void> {
    const outcome = await this.#command(task.id, () =>
      this.#access.call((api, signal) => api.tasks.delete({ id: task.id }, { signal })),
    );
    if (!outcome.ok) return;
    this.#replace(task.id, undefined);
    const text = this.#stopped(this.#t('tasks.deletedNamed', { name: task.name }), outcome.value.followers);
    this.#notices.done(text, {
      label: this.#t('tasks.undo'),
      run: () => void this.#restore(task),
    });
  }

  #stopped(text: string, followers: readonly string[]): string {
    return withFollowers(text, followers, { t: this.#t, nameOf: (id) => this.nameOf(id) });
  }

  async #restore(task: TaskSummary): Promise<void> {
    const outcome = await this.#command(task.id, () =>
      this.#access.call((api, signal) => api.tasks.restore({ id: task.id }, { signal })),
    );
    if (!outcome.ok) return;
    this.#replace(task.id, task);
    this.touch([task.id]);
    this.#notices.done(this.#t('tasks.restoredNamed', { name: task.name }));
  }

  async #command<T>(id: string, work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const outcome = await this.#attempt(id, work);
    if (!outcome.ok) this.#notices.refused(outcome.refusal);
    return outcome;
  }

  /** Whoever calls it tells of a refusal. */
  async #attempt<T>(id: string, work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    this.#pending = new Set([...this.#pending, id]);
    const outcome = await work();
    this.#pending = new Set([...this.#pending].filter((other) => other !== id));
    return outcome;
  }

  async #reload(): Promise<void> {
    this.#stale.clear();
    const first = await this.#page(0, FIRST_PAGE_SIZE);
    if (!first.ok) return;
    const { tasks, total } = first.value;
    if (!this.#loaded) this.#all = tasks;
    const rest: (readonly TaskSummary[])[] = [];
    const most = Math.min(MOST_PAGES, Math.ceil((total - FIRST_PAGE_SIZE) / PAGE_SIZE));
    let next = 0;
    const fetchNext = async (): Promise<boolean> => {
      while (next < most) {
        const index = next;
        next += 1;
        const outcome = await this.#page(FIRST_PAGE_SIZE + index * PAGE_SIZE, PAGE_SIZE);
        if (!outcome.ok) return false;
        rest[index] = outcome.value.tasks;
      }
      return true;
    };
    const whole = await Promise.all(Array.from({ length: PAGES_AT_ONCE }, fetchNext));
    if (whole.includes(false)) return;
    this.#all = [tasks, ...rest].flat();
    this.#loaded = true;
  }

  #page(offset: number, limit: number): Promise<Outcome<{ tasks: TaskSummary[]; total: number }>> {
    return this.#access.call((api, signal) => api.tasks.list({ limit, offset, sort: 'id' }, { signal }));
  }

  async #fetchTouched(): Promise<void> {
    const ids = [...this.#touched];
    this.#touched.clear();
    const outcomes = await Promise.all(
      ids.map((id) => this.#access.call((api, signal) => api.tasks.get({ id }, { signal }))),
    );
    const changes = new Map<string, TaskSummary | undefined>();
    for (const [index, outcome] of outcomes.entries()) {
      const id = ids[index] ?? '';
      if (outcome.ok) changes.set(id, summaryOf(outcome.value));
      else if (outcome.refusal.code === 'TASK_NOT_FOUND') changes.set(id, undefined);
    }
    this.#apply(changes);
  }

  #replace(id: string, task: TaskSummary | undefined): void {
    this.#apply(new Map([[id, task]]));
  }

  /** Puts changed tasks in their place; undefined takes one away. */
  #apply(changes: ReadonlyMap<string, TaskSummary | undefined>): void {
    if (changes.size === 0) return;
    const known = new Set<string>();
    const kept = this.#all.flatMap((task) => {
      known.add(task.id);
      const next = changes.has(task.id) ? changes.get(task.id) : task;
      return next === undefined ? [] : [next];
    });
    const added = [...changes].flatMap(([id, task]) => (known.has(id) || task === undefined ? [] : [task]));
    this.#all = [...kept, ...added];
  }
}
