/**
 * Task files: one or several YAML documents (JSON is YAML), each a task or a list of tasks. Reading tells every error
 * at once, with file, line, column, field and advice, so that a person corrects a file in one go.
 * `docs/TASK-FILE.md` is the reference for people; `resources/schema/task.schema.json` the one for editors.
 */
import { LIMITS } from '../config/constants.ts';
import type { TaskDefinition } from '../domain/task.ts';
import { ERROR_CATALOGUE, type ErrorCode } from '../std/error-codes.ts';
import { err, ok, type Result } from '../std/result.ts';
import { buildTask, type TaskFileOptions } from './task-file-build.ts';
import type { FieldError } from './field-error.ts';
import { errorsOfIssues } from './task-file-issues.ts';
import { taskFileSchema, taskListFileSchema } from './task-file-schema.ts';
import { readYaml, type Path, type Position, type SourceDocument } from './yaml-source.ts';

export interface TaskFileError {
  readonly code: ErrorCode;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** Dotted path, such as `tasks.2.policy.timeout`; empty for the document itself. */
  readonly field: string;
  readonly message: string;
  readonly advice: string;
}

/**
 * Reads a task file.
 * @param fileName told in errors.
 * @returns the definitions in the order of the file, or all errors (at most `LIMITS.errorsPerFile`): INVALID_YAML,
 *   LIMIT_EXCEEDED, UNKNOWN_FIELD, INVALID_INPUT, INVALID_CRON, IMPOSSIBLE_CRON, UNKNOWN_TIME_ZONE, and those of
 *   `resolveMachine`.
 */
export function parseTaskFile(
  text: string,
  fileName: string,
  options: TaskFileOptions,
): Result<TaskDefinition[], TaskFileError[]> {
  const source = readYaml(text, isText);
  if (!source.ok) return err(source.error.map((error) => fileError(fileName, error, error)));
  const places = source.value.flatMap(taskPlaces);
  if (places.length === 0) return err([emptyFile(fileName, source.value[0])]);
  if (places.length > LIMITS.tasksPerFile) {
    const message = `the file holds ${places.length} tasks, more than ${LIMITS.tasksPerFile}`;
    const error = { code: 'LIMIT_EXCEEDED', message, path: [], advice: 'Split it into several files.' } as const;
    return err([fileError(fileName, error, { line: 1, column: 1 })]);
  }
  const definitions: TaskDefinition[] = [];
  const errors: TaskFileError[] = [];
  const linesOfIds = new Map<string, number>();
  for (const place of places) {
    const built = readTask(place, options);
    const found = built.ok ? duplicateId(built.value, place, linesOfIds) : built.error;
    if (built.ok) definitions.push(built.value);
    errors.push(...found.map((error) => placedError(fileName, error, place)));
    if (errors.length >= LIMITS.errorsPerFile) break;
  }
  return errors.length > 0 ? err(errors.slice(0, LIMITS.errorsPerFile)) : ok(definitions);
}

/** One line a person can act on: `tasks.yaml:3:12: policy.timeout: … Advice.` */
export function describeTaskFileError(error: TaskFileError): string {
  const field = error.field === '' ? '' : `${error.field}: `;
  // The reader of YAML quotes what it did not expect, however long that is.
  const message = error.message.length > SHOWN_MESSAGE ? `${error.message.slice(0, SHOWN_MESSAGE)}…` : error.message;
  return `${error.file}:${error.line}:${error.column}: ${field}${message} ${error.advice}`;
}

/** Characters of a message that are shown to people. */
const SHOWN_MESSAGE = 1000;

interface TaskPlace {
  readonly document: SourceDocument;
  readonly path: Path;
  readonly value: unknown;
  /** Set when the place is no task but a list with errors of its own. */
  readonly errors?: readonly FieldError[];
}

const TEXT_LISTS = new Set(['command', 'environment', 'interpreter', 'tags', 'http.headers', 'placement.labels']);
const TEXT_FIELDS = new Set(['name', 'description', 'id']);

/** Where plain numbers and booleans stand for the text that was written, such as the `1.10` of `command: [go, 1.10]`. */
function isText(path: Path): boolean {
  const inner = path[0] === 'tasks' ? path.slice(2) : path;
  if (inner.length === 1) return TEXT_FIELDS.has(String(inner[0]));
  if (inner[0] === 'parameters') return isParameterText(inner);
  return TEXT_LISTS.has(inner.slice(0, -1).join('.'));
}

/** `parameters.NAME.default`, `parameters.NAME.description` and `parameters.NAME.choices.N`. */
function isParameterText([, , field, ...rest]: Path): boolean {
  if (field === 'choices') return rest.length === 1;
  return rest.length === 0 && (field === 'default' || field === 'description');
}

function taskPlaces(document: SourceDocument): TaskPlace[] {
  const { value } = document;
  if (typeof value !== 'object' || value === null || !('tasks' in value)) return [{ document, path: [], value }];
  const { tasks, ...others } = value;
  const shape = taskListFileSchema.safeParse({ ...others, tasks: [] });
  const shapeErrors = shape.success ? [] : errorsOfIssues(shape.error.issues, others, (path) => path);
  if (!Array.isArray(tasks)) {
    const message = '"tasks" must be a list';
    shapeErrors.push({
      code: 'INVALID_INPUT',
      path: ['tasks'],
      at: 'value',
      message,
      advice: 'Begin each task with "- ".',
    });
  }
  if (shapeErrors.length > 0) return [{ document, path: [], value, errors: shapeErrors }];
  return (tasks as unknown[]).map((task, index) => ({ document, path: ['tasks', index], value: task }));
}

function readTask(place: TaskPlace, options: TaskFileOptions): Result<TaskDefinition, readonly FieldError[]> {
  if (place.errors !== undefined) return err(place.errors);
  if (typeof place.value !== 'object' || place.value === null || Array.isArray(place.value)) {
    const message = Array.isArray(place.value)
      ? 'a list stands where a task should'
      : 'a task has fields such as "name: …"';
    const advice = 'Write fields, or a list of tasks below "tasks:"; docs/TASK-FILE.md has examples.';
    return err([{ code: 'INVALID_INPUT', path: [], at: 'value', message, advice }]);
  }
  const shape = taskFileSchema.safeParse(place.value);
  if (shape.success) return buildTask(shape.data, options);
  const errors = errorsOfIssues(shape.error.issues, place.value, (path) => path);
  return err([...errors, ...furtherErrors(place.value, errors, options)]);
}

/** What a field with a wrong shape is replaced by, to go on and find what else is wrong. */
const NEUTRAL_FIELDS: Readonly<Record<string, unknown>> = {
  name: 'unnamed',
  command: ['true'],
  shell: 'true',
  http: { url: 'http://localhost' },
};
const NESTED_FIELDS = new Set(['placement', 'policy']);

/** The errors in those fields whose shape is right, so that nobody corrects a file in two rounds. */
function furtherErrors(value: object, errors: readonly FieldError[], options: TaskFileOptions): readonly FieldError[] {
  const fields = new Map<string, unknown>(Object.entries(value));
  for (const { path } of errors) {
    const [field = '', inner] = path.map(String);
    const parent = fields.get(field);
    if (NESTED_FIELDS.has(field) && inner !== undefined && typeof parent === 'object' && parent !== null) {
      fields.set(field, Object.fromEntries(Object.entries(parent).filter(([name]) => name !== inner)));
    } else if (Object.hasOwn(NEUTRAL_FIELDS, field)) {
      fields.set(field, NEUTRAL_FIELDS[field]);
    } else {
      fields.delete(field);
    }
  }
  const shape = taskFileSchema.safeParse(Object.fromEntries(fields));
  if (!shape.success) return [];
  const built = buildTask(shape.data, options);
  // A misspelt `command` is one error, not also a task without anything to run.
  const hasUnknownField = errors.some((error) => error.code === 'UNKNOWN_FIELD' && error.path.length === 1);
  return built.ok ? [] : built.error.filter((error) => !hasUnknownField || error.path.length > 0);
}

function duplicateId(definition: TaskDefinition, place: TaskPlace, linesOfIds: Map<string, number>): FieldError[] {
  const line = place.document.valueAt(place.path).line;
  const earlier = linesOfIds.get(definition.id);
  linesOfIds.set(definition.id, earlier ?? line);
  if (earlier === undefined) return [];
  const message = `the task at line ${earlier} has the id "${definition.id}" too`;
  return [{ code: 'INVALID_INPUT', path: ['id'], at: 'value', message, advice: 'Give each task an id of its own.' }];
}

function emptyFile(fileName: string, document: SourceDocument | undefined): TaskFileError {
  const message = document === undefined ? 'the file is empty' : 'the list of tasks is empty';
  const advice = 'Write a task; docs/TASK-FILE.md has examples.';
  return fileError(fileName, { code: 'INVALID_INPUT', path: [], message, advice }, { line: 1, column: 1 });
}

function placedError(fileName: string, error: FieldError, place: TaskPlace): TaskFileError {
  const path = [...place.path, ...error.path];
  const position = error.at === 'key' ? place.document.keyAt(path) : place.document.valueAt(path);
  return fileError(fileName, { ...error, path }, position);
}

function fileError(
  file: string,
  error: { code: ErrorCode; path: Path; message: string; advice?: string },
  position: Position,
): TaskFileError {
  const { code } = error;
  const message = /[.!?]$/.test(error.message) ? error.message : `${error.message}.`;
  const advice = error.advice ?? ERROR_CATALOGUE[code].advice;
  return { code, file, line: position.line, column: position.column, field: error.path.join('.'), message, advice };
}
