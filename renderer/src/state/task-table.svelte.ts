/** The table of all tasks: what of them is shown, which are chosen, and what is done with those. */
import type { TaskSummary } from '../../../core/api/task-schemas.ts';
import { statesOf } from '../format/run-state.ts';
import type { MessageKey, Translate } from '../i18n/language.svelte.ts';
import type { ConsoleState } from './console.svelte.ts';
import { namesOf, withFollowers } from './follower-words.ts';
import type { Query, Router } from './router.svelte.ts';
import { Selection } from './selection.svelte.ts';
import { type BulkAct, UNDO_OF, bulk } from './task-bulk.ts';
import { isFiltering, matchingTasks, orderTasks, tagsOf, taskFilterOf } from './task-filter.ts';
import type { TaskSort } from './task-list.ts';

const FAILURES_SINCE_MS = 7 * 86_400_000;
const MOST_FAILURES = 500;
const DONE = {
  run: 'tasks.doneRun',
  suspend: 'tasks.doneSuspend',
  resume: 'tasks.doneResume',
  delete: 'tasks.doneDelete',
  restore: 'tasks.doneRestore',
} as const satisfies Record<BulkAct, MessageKey>;

export type TaskTableParts = Pick<ConsoleState, 'access' | 'tasks' | 'outcomes' | 'notices' | 'clock'>;

export class TaskTable {
  readonly selection = new Selection();
  readonly filter = $derived.by(() => taskFilterOf(this.#router.query));
  readonly #ordered = $derived.by(() => orderTasks(this.#parts.tasks.all, this.filter.sort, this.filter.descending));
  readonly shown: readonly TaskSummary[] = $derived.by(() =>
    matchingTasks(this.#ordered, this.filter, (id) => this.#parts.outcomes.of(id)),
  );
  readonly tags = $derived.by(() => tagsOf(this.#parts.tasks.all));
  readonly filtering = $derived(isFiltering(this.filter));
  #busy = $state(false);
  readonly #parts: TaskTableParts;
  readonly #router: Router;
  readonly #t: Translate;

  constructor(parts: TaskTableParts, router: Router, t: Translate) {
    this.#parts = parts;
    this.#router = router;
    this.#t = t;
  }

  /** True while something is being done with the chosen tasks. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Changes part of the filter; the address says it. */
  refine(change: Query): void {
    this.#router.refine(change);
  }

  /** No filter; the order stays. */
  showAll(): void {
    this.#router.refine({ q: undefined, state: undefined, tag: undefined, owner: undefined });
  }

  /** Sorts by this; the other way round when it is sorted so already. */
  sortBy(sort: TaskSort): void {
    const turned = this.filter.sort === sort && !this.filter.descending;
    this.#router.refine({ sort: sort === 'name' ? undefined : sort, desc: turned ? '1' : undefined });
  }

  /** Asks which tasks failed lately, so that the filter by failure knows more than the rows that were shown. */
  async findFailing(): Promise<void> {
    const since = this.#parts.clock.now - FAILURES_SINCE_MS;
    const failed = await this.#parts.access.call((api, signal) =>
      api.runs.list({ states: statesOf('failed') ?? [], since, limit: MOST_FAILURES }, { signal }),
    );
    if (failed.ok) this.#parts.outcomes.want([...new Set(failed.value.runs.map((run) => run.taskId))]);
  }

  /** Does one thing with all chosen tasks, and offers to take it back. */
  async act(act: BulkAct): Promise<void> {
    const ids = this.selection.ids;
    await this.#perform(act, ids);
    if (act === 'delete') this.selection.keep((id) => this.#parts.tasks.all.some((task) => task.id === id));
  }

  async #perform(act: BulkAct, ids: readonly string[]): Promise<void> {
    if (ids.length === 0 || this.#busy) return;
    this.#busy = true;
    const { done, followers, refusal, refused } = await bulk(this.#parts.access, ids, act);
    this.#busy = false;
    if (act === 'delete') this.#parts.tasks.forget(done);
    else this.#parts.tasks.touch(done);
    const undo = UNDO_OF[act];
    if (done.length > 0) {
      const { tasks } = this.#parts;
      const words = { t: this.#t, nameOf: (id: string) => tasks.nameOf(id) };
      const text = withFollowers(this.#t(DONE[act], { count: done.length }), followers, words);
      if (undo === undefined) this.#parts.notices.done(text);
      else {
        this.#parts.notices.done(text, { label: this.#t('tasks.undo'), run: () => void this.#perform(undo, done) });
      }
    }
    if (refusal !== undefined) {
      const names = namesOf(refused, (id) => this.#parts.tasks.nameOf(id));
      const message = this.#t('tasks.leftOut', { count: refused.length, names, why: refusal.message });
      // Values are asked for where a task is run alone.
      const advice = refusal.code === 'PARAMETER_INVALID' ? this.#t('tasks.runAlone') : refusal.advice;
      this.#parts.notices.refused({ ...refusal, message, advice });
    }
  }
}
