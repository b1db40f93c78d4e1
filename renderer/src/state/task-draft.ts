/** A new task as it is being typed, and the definition it stands for. */
import type { z } from 'zod';
import type { definitionInput } from '../../../core/api/task-schemas.ts';
import { slugOf } from '../../../core/formats/slug.ts';
import { splitCommand } from '../format/command-line.ts';

export type DefinitionInput = z.input<typeof definitionInput>;
export type ScheduleKind = 'interval' | 'cron' | 'manual';
export type ActionKind = 'command' | 'shell';
export type DraftField = 'name' | 'every' | 'expression' | 'timeZone' | 'command' | 'script' | 'form';

export interface TaskDraft {
  readonly name: string;
  readonly scheduleKind: ScheduleKind;
  readonly every: number | null;
  readonly unit: IntervalUnit;
  readonly expression: string;
  readonly timeZone: string;
  readonly actionKind: ActionKind;
  readonly command: string;
  readonly script: string;
}

export const INTERVAL_UNITS = { seconds: 1000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;
export type IntervalUnit = keyof typeof INTERVAL_UNITS;

export function emptyDraft(timeZone: string): TaskDraft {
  return {
    name: '',
    scheduleKind: 'interval',
    every: 5,
    unit: 'minutes',
    expression: '30 2 * * *',
    timeZone,
    actionKind: 'command',
    command: '',
    script: '',
  };
}

/** What can be told without asking the agent: fields that are empty or cannot be read. */
export function draftProblems(draft: TaskDraft): Partial<Record<DraftField, string>> {
  const problems: Partial<Record<DraftField, string>> = {};
  if (draft.name.trim() === '') problems.name = 'Give the task a name.';
  if (draft.scheduleKind === 'interval' && !(Number.isFinite(draft.every) && (draft.every ?? 0) > 0)) {
    problems.every = 'Say how often, such as 5 minutes.';
  }
  if (draft.scheduleKind === 'cron' && draft.expression.trim() === '') problems.expression = 'Enter a cron expression.';
  if (draft.actionKind === 'command') {
    const split = splitCommand(draft.command);
    if (!split.ok) problems.command = split.message;
    else if (split.argv.length === 0) problems.command = 'Enter the program to run.';
  } else if (draft.script.trim() === '') {
    problems.script = 'Enter the script to run.';
  }
  return problems;
}

export function scheduleOf(draft: TaskDraft): NonNullable<DefinitionInput['schedule']> {
  const timeZone = draft.timeZone.trim() === '' ? 'UTC' : draft.timeZone.trim();
  switch (draft.scheduleKind) {
    case 'manual':
      return { timeZone };
    case 'cron':
      return { triggers: [{ kind: 'cron', expression: draft.expression.trim() }], timeZone };
    case 'interval':
      return {
        triggers: [{ kind: 'interval', everyMs: Math.round((draft.every ?? 0) * INTERVAL_UNITS[draft.unit]) }],
        timeZone,
      };
  }
}

export function definitionOf(draft: TaskDraft): DefinitionInput {
  const split = splitCommand(draft.command);
  return {
    id: slugOf(draft.name.trim()),
    about: { name: draft.name.trim() },
    schedule: scheduleOf(draft),
    action:
      draft.actionKind === 'command'
        ? { type: 'command', argv: split.ok ? split.argv : [] }
        : { type: 'shell', script: draft.script },
  };
}

/** Which field of the form an error of the API belongs to, by the dotted path that it names. */
export function draftFieldOf(path: string | undefined, draft: TaskDraft): DraftField {
  const inner = (path ?? '').replace(/^definitions\.\d+\./, '');
  if (inner === 'id' || inner.startsWith('about')) return 'name';
  if (inner.endsWith('timeZone')) return 'timeZone';
  if (inner.startsWith('schedule')) {
    if (draft.scheduleKind === 'cron') return 'expression';
    return draft.scheduleKind === 'interval' ? 'every' : 'form';
  }
  if (inner.startsWith('action')) return draft.actionKind === 'command' ? 'command' : 'script';
  return 'form';
}
