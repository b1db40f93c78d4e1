/** One task: what it is, who runs it and when, its file to be changed by hand, and the way back when it was deleted. */
import type { TaskOutput } from '../../../core/api/task-schemas.ts';
import type { Refusal } from '../client/refusal.ts';
import type { Translate } from '../i18n/language.svelte.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import type { Notices } from './notices.svelte.ts';

export class TaskPageState {
  #task = $state.raw<TaskOutput | undefined>();
  #refusal = $state.raw<Refusal | undefined>();
  #problems = $state.raw<readonly string[]>([]);
  #busy = $state(false);
  #deleted = $state(false);
  /** The file as it is being written. */
  text = $state('');
  #shown = '';
  readonly #id: string;
  readonly #access: ApiAccess;
  readonly #notices: Notices;
  readonly #t: Translate;

  constructor(id: string, access: ApiAccess, notices: Notices, t: Translate) {
    this.#id = id;
    this.#access = access;
    this.#notices = notices;
    this.#t = t;
  }

  get task(): TaskOutput | undefined {
    return this.#task;
  }

  /** Why it cannot be shown. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** What is wrong with the file, in words. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** It is not there any more, and its revisions are: it can be brought back. */
  get deleted(): boolean {
    return this.#deleted;
  }

  get busy(): boolean {
    return this.#busy;
  }

  get changed(): boolean {
    return this.text !== this.#shown;
  }

  /** Looks again; what is being written stays. */
  async refresh(): Promise<void> {
    const found = await this.#access.call(async (api, signal) => {
      const task = await api.tasks.get({ id: this.#id }, { signal });
      const { yaml } = await api.tasks.toFile({ definition: task.definition }, { signal });
      return { task, yaml };
    });
    if (!found.ok) {
      this.#refusal = found.refusal;
      if (found.refusal.code === 'TASK_NOT_FOUND') {
        this.#task = undefined;
        await this.#findDeleted();
      }
      return;
    }
    this.#refusal = undefined;
    this.#deleted = false;
    const keeps = this.#task !== undefined && this.changed;
    this.#task = found.value.task;
    this.#shown = found.value.yaml;
    if (!keeps) this.text = found.value.yaml;
  }

  /** Brings the deleted task back as it was last. */
  async restore(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const outcome = await this.#access.call((api, signal) => api.tasks.restore({ id: this.#id }, { signal }));
    this.#busy = false;
    if (!outcome.ok) return this.#notices.refused(outcome.refusal);
    await this.refresh();
    const name = this.#task?.definition.about.name ?? this.#id;
    this.#notices.done(this.#t('tasks.restoredNamed', { name }));
  }

  async #findDeleted(): Promise<void> {
    const past = await this.#access.call((api, signal) => api.tasks.history({ id: this.#id, limit: 1 }, { signal }));
    this.#deleted = past.ok && past.value.revisions.length > 0;
  }

  /** Stores what was written: all of it or nothing. */
  async save(): Promise<void> {
    if (this.#busy || this.#task === undefined) return;
    this.#busy = true;
    const timeZone = this.#task.definition.schedule.timeZone;
    const yaml = this.text;
    const outcome = await this.#access.call(async (api, signal) => {
      const { definitions, errors } = await api.tasks.fromFile({ yaml, timeZone }, { signal });
      if (errors.length > 0) return errors.map((error) => this.#t('tasks.pageLine', error));
      const other = definitions.find(({ id }) => id !== this.#id);
      if (other !== undefined) return [this.#t('tasks.pageAnother', { id: other.id })];
      const { tasks } = await api.tasks.apply({ definitions }, { signal });
      const same = tasks.every((task) => task.outcome === 'unchanged');
      this.#notices.done(this.#t(same ? 'tasks.pageSame' : 'tasks.pageSaved'));
      return [];
    });
    this.#busy = false;
    this.#problems = outcome.ok ? outcome.value : [`${outcome.refusal.message} ${outcome.refusal.advice}`];
    if (this.#problems.length > 0) return;
    this.#shown = yaml;
    await this.refresh();
  }
}
