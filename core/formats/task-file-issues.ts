/**
 * What the schemas found wrong, in words for the person who wrote the file: which field, what it should be, and the
 * likely fix (the nearest spelling, the place where a field belongs, the missing unit).
 */
import type { z } from 'zod';
import { formatDuration, parseDuration } from './duration.ts';
import type { FieldError } from './field-error.ts';
import { formatSize, parseSize } from './size.ts';
import { nearestWord } from './spelling.ts';
import { taskFileSchema, triggerFileSchema } from './task-file-schema.ts';
import type { Path } from './yaml-source.ts';

type Issue = z.core.$ZodIssue;
type PropertyPath = readonly PropertyKey[];

const DURATION_FIELDS = new Set(['every', 'jitter', 'window', 'initial', 'max', 'timeout', 'killGrace', 'rerunAfter']);
const SIZE_FIELDS = new Set(['minFreeMemory', 'outputLimit']);

/** Fields by the place they stand in; `''` is the task itself. */
const FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['', Object.keys(taskFileSchema.shape).filter((name) => name !== '$schema')],
  ['schedule', Object.keys(triggerFileSchema.shape)],
  ['http', ['url', 'method', 'headers', 'body', 'expect', 'followRedirects']],
  ['http.expect', ['status', 'bodyContains']],
  ['placement', ['on', 'labels', 'os', 'arch', 'minFreeMemory']],
  [
    'policy',
    [
      'guarantee',
      'overlap',
      'catchUp',
      'retry',
      'timeout',
      'killGrace',
      'priority',
      'onLost',
      'rerunAfter',
      'outputLimit',
    ],
  ],
  ['notify', ['channel', 'on']],
  ['parameters', ['description', 'type', 'required', 'default', 'choices']],
  ['policy.catchUp', ['mode', 'window']],
  ['policy.retry', ['attempts', 'initial', 'factor', 'max']],
  ['policy.onLost', ['rerunAfter']],
]);

/** Words that other schedulers use, and what they are called here. */
const SYNONYMS: Readonly<Record<string, string>> = {
  args: 'command',
  argv: 'command',
  cmd: 'command',
  exec: 'command',
  run: 'command" or "shell',
  script: 'shell',
  bash: 'shell',
  env: 'environment',
  cwd: 'workingDirectory',
  directory: 'workingDirectory',
  tz: 'timezone',
  title: 'name',
  when: 'schedule',
  interval: 'schedule.every',
  url: 'http.url',
  retries: 'policy.retry.attempts',
  concurrency: 'policy.overlap',
  machine: 'placement.on',
  host: 'placement.on',
  options: 'parameters',
  params: 'parameters',
  inputs: 'parameters',
  alert: 'notify',
  alerts: 'notify',
  notifications: 'notify',
  enabled: 'suspended',
  disabled: 'suspended',
};

/** Turns issues of a schema about `value` into errors. `toFile` translates paths into those of the file. */
export function errorsOfIssues(issues: readonly Issue[], value: unknown, toFile: (path: Path) => Path): FieldError[] {
  return issues.flatMap((issue) => errorsOfIssue(issue, [], value, toFile));
}

function errorsOfIssue(issue: Issue, base: PropertyPath, root: unknown, toFile: (path: Path) => Path): FieldError[] {
  const full = [...base, ...issue.path];
  const path = toFile(plainPath(full));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField([...path, key]));
  const value = valueOf(root, full);
  if (issue.code === 'invalid_union') return errorsOfUnion(issue, full, root, toFile);
  if (issue.code === 'invalid_type' && value === undefined) {
    return [
      {
        code: 'INVALID_INPUT',
        path,
        at: 'value',
        message: `"${path.at(-1) ?? 'the task'}" is missing`,
        advice: 'Add it.',
      },
    ];
  }
  const at = issue.code === 'invalid_key' ? 'key' : 'value';
  return [{ code: 'INVALID_INPUT', path, at, ...explain(issue, path, value) }];
}

/** Of several allowed forms, speaks about the one that was evidently meant. */
function errorsOfUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  full: PropertyPath,
  root: unknown,
  toFile: (path: Path) => Path,
): FieldError[] {
  const path = toFile(plainPath(full));
  const isText = typeof valueOf(root, full) === 'string';
  const isRoot = (inner: Issue): boolean =>
    inner.path.length === 0 && (inner.code === 'invalid_type' || (inner.code === 'invalid_value' && !isText));
  const meant = issue.errors
    .filter((branch) => !branch.some(isRoot))
    .sort((left, right) => left.length - right.length)[0];
  if (meant !== undefined) return meant.flatMap((inner) => errorsOfIssue(inner, full, root, toFile));
  const expected = issue.errors
    .flat()
    .flatMap((inner) => (inner.code === 'invalid_type' ? [kindName(inner.expected)] : []));
  const message = `must be ${[...new Set(expected)].join(' or ')}, not ${kindOf(valueOf(root, full))}`;
  return [{ code: 'INVALID_INPUT', path, at: 'value', message }];
}

function unknownField(path: Path): FieldError {
  const name = String(path.at(-1));
  const place = placeOf(path.slice(0, -1));
  const siblings = FIELDS.get(place) ?? [];
  const where = place === '' ? 'a task' : `"${place}"`;
  const error = { code: 'UNKNOWN_FIELD', path, at: 'key', message: `"${name}" is not a field of ${where}` } as const;
  const near = nearestWord(name, siblings);
  if (near !== undefined && near.toLowerCase() === name.toLowerCase()) return { ...error, advice: `Write "${near}".` };
  const elsewhere = [...FIELDS].find(([other, names]) => other !== place && names.includes(name));
  if (elsewhere !== undefined) {
    const [other] = elsewhere;
    return { ...error, advice: other === '' ? `Write "${name}" beside "name".` : `Write "${name}" below "${other}".` };
  }
  if (near !== undefined) return { ...error, advice: `Did you mean "${near}"?` };
  const synonym = Object.hasOwn(SYNONYMS, name) ? SYNONYMS[name] : undefined;
  if (synonym !== undefined) return { ...error, advice: `Here it is called "${synonym}".` };
  return { ...error, advice: siblings.length === 0 ? 'Remove it.' : `Remove it. Fields here: ${siblings.join(', ')}.` };
}

function explain(issue: Issue, path: Path, value: unknown): { message: string; advice?: string } {
  const name = String(path.at(-1) ?? '');
  if (issue.code === 'invalid_type') return explainType(issue.expected, name, value);
  if (issue.code === 'invalid_value') {
    const choices = issue.values.map(String);
    const near = typeof value === 'string' ? nearestWord(value, choices) : undefined;
    const advice = near === undefined ? `Choose one of: ${choices.join(', ')}.` : `Did you mean "${near}"?`;
    return { message: `${quoted(value)} is not one of ${choices.join(', ')}`, advice };
  }
  if (issue.code === 'too_small' && issue.origin === 'string') return { message: 'must not be empty' };
  if (issue.code === 'too_small') return { message: `must be at least ${bound(issue.minimum, issue, path)}` };
  if (issue.code === 'too_big') return { message: `must be at most ${bound(issue.maximum, issue, path)}` };
  if (issue.code === 'invalid_format' && issue.format === 'url')
    return { message: `${quoted(value)} is not an http or https address` };
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
    const inner = issue.issues[0];
    return { message: inner?.message ?? issue.message };
  }
  return { message: issue.message };
}

function explainType(expected: string, name: string, value: unknown): { message: string; advice?: string } {
  if (typeof value === 'number') {
    const parsed = DURATION_FIELDS.has(name)
      ? parseDuration(String(value))
      : SIZE_FIELDS.has(name)
        ? parseSize(String(value))
        : undefined;
    if (parsed?.ok === false) return { message: parsed.error.message, advice: parsed.error.advice };
  }
  const message = `must be ${kindName(expected)}, not ${kindOf(value)}`;
  if (name === 'command' && typeof value === 'string') {
    return { message, advice: 'Write a list, such as command: [du, -sh, /srv], or use "shell:" for a line of shell.' };
  }
  if (name === 'interpreter' && typeof value === 'string')
    return { message, advice: `Write a list: interpreter: [${value}].` };
  if (name === 'retry' && typeof value === 'number') return { message, advice: `Write retry: {attempts: ${value}}.` };
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return { message, advice: `Put it in quotes: "${value}".` };
  }
  return { message };
}

function bound(limit: number | bigint, issue: { origin: string }, path: Path): string {
  const amount = Number(limit);
  const name = String(path.at(-1) ?? '');
  if (issue.origin === 'string') return `${amount} characters long`;
  if (issue.origin === 'array') return amount === 1 ? '1 entry' : `${amount} entries`;
  if (DURATION_FIELDS.has(name)) return formatDuration(amount);
  if (SIZE_FIELDS.has(name)) return formatSize(amount);
  return String(amount);
}

/** Where a field stands, without list positions: `tasks.2.policy.retry` → `policy.retry`. */
function placeOf(path: Path): string {
  const names = path.filter((step) => typeof step === 'string');
  const inner = names[0] === 'tasks' ? names.slice(1) : names;
  // Below `parameters` stand the names that people give.
  return (inner[0] === 'parameters' ? inner.toSpliced(1, 1) : inner).join('.');
}

function plainPath(path: PropertyPath): Path {
  return path.map((step) => (typeof step === 'number' ? step : String(step)));
}

function valueOf(root: unknown, path: PropertyPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

function kindName(expected: string): string {
  if (expected === 'string') return 'text';
  if (expected === 'array') return 'a list';
  if (expected === 'object' || expected === 'record') return 'fields (name: value)';
  if (expected === 'int') return 'a whole number';
  if (expected === 'boolean') return 'true or false';
  return `a ${expected}`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'fields';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' ? 'a number' : typeof value;
}

function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return `"${text.length > 60 ? `${text.slice(0, 57)}…` : text}"`;
}
