/**
 * Crontabs as they are found on servers, turned into tasks that behave as the jobs did: the same times, shell,
 * environment and input, no catching up, overlapping runs allowed. What cannot be the same is noted on the job; what
 * cannot be read is listed as a problem of its line; nothing is dropped silently. `docs/CRONTAB.md` is the reference.
 */
import { LIMITS } from '../config/constants.ts';
import { taskDefinitionSchema, type TaskDefinition } from '../domain/task.ts';
import { validateSchedule } from '../scheduling/schedule-validation.ts';
import { validateTimeZone } from '../scheduling/time-zone.ts';
import { ERROR_CATALOGUE, type ErrorCode } from '../std/error-codes.ts';
import { readCrontabLine, type CrontabFormat, type JobLine } from './crontab-line.ts';
import { detectCrontabFormat } from './crontab-format.ts';
import { isHeading, nameFromCommand, nameFromComments } from './crontab-name.ts';
import { slugOf, uniqueSlugs } from './slug.ts';

export interface CrontabOptions {
  /** Told in descriptions; `auto` knows `/etc/crontab` and `/etc/cron.d/…` by it. */
  readonly fileName: string;
  readonly format: CrontabFormat | 'auto';
  /** IANA zone of jobs without CRON_TZ: that of the machine the crontab comes from. */
  readonly defaultTimeZone: string;
}

export interface CrontabJob {
  /** From 1. */
  readonly line: number;
  readonly definition: TaskDefinition;
  /** What is different from cron for this job, for people. */
  readonly notes: readonly string[];
}

export interface CrontabProblem {
  readonly line: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly advice: string;
}

export interface CrontabImport {
  readonly fileName: string;
  readonly format: CrontabFormat;
  readonly jobs: readonly CrontabJob[];
  readonly problems: readonly CrontabProblem[];
}

/**
 * Reads a crontab. Never refuses the whole because of one line, except beyond `LIMITS.crontabBytes` and
 * `LIMITS.crontabLines`. Problems have the codes INVALID_CRONTAB, INVALID_CRON, IMPOSSIBLE_CRON, UNKNOWN_TIME_ZONE,
 * INVALID_INPUT or LIMIT_EXCEEDED, and are at most `LIMITS.errorsPerFile`.
 */
export function parseCrontab(text: string, options: CrontabOptions): CrontabImport {
  const { fileName } = options;
  const tooLarge = text.length > LIMITS.crontabBytes;
  const lines = tooLarge ? [] : text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  if (tooLarge || lines.length > LIMITS.crontabLines) {
    const limit = tooLarge ? `${LIMITS.crontabBytes} bytes` : `${LIMITS.crontabLines} lines`;
    const problem = problemAt(1, { code: 'LIMIT_EXCEEDED', message: `the crontab has more than ${limit}` });
    const format = options.format === 'system' ? 'system' : 'user';
    return { fileName, format, jobs: [], problems: [problem] };
  }
  const format = options.format === 'auto' ? detectCrontabFormat(lines, fileName) : options.format;
  const reader = new CrontabReader(format, options);
  for (const [index, line] of lines.entries()) reader.read(line, index + 1);
  const { jobs, problems } = reader;
  return { fileName, format, jobs, problems: problems.slice(0, LIMITS.errorsPerFile) };
}

/** Variables that speak to cron itself and mean nothing to the command. */
const CRON_VARIABLES = new Set([
  'MAILTO',
  'MAILFROM',
  'CONTENT_TYPE',
  'CONTENT_TRANSFER_ENCODING',
  'CRON_TZ',
  'RANDOM_DELAY',
  'LOGNAME',
]);

/** Reads line by line; what a line sets holds for the lines below it. */
class CrontabReader {
  readonly jobs: CrontabJob[] = [];
  readonly problems: CrontabProblem[] = [];
  readonly #format: CrontabFormat;
  readonly #options: CrontabOptions;
  readonly #variables = new Map<string, string>();
  readonly #unique = uniqueSlugs();
  #comments: string[] = [];

  constructor(format: CrontabFormat, options: CrontabOptions) {
    this.#format = format;
    this.#options = options;
  }

  read(text: string, line: number): void {
    const parsed = readCrontabLine(text, this.#format);
    if (parsed.kind === 'comment') {
      if (isHeading(parsed.text)) this.#comments = [];
      else this.#comments.push(parsed.text);
      return;
    }
    if (parsed.kind === 'variable') this.#setVariable(parsed.name, parsed.value, line);
    else if (parsed.kind === 'invalid') this.#problem(line, { code: 'INVALID_CRONTAB', ...parsed });
    else if (parsed.kind === 'job') this.#readJob(parsed, text, line);
    this.#comments = [];
  }

  #setVariable(name: string, value: string, line: number): void {
    if (this.#variables.size >= LIMITS.environmentEntries && !this.#variables.has(name)) {
      this.#problem(line, {
        code: 'LIMIT_EXCEEDED',
        message: `more than ${LIMITS.environmentEntries} variables are set`,
      });
      return;
    }
    if (name === 'CRON_TZ') {
      const zone = validateTimeZone(value);
      if (!zone.ok) this.#problem(line, zone.error);
    }
    this.#variables.set(name, value);
  }

  #readJob(job: JobLine, text: string, line: number): void {
    const name = nameFromComments(this.#comments, this.#format) ?? nameFromCommand(job.script);
    const input = definitionOf(job, name, describe(this.#options.fileName, line, text), this.#variables, this.#options);
    const parsed = taskDefinitionSchema.safeParse(input);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const message = `${issue?.path.join('.') ?? 'the job'}: ${issue?.message ?? 'is not valid'}`;
      this.#problem(line, { code: 'INVALID_INPUT', message });
      return;
    }
    const valid = validateSchedule(parsed.data.schedule);
    if (!valid.ok) {
      this.#problem(line, { ...valid.error, ...adviceFor(job) });
      return;
    }
    const definition = { ...parsed.data, id: this.#unique(parsed.data.id) };
    this.jobs.push({ line, definition, notes: notesOf(job, this.#variables) });
  }

  #problem(line: number, error: { code: ErrorCode; message: string; advice?: string }): void {
    this.problems.push(problemAt(line, error));
  }
}

/** Input of `taskDefinitionSchema`, as cron would run the job. */
function definitionOf(
  job: JobLine,
  name: string,
  description: string,
  variables: ReadonlyMap<string, string>,
  options: CrontabOptions,
): unknown {
  const zone = validateTimeZone(variables.get('CRON_TZ') ?? options.defaultTimeZone);
  const home = variables.get('HOME');
  const delayMinutes = Number(variables.get('RANDOM_DELAY') ?? 0);
  const jitterMs = Number.isInteger(delayMinutes) && delayMinutes > 0 ? delayMinutes * 60_000 : 0;
  const environment = [...variables].filter(([key]) => !CRON_VARIABLES.has(key) && isName(key));
  return {
    id: slugOf(name),
    about: { name, description, tags: ['crontab'] },
    schedule: {
      triggers: [isAtStart(job) ? { kind: 'machine-start' } : { kind: 'cron', expression: expressionOf(job) }],
      // A zone that does not exist was told at its own line.
      timeZone: zone.ok ? zone.value : options.defaultTimeZone,
      jitterMs,
    },
    action: {
      type: 'shell',
      script: job.script,
      interpreter: [variables.get('SHELL') || '/bin/sh'],
      environment: Object.fromEntries(environment),
      ...(home?.startsWith('/') === true ? { workingDirectory: home } : {}),
      stdin: job.stdin,
    },
    placement: {},
    policy: { overlap: 'allow', catchUp: { mode: 'skip' } },
  };
}

/** What a person who knows cron should know about this job here. */
function notesOf(job: JobLine, variables: ReadonlyMap<string, string>): string[] {
  const notes: string[] = [];
  if (isAtStart(job)) {
    notes.push(
      '"@reboot" runs whenever a machine starts that may run it, on that machine: tie it to one by its placement.',
    );
  }
  if (job.hasSeconds) notes.push('Six time fields: the first was read as seconds, which cron itself does not know.');
  if (job.user !== undefined) notes.push(`Ran as ${job.user}; here it runs as the user of the agent.`);
  const mailTo = variables.get('MAILTO');
  if (mailTo !== undefined && mailTo !== '')
    notes.push(`Output was mailed to ${mailTo}; here it is kept with the run.`);
  if (variables.has('TZ') && !variables.has('CRON_TZ')) {
    notes.push('TZ is given to the command and does not move the schedule, as in cron; CRON_TZ would.');
  }
  if (job.unlogged) notes.push('The leading "-" kept the job out of the log; here every run is recorded.');
  if (variables.has('LOGNAME')) notes.push('LOGNAME is not passed on: the command runs as the user of the agent.');
  const expanding = [...variables].filter(([, value]) => /\$\w|\$\{|^~/.test(value)).map(([name]) => name);
  if (expanding.length > 0) {
    notes.push(
      `${expanding.join(', ')}: the value is passed on as written; "$" and "~" in it are not expanded, as in cron.`,
    );
  }
  const unnamed = [...variables.keys()].filter((name) => !isName(name));
  if (unnamed.length > 0) notes.push(`Left out, because it is no name for a variable: ${unnamed.join(', ')}.`);
  if (meansBoth(job)) {
    notes.push('Day of month and day of week must both match here, because one begins with "*"; the "+" says so.');
  }
  return notes;
}

/** `@reboot` names no time: it is the start of a machine. */
function isAtStart({ schedule }: JobLine): boolean {
  return schedule.toLowerCase() === '@reboot';
}

/**
 * Cron joins the two day fields by AND when one begins with a star, even a star with a step; here only a bare star is
 * free, and AND is written as `+` before the day of week (Open Cron Pattern Specification 1.4).
 */
function expressionOf(job: JobLine): string {
  if (!meansBoth(job)) return job.schedule;
  const fields = job.schedule.split(' ');
  return [...fields.slice(0, -1), `+${fields.at(-1) ?? '*'}`].join(' ');
}

function meansBoth(job: JobLine): boolean {
  const fields = job.schedule.split(' ').slice(job.hasSeconds ? 1 : 0);
  const [dayOfMonth = '*', dayOfWeek = '*'] = [fields[2], fields[4]];
  const isFree = (field: string): boolean => field === '*' || field === '?';
  if (isFree(dayOfMonth) || isFree(dayOfWeek)) return false;
  return dayOfMonth.startsWith('*') || dayOfWeek.startsWith('*');
}

function adviceFor(job: JobLine): { advice?: string } {
  if (job.schedule.includes('~')) {
    return { advice: 'Random times ("~") change with each machine; choose a time, and use jitter to spread tasks.' };
  }
  return {};
}

function describe(fileName: string, line: number, text: string): string {
  return `Imported from ${fileName}, line ${line}:\n${text.trim()}`.slice(0, LIMITS.descriptionLength);
}

function problemAt(line: number, error: { code: ErrorCode; message: string; advice?: string }): CrontabProblem {
  const message = /[.!?]$/.test(error.message) ? error.message : `${error.message}.`;
  return { line, code: error.code, message, advice: error.advice ?? ERROR_CATALOGUE[error.code].advice };
}

function isName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}
