/** One task: what it is, who runs it and when, and its file to be changed by hand. */
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
      if (found.refusal.code === 'TASK_NOT_FOUND') this.#task = undefined;
      return;
    }
    this.#refusal = undefined;
    const keeps = this.#task !== undefined && this.changed;
    this.#task = found.value.task;
    this.#shown = found.value.yaml;
    if (!keeps) this.text = found.value.yaml;
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
