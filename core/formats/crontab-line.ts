/**
 * One line of a crontab: what it is and its parts, by crontab(5) of Vixie cron and its descendants (Debian's cron,
 * cronie). An environment line is tried before a job line, as cron does. No line is judged here beyond its form.
 */

export type CrontabFormat = 'user' | 'system';

export type CrontabLine =
  | { readonly kind: 'blank' }
  | { readonly kind: 'comment'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string; readonly value: string }
  | JobLine
  | { readonly kind: 'invalid'; readonly message: string; readonly advice: string };

export interface JobLine {
  readonly kind: 'job';
  /** Five fields, six with seconds first, or a macro. */
  readonly schedule: string;
  /** The first field is seconds: an extension. */
  readonly hasSeconds: boolean;
  /** Of the system format: the user that cron ran it as. */
  readonly user: string | undefined;
  readonly script: string;
  /** What followed the first unescaped `%`, or empty: cron gives a job nothing else to read. */
  readonly stdin: string;
  /** A `-` stood before the line: cron does not log the job (SUSE, cronie). */
  readonly unlogged: boolean;
}

const VARIABLE = /^(?:"([^"]*)"|'([^']*)'|([A-Za-z_][A-Za-z0-9_]*))[ \t]*=[ \t]*(.*)$/;
const SEVERAL_MATCHING_QUOTES = /^(?:"([^]*)"|'([^]*)')$/;
const FIELD = /^[0-9A-Za-z*/,\-?#~+]+$/;
/** A day-of-week field that cannot be mistaken for a command: digits and signs, or names of days. */
const DAY_OF_WEEK =
  /^(?:\*|\?|\d+L?|(?:sun|mon|tue|wed|thu|fri|sat)L?)(?:[-,/#](?:\d+|\*|(?:sun|mon|tue|wed|thu|fri|sat)))*$/i;

/** Reads one line, without its line break. */
export function readCrontabLine(line: string, format: CrontabFormat): CrontabLine {
  const text = line.trim();
  if (text === '') return { kind: 'blank' };
  if (text.startsWith('#')) return { kind: 'comment', text: text.replace(/^#+\s*/, '') };
  const variable = VARIABLE.exec(text);
  if (variable !== null) {
    const name = variable[1] ?? variable[2] ?? variable[3] ?? '';
    return { kind: 'variable', name, value: unquoted(variable[4] ?? '') };
  }
  const unlogged = text.startsWith('-');
  const job = unlogged ? text.slice(1) : text;
  return job.startsWith('@') ? readMacroLine(job, format, unlogged) : readFieldsLine(job, format, unlogged);
}

/** Cuts off up to `count` words; `rest` is what follows, or undefined when there are fewer words. */
export function takeWords(text: string, count: number): { words: string[]; rest: string } | undefined {
  const match = new RegExp(`^((?:\\S+[ \\t]+){${count}})(\\S[^]*)$`).exec(text);
  if (match === null) return undefined;
  return { words: (match[1] ?? '').trim().split(/[ \t]+/), rest: match[2] ?? '' };
}

function readMacroLine(text: string, format: CrontabFormat, unlogged: boolean): CrontabLine {
  const parts = takeWords(text, format === 'system' ? 2 : 1);
  if (parts === undefined) return missing(format);
  const [schedule = '', user] = parts.words;
  return { kind: 'job', schedule, hasSeconds: false, user, unlogged, ...splitCommand(parts.rest) };
}

function readFieldsLine(text: string, format: CrontabFormat, unlogged: boolean): CrontabLine {
  const six = format === 'user' ? takeWords(text, 6) : undefined;
  if (six !== undefined && DAY_OF_WEEK.test(six.words[5] ?? '') && six.words.every((word) => FIELD.test(word))) {
    return {
      kind: 'job',
      schedule: six.words.join(' '),
      hasSeconds: true,
      user: undefined,
      unlogged,
      ...splitCommand(six.rest),
    };
  }
  const parts = takeWords(text, format === 'system' ? 6 : 5);
  if (parts === undefined) return missing(format);
  const fields = parts.words.slice(0, 5);
  const odd = fields.find((field, index) => !FIELD.test(field) || (index === 0 && /^[A-Za-z]/.test(field)));
  if (odd !== undefined) {
    const message = `"${odd.slice(0, 40)}" stands where a field of the time should`;
    return { kind: 'invalid', message, advice: 'A job line has five time fields and then the command.' };
  }
  return {
    kind: 'job',
    schedule: fields.join(' '),
    hasSeconds: false,
    user: parts.words[5],
    unlogged,
    ...splitCommand(parts.rest),
  };
}

/** The first `%` ends the command, the others are line breaks of what it reads; `\%` is a plain percent sign. */
function splitCommand(text: string): { script: string; stdin: string } {
  const [script = '', ...input] = text.split(/(?<!\\)%/).map((part) => part.replaceAll('\\%', '%'));
  if (input.length === 0) return { script: script.trim(), stdin: '' };
  const stdin = input.join('\n');
  return { script: script.trim(), stdin: stdin.endsWith('\n') ? stdin : `${stdin}\n` };
}

function unquoted(value: string): string {
  const trimmed = value.trim();
  const match = SEVERAL_MATCHING_QUOTES.exec(trimmed);
  return match === null ? trimmed : (match[1] ?? match[2] ?? '');
}

function missing(format: CrontabFormat): CrontabLine {
  const parts = format === 'system' ? 'five time fields, a user and a command' : 'five time fields and a command';
  return { kind: 'invalid', message: 'the line has too few parts', advice: `A job line has ${parts}.` };
}
