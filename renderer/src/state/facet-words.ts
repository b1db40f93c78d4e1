/** Fields of a definition and their values, in words; what has no word of its own is told by its path. */
import { durationText } from '../format/duration.ts';
import { sizeText } from '../format/size.ts';
import type { MessageKey, Translate } from '../i18n/language.svelte.ts';
import type { FieldChange } from './facet-diff.ts';

const FIELD_WORDS: Readonly<Record<string, MessageKey>> = {
  name: 'task.fieldName',
  description: 'task.fieldDescription',
  tags: 'task.fieldTags',
  suspended: 'task.fieldSuspended',
  expression: 'task.fieldCron',
  everyMs: 'task.fieldEvery',
  at: 'task.fieldAt',
  timeZone: 'task.fieldTimeZone',
  startAt: 'task.fieldStartAt',
  endAt: 'task.fieldEndAt',
  jitterMs: 'task.fieldJitter',
  'calendars.only': 'editor.calendarOnly',
  'calendars.except': 'editor.calendarExcept',
  argv: 'task.fieldCommand',
  script: 'task.fieldScript',
  interpreter: 'task.fieldInterpreter',
  workingDirectory: 'task.fieldFolder',
  user: 'task.fieldUser',
  url: 'task.fieldUrl',
  method: 'task.fieldMethod',
  mode: 'task.fieldMode',
  machine: 'task.fieldMachine',
  count: 'task.fieldCount',
  labels: 'task.fieldLabels',
  guarantee: 'task.fieldGuarantee',
  overlap: 'task.fieldOverlap',
  'catchUp.mode': 'task.fieldCatchUp',
  'catchUp.windowMs': 'task.fieldCatchUpWindow',
  'retry.maxAttempts': 'task.fieldAttempts',
  'retry.initialMs': 'task.fieldRetryAfter',
  timeoutMs: 'task.fieldTimeout',
  priority: 'task.fieldPriority',
  onLost: 'task.fieldOnLost',
};

/** Of things that go by names of their own. */
const NAMED_WORDS: Readonly<Record<string, MessageKey>> = {
  parameters: 'task.fieldParameter',
  environment: 'task.fieldVariable',
  headers: 'task.fieldHeader',
};

/** What a field is called: `Cron`, `Time limit`, or its dotted path. @param path as `fieldChanges` gives it */
export function fieldWord(path: string, t: Translate): string {
  const plain = path.replace(/^triggers\.\d+\./, '');
  const [list = '', name, ...rest] = plain.split('.');
  const heading = NAMED_WORDS[list];
  if (heading !== undefined && name !== undefined) return [t(heading, { name }), ...rest].join(' ');
  const key = FIELD_WORDS[plain];
  return key === undefined ? plain : t(key);
}

/** A value as people read it: times and sizes with their units, yes and no. */
export function valueWord(path: string, value: string, t: Translate): string {
  if (value === 'true' || value === 'false') return t(value === 'true' ? 'task.yes' : 'task.no');
  const number = Number(value);
  if (value === '' || !Number.isFinite(number)) return value;
  if (path.endsWith('Ms')) return durationText(number);
  return path.endsWith('Bytes') ? sizeText(number) : value;
}

/** A change in words, for a list; undefined where there was or is nothing. */
export interface WordedChange {
  readonly key: string;
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export function wordedChanges(changes: readonly FieldChange[], t: Translate): readonly WordedChange[] {
  const worded = (path: string, value: string | undefined): string | undefined =>
    value === undefined || value === '' ? undefined : valueWord(path, value, t);
  return changes.flatMap(({ path, before, after }) => {
    const [was, is] = [worded(path, before), worded(path, after)];
    // What was empty and is nothing now, or the other way round, is no change to a reader.
    return was === undefined && is === undefined
      ? []
      : { key: path, field: fieldWord(path, t), before: was, after: is };
  });
}
