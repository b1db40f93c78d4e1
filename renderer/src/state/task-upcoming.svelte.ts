/** The next occurrences of a task, each with who would run it and what clocks do to it. */
import type { ApiClient } from '../../../core/api/contract.ts';
import type { TaskOutput } from '../../../core/api/task-schemas.ts';
import type { ApiAccess } from './api-access.svelte.ts';

export type Upcoming = Awaited<ReturnType<ApiClient['schedule']['preview']>>['occurrences'][number];

const COUNT = 8;

export class TaskUpcoming {
  #list = $state.raw<readonly Upcoming[] | undefined>();
  readonly #access: ApiAccess;

  constructor(access: ApiAccess) {
    this.#access = access;
  }

  /** Undefined until they are known; empty when it never comes due by itself. */
  get list(): readonly Upcoming[] | undefined {
    return this.#list;
  }

  async refresh(definition: TaskOutput['definition']): Promise<void> {
    if (definition.about.suspended || definition.schedule.triggers.length === 0) {
      this.#list = [];
      return;
    }
    const found = await this.#access.call((api, signal) =>
      api.schedule.preview({ definition, count: COUNT }, { signal }),
    );
    if (found.ok) this.#list = found.value.occurrences;
  }
}
