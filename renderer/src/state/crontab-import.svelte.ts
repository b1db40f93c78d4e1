/**
 * A crontab on its way to tasks: what each line would become is asked of the agent once typing pauses, a person chooses,
 * and what was chosen is created. What was created can be deleted again as a whole.
 */
import type { z } from 'zod';
import type { fromCrontabOutput } from '../../../core/api/task-file-schemas.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { type Refusal, sentence } from '../client/refusal.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import type { Scheduler } from './scheduler.ts';
import { definitionFrom } from './task-definition.ts';

export type CrontabForm = 'auto' | 'user' | 'system';

export interface CrontabSource {
  readonly text: string;
  readonly form: CrontabForm;
  /** Empty: the user of the agent. */
  readonly user: string;
  readonly timeZone: string;
}

export interface CrontabRow {
  /** From 1. */
  readonly line: number;
  readonly definition: TaskDefinition;
  readonly scheduleText: string;
  /** Epoch milliseconds; undefined when it never comes due. */
  readonly nextAt: number | undefined;
  /** What is different from cron. */
  readonly notes: readonly string[];
}

interface LineText {
  readonly line: number;
  readonly text: string;
}

export interface CrontabReading {
  readonly rows: readonly CrontabRow[];
  readonly wrong: readonly LineText[];
}

/** What the agent reads in one go. */
export const MOST_CHARACTERS = 65_536;
const TYPING_PAUSE_MS = 300;
const TASKS_AT_ONCE = 500;

export class CrontabImport {
  #source = $state.raw() as CrontabSource;
  #reading = $state.raw<CrontabReading | undefined>();
  #refusal = $state.raw<Refusal | undefined>();
  #left = $state.raw<ReadonlySet<string>>(new Set());
  #creating = $state(false);
  /** The machine that all are tied to; none: whichever suits. */
  machine = $state<string | undefined>();
  readonly chosen = $derived.by(() =>
    (this.#reading?.rows ?? []).filter(({ definition }) => !this.#left.has(definition.id)),
  );
  #number = 0;
  #cancelTimer: () => void = () => undefined;
  readonly #access: ApiAccess;
  readonly #scheduler: Scheduler;

  /** @param timeZone of jobs that name none. */
  constructor(access: ApiAccess, scheduler: Scheduler, timeZone: string) {
    this.#access = access;
    this.#scheduler = scheduler;
    this.#source = { text: '', form: 'auto', user: '', timeZone };
  }

  get source(): CrontabSource {
    return this.#source;
  }

  /** Undefined while there is nothing to read, or it could not be. */
  get reading(): CrontabReading | undefined {
    return this.#reading;
  }

  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  get creating(): boolean {
    return this.#creating;
  }

  change(patch: Partial<CrontabSource>): void {
    this.#source = { ...this.#source, ...patch };
    this.#cancelTimer();
    this.#cancelTimer = this.#scheduler.after(TYPING_PAUSE_MS, () => void this.#read());
  }

  isChosen(id: string): boolean {
    return !this.#left.has(id);
  }

  choose(id: string, chosen: boolean): void {
    const left = new Set(this.#left);
    if (chosen) left.delete(id);
    else left.add(id);
    this.#left = left;
  }

  chooseAll(chosen: boolean): void {
    this.#left = new Set(chosen ? [] : this.#reading?.rows.map(({ definition }) => definition.id));
  }

  /** Creates what is chosen. @returns the ids that were new, and how many were written; undefined when it was refused. */
  async create(): Promise<{ readonly created: readonly string[]; readonly count: number } | undefined> {
    if (this.#creating || this.chosen.length === 0) return undefined;
    this.#creating = true;
    this.#refusal = undefined;
    const definitions = this.chosen.map(({ definition }) => placed(definition, this.machine));
    const created: string[] = [];
    let count = 0;
    for (const batch of batches(definitions)) {
      const outcome = await this.#access.call((api, signal) => api.tasks.apply({ definitions: batch }, { signal }));
      if (!outcome.ok) {
        this.#refusal = outcome.refusal;
        break;
      }
      count += batch.length;
      for (const task of outcome.value.tasks) if (task.outcome === 'created') created.push(task.id);
    }
    this.#creating = false;
    return count === 0 ? undefined : { created, count };
  }

  /** Deletes tasks again. @returns how many. */
  async undo(ids: readonly string[]): Promise<number> {
    let count = 0;
    for (const batch of batches(ids)) {
      const outcome = await this.#access.call((api, signal) =>
        api.tasks.bulk({ ids: [...batch], act: 'delete' }, { signal }),
      );
      if (outcome.ok) count += outcome.value.done.length;
      else this.#refusal = outcome.refusal;
    }
    return count;
  }

  stop(): void {
    this.#cancelTimer();
    this.#number += 1;
  }

  async #read(): Promise<void> {
    const number = (this.#number += 1);
    const { text, form, user, timeZone } = this.#source;
    if (text.trim() === '') {
      this.#reading = undefined;
      this.#refusal = undefined;
      return;
    }
    const question = {
      text,
      ...(form === 'auto' ? {} : { system: form === 'system' }),
      ...(user.trim() === '' ? {} : { user: user.trim() }),
      ...(timeZone.trim() === '' ? {} : { timeZone: timeZone.trim() }),
    };
    const outcome = await this.#access.call((api, signal) => api.tasks.fromCrontab(question, { signal }));
    if (number !== this.#number) return;
    this.#refusal = outcome.ok ? undefined : outcome.refusal;
    this.#reading = outcome.ok ? readingOf(outcome.value) : undefined;
  }
}

function readingOf({ tasks, jobs, notes, errors }: z.output<typeof fromCrontabOutput>): CrontabReading {
  const jobOf = new Map(jobs.map((job) => [job.taskId, job]));
  return {
    rows: tasks.map((task) => {
      const job = jobOf.get(task.id);
      return {
        line: job?.line ?? 0,
        definition: definitionFrom(task),
        scheduleText: job?.scheduleText ?? '',
        nextAt: job?.nextDueAt == null ? undefined : Date.parse(job.nextDueAt),
        notes: notes.filter(({ taskId }) => taskId === task.id).map(({ text }) => text),
      };
    }),
    wrong: errors.map(({ line, message, advice }) => ({ line, text: `${sentence(message)} ${advice}`.trim() })),
  };
}

function placed(definition: TaskDefinition, machine: string | undefined): TaskDefinition {
  if (machine === undefined) return definition;
  return { ...definition, placement: { ...definition.placement, mode: 'pin', machine: machine as MachineId } };
}

function batches<T>(list: readonly T[]): T[][] {
  const count = Math.ceil(list.length / TASKS_AT_ONCE);
  return Array.from({ length: count }, (_, index) => list.slice(index * TASKS_AT_ONCE, (index + 1) * TASKS_AT_ONCE));
}
