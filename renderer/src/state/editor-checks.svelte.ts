/**
 * What the agent says of a definition while it is being written: what is wrong with it, when it would come due, and who
 * would run it. Asked once typing pauses; an answer that a later one overtook is dropped.
 */
import type { z } from 'zod';
import type { occurrenceOutput } from '../../../core/api/preview-schemas.ts';
import type { PlacementOutput } from '../../../core/api/task-schemas.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { sentence } from '../client/refusal.ts';
import type { MessageKey, Translate } from '../i18n/language.svelte.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import type { Scheduler } from './scheduler.ts';

export interface Preview {
  readonly text: string;
  readonly occurrences: readonly z.output<typeof occurrenceOutput>[];
}

/** What is wrong, by the dotted path of the field. */
export type Problems = ReadonlyMap<string, string>;

export const PREVIEW_COUNT = 10;
const TYPING_PAUSE_MS = 250;

export class EditorChecks {
  #problems = $state.raw<Problems>(new Map());
  #preview = $state.raw<Preview | undefined>();
  #placement = $state.raw<PlacementOutput | undefined>();
  #number = 0;
  #cancelTimer: () => void = () => undefined;
  readonly #access: ApiAccess;
  readonly #scheduler: Scheduler;

  readonly #t: Translate;

  constructor(access: ApiAccess, scheduler: Scheduler, t: Translate) {
    this.#access = access;
    this.#scheduler = scheduler;
    this.#t = t;
  }

  get problems(): Problems {
    return this.#problems;
  }

  /** Undefined while it is not known, or the schedule cannot be read. */
  get preview(): Preview | undefined {
    return this.#preview;
  }

  /** Undefined while it is not known. */
  get placement(): PlacementOutput | undefined {
    return this.#placement;
  }

  /** Looks again once typing pauses. */
  soon(definition: TaskDefinition): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#scheduler.after(TYPING_PAUSE_MS, () => void this.now(definition));
  }

  /**
   * Looks at once; true when nothing is wrong with this definition, undefined when the agent could not be asked. What is
   * shown is of the definition that was asked about last.
   */
  async now(definition: TaskDefinition): Promise<boolean | undefined> {
    this.#cancelTimer();
    const number = (this.#number += 1);
    const [checked, preview, placement] = await Promise.all([
      this.#access.call((api, signal) => api.tasks.validate({ definitions: [askable(definition)] }, { signal })),
      this.#access.call((api, signal) => api.schedule.preview(questionOf(definition), { signal })),
      this.#access.call((api, signal) => api.tasks.placement({ definition: askable(definition) }, { signal })),
    ]);
    const isNewest = number === this.#number;
    if (isNewest) {
      this.#preview = preview.ok ? preview.value : undefined;
      this.#placement = placement.ok ? placement.value : undefined;
    }
    if (!checked.ok) return undefined;
    const problems = new Map<string, string>();
    for (const { field = '', message, advice } of checked.value.errors) {
      const path = field.replace(/^definitions\.\d+\./, '');
      if (!problems.has(path))
        problems.set(path, wording(message.replace(`${path}: `, '').replace(/^Trigger \d+: /, ''), advice));
    }
    for (const [path, key] of missing(definition)) problems.set(path, this.#t(key));
    if (isNewest) this.#problems = problems;
    return problems.size === 0;
  }

  stop(): void {
    this.#cancelTimer();
    this.#number += 1;
  }
}

function questionOf(definition: TaskDefinition) {
  return { schedule: definition.schedule, definition: askable(definition), count: PREVIEW_COUNT };
}

/** The same definition, with what is not typed yet filled in, so that what is asked of the rest can be answered. */
function askable(definition: TaskDefinition): TaskDefinition {
  const { about, action } = definition;
  return {
    ...definition,
    about: about.name.trim() === '' ? { ...about, name: '?' } : about,
    action:
      action.type === 'http' && !/^https?:\/\/./.test(action.url)
        ? { ...action, url: 'http://localhost/' }
        : action.type === 'shell' && action.script === ''
          ? { ...action, script: ':' }
          : action,
  };
}

/** What every task needs and is not there yet, told in words of its own. */
function missing({ about, action }: TaskDefinition): [string, MessageKey][] {
  const found: [string, MessageKey][] = [];
  if (about.name.trim() === '') found.push(['about.name', 'editor.needName']);
  if (action.type === 'command' && (action.argv[0] ?? '') === '') found.push(['action.argv', 'editor.needCommand']);
  if (action.type === 'shell' && action.script.trim() === '') found.push(['action.script', 'editor.needScript']);
  if (action.type === 'http' && !/^https?:\/\/./.test(action.url)) found.push(['action.url', 'editor.needUrl']);
  return found;
}

/** The advice of the catalogue is left out where it only says that a field is meant. */
function wording(message: string, advice: string): string {
  return /malformed|input/i.test(advice) ? sentence(message) : `${sentence(message)} ${advice}`.trim();
}
