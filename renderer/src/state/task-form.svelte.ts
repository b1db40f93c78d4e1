/** The dialog for a new task: what is typed, what is wrong with it, what its schedule will do, and its creation. */
import type { Refusal } from '../client/refusal.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import type { Scheduler } from './scheduler.ts';
import {
  type DraftField,
  type TaskDraft,
  definitionOf,
  draftFieldOf,
  draftProblems,
  emptyDraft,
  scheduleOf,
} from './task-draft.ts';

export interface SchedulePreview {
  readonly text: string;
  /** Epoch milliseconds of the next occurrences. */
  readonly instants: readonly number[];
}

const PREVIEW_COUNT = 5;
const TYPING_PAUSE_MS = 250;
const SCHEDULE_FIELDS: readonly DraftField[] = ['every', 'expression', 'timeZone'];

export class TaskFormState {
  #draft = $state.raw<TaskDraft>(emptyDraft('UTC'));
  #problems = $state.raw<Partial<Record<DraftField, string>>>({});
  #preview = $state.raw<SchedulePreview | undefined>();
  #submitting = $state(false);
  #previews = 0;
  #cancelTimer: () => void = () => undefined;
  readonly #access: ApiAccess;
  readonly #scheduler: Scheduler;

  /** @param timeZone the zone to begin with, an IANA name. */
  constructor(access: ApiAccess, scheduler: Scheduler, timeZone: string) {
    this.#access = access;
    this.#scheduler = scheduler;
    this.#draft = emptyDraft(timeZone);
    void this.#loadPreview();
  }

  get draft(): TaskDraft {
    return this.#draft;
  }

  /** What is wrong, by field. */
  get problems(): Partial<Record<DraftField, string>> {
    return this.#problems;
  }

  /** Undefined while it is not known, or the schedule is not valid. */
  get preview(): SchedulePreview | undefined {
    return this.#preview;
  }

  get submitting(): boolean {
    return this.#submitting;
  }

  /** Changes some fields; what was wrong with them is forgiven until the next check. */
  change(patch: Partial<TaskDraft>): void {
    const before = JSON.stringify(scheduleOf(this.#draft));
    this.#draft = { ...this.#draft, ...patch };
    const schedule = JSON.stringify(scheduleOf(this.#draft));
    const touched = new Set<string>(Object.keys(patch));
    if (touched.has('unit')) touched.add('every');
    touched.add('form');
    this.#forgive((field) => touched.has(field) || (schedule !== before && SCHEDULE_FIELDS.includes(field)));
    if (schedule === before) return;
    this.#cancelTimer();
    this.#cancelTimer = this.#scheduler.after(TYPING_PAUSE_MS, () => void this.#loadPreview());
  }

  /** Creates the task; its id, or undefined when something is wrong, which the fields then say. */
  async submit(): Promise<string | undefined> {
    if (this.#submitting) return undefined;
    this.#problems = draftProblems(this.#draft);
    if (Object.keys(this.#problems).length > 0) return undefined;
    this.#submitting = true;
    const draft = this.#draft;
    const definition = definitionOf(draft);
    try {
      const checked = await this.#access.call((api, signal) =>
        api.tasks.validate({ definitions: [definition] }, { signal }),
      );
      if (!checked.ok) return this.#refuse([checked.refusal], draft);
      if (!checked.value.valid) return this.#refuse(checked.value.errors.map(withoutUndefined), draft);
      const applied = await this.#access.call((api, signal) =>
        api.tasks.apply({ definitions: [definition], mode: 'create' }, { signal }),
      );
      return applied.ok ? definition.id : this.#refuse([applied.refusal], draft);
    } finally {
      this.#submitting = false;
    }
  }

  dispose(): void {
    this.#cancelTimer();
    this.#previews += 1;
  }

  #refuse(refusals: readonly Refusal[], draft: TaskDraft): undefined {
    const problems: Partial<Record<DraftField, string>> = {};
    for (const refusal of refusals) {
      const taken = refusal.code === 'TASK_EXISTS';
      const field = taken ? 'name' : draftFieldOf(refusal.field, draft);
      problems[field] ??= taken
        ? 'There is a task with this name already; choose another one.'
        : `${refusal.message} ${refusal.advice}`.trim();
    }
    this.#problems = problems;
    return undefined;
  }

  async #loadPreview(): Promise<void> {
    const number = (this.#previews += 1);
    const draft = this.#draft;
    const incomplete = draftProblems(draft);
    if (incomplete.every !== undefined || incomplete.expression !== undefined) {
      this.#preview = undefined;
      return;
    }
    const outcome = await this.#access.call((api, signal) =>
      api.schedule.preview({ schedule: scheduleOf(draft), count: PREVIEW_COUNT }, { signal }),
    );
    if (number !== this.#previews) return;
    if (outcome.ok) {
      this.#preview = { text: outcome.value.text, instants: outcome.value.instants.map((text) => Date.parse(text)) };
      this.#forgive((field) => SCHEDULE_FIELDS.includes(field));
    } else {
      this.#preview = undefined;
      const field = draftFieldOf(outcome.refusal.field ?? 'schedule', draft);
      this.#problems = { ...this.#problems, [field]: outcome.refusal.message };
    }
  }

  #forgive(isForgiven: (field: DraftField) => boolean): void {
    const kept = Object.entries(this.#problems).filter(([field]) => !isForgiven(field as DraftField));
    this.#problems = Object.fromEntries(kept);
  }
}

function withoutUndefined(error: {
  code: string;
  message: string;
  advice: string;
  field?: string | undefined;
}): Refusal {
  const { code, message, advice, field } = error;
  return { code, message, advice, ...(field === undefined ? {} : { field }) };
}
