/**
 * From the task as people write it to the definition as machines keep it: units become milliseconds and bytes, names
 * become ids, short forms become long ones. All errors are collected, each at the field of the file that it is about.
 */
import type { MachineId } from '../domain/ids.ts';
import { scheduleSchema } from '../domain/schedule.ts';
import { taskDefinitionSchema, type TaskDefinition } from '../domain/task.ts';
import { findParameterFault } from '../scheduling/parameter-validation.ts';
import { err, ok, type Result } from '../std/result.ts';
import { parseDuration } from './duration.ts';
import { ErrorCollector, type FieldError } from './field-error.ts';
import { parseSize } from './size.ts';
import { slugOf } from './slug.ts';
import { errorsOfIssues } from './task-file-issues.ts';
import type { TaskFile } from './task-file-schema.ts';
import { buildParameters, parameterPath } from './task-file-parameters.ts';
import { buildSchedule, checkSchedule } from './task-file-schedule.ts';
import type { Path } from './yaml-source.ts';

export interface TaskFileOptions {
  /** Finds the machine that a pinned task names, by name or id. Its refusal is told at the field. */
  readonly resolveMachine: (nameOrId: string) => Result<MachineId>;
  /** IANA zone of tasks that name none. */
  readonly defaultTimeZone: string;
}

/** Builds the definition of one task whose shape is already known to fit `taskFileSchema`. */
export function buildTask(file: TaskFile, options: TaskFileOptions): Result<TaskDefinition, FieldError[]> {
  const collector = new ErrorCollector();
  const { schedule, triggerPaths } = buildSchedule(file, options.defaultTimeZone, collector);
  const input = {
    id: file.id ?? slugOf(file.name),
    about: { name: file.name, description: file.description, tags: file.tags, suspended: file.suspended },
    schedule,
    action: buildAction(file, collector),
    placement: buildPlacement(file, options, collector),
    policy: buildPolicy(file, collector),
    notify: buildNotify(file),
  };
  const parsed = taskDefinitionSchema.safeParse(input);
  if (!parsed.success) {
    collector.errors.push(...errorsOfIssues(parsed.error.issues, input, (path) => filePath(path, file, triggerPaths)));
  }
  const checkable = scheduleSchema.safeParse(schedule);
  if (checkable.success) checkSchedule(checkable.data, triggerPaths, collector);
  const fault = parsed.success ? findParameterFault(parsed.data) : undefined;
  if (fault !== undefined) {
    const path = (fault.field ?? '').split('.');
    collector.refuse(filePath(path, file, triggerPaths), fault);
  }
  return parsed.success && collector.errors.length === 0 ? ok(parsed.data) : err(collector.errors);
}

/** Stands in for an action that was refused already, so that the rest of the task can still be checked. */
const ANY_ACTION = { type: 'command', argv: ['true'] };

function buildAction(file: TaskFile, collector: ErrorCollector): unknown {
  const kinds = (['command', 'shell', 'http'] as const).filter((kind) => file[kind] !== undefined);
  const extra = kinds[1];
  if (kinds.length === 0) {
    const message = 'the task says nothing to run';
    collector.refuse([], {
      code: 'INVALID_INPUT',
      message,
      advice: 'Add one of: command (a list), shell (a script), http.',
    });
  } else if (extra !== undefined) {
    const message = `"${kinds.join('" and "')}" stand together`;
    collector.refuse(
      [extra],
      { code: 'INVALID_INPUT', message, advice: 'Keep exactly one of command, shell and http.' },
      'key',
    );
  }
  const { environment, secretFiles, workingDirectory, user, stdin, interpreter } = file;
  const parameters = buildParameters(file);
  const processOnly = { environment, secretFiles, parameters, workingDirectory, user, stdin };
  if (file.http !== undefined)
    refuseFields({ ...processOnly, interpreter }, 'has no meaning for an http task', collector);
  else if (file.shell === undefined) refuseFields({ interpreter }, 'belongs to a "shell" script', collector);
  if (file.command !== undefined) return { type: 'command', argv: file.command, ...processOnly };
  if (file.shell !== undefined) return { type: 'shell', script: file.shell, interpreter, ...processOnly };
  if (file.http === undefined) return ANY_ACTION;
  const { expect, ...request } = file.http;
  const status = typeof expect?.status === 'number' ? [expect.status] : expect?.status;
  return { type: 'http', ...request, expect: { ...expect, status } };
}

function refuseFields(fields: Record<string, unknown>, why: string, collector: ErrorCollector): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    collector.refuse([name], { code: 'INVALID_INPUT', message: `"${name}" ${why}`, advice: 'Remove it.' }, 'key');
  }
}

function buildPlacement(file: TaskFile, options: TaskFileOptions, collector: ErrorCollector): unknown {
  const placement = file.placement ?? {};
  const { on = 'one', labels, os, arch, minFreeMemory } = placement;
  const common = {
    labels,
    operatingSystems: listOf(os),
    architectures: listOf(arch),
    minFreeMemoryBytes:
      minFreeMemory === undefined
        ? undefined
        : collector.take(['placement', 'minFreeMemory'], parseSize(minFreeMemory)),
  };
  if (typeof on === 'number') return { mode: 'n', count: on, ...common };
  if (on === 'one' || on === 'all') return { mode: on, ...common };
  return { mode: 'pin', machine: collector.take(['placement', 'on'], options.resolveMachine(on)), ...common };
}

function buildPolicy(file: TaskFile, collector: ErrorCollector): unknown {
  const { guarantee, overlap, catchUp, retry, priority, onLost, outputLimit, ...times } = file.policy ?? {};
  const duration = (path: Path, text: string | undefined): number | undefined =>
    text === undefined ? undefined : collector.take(['policy', ...path], parseDuration(text));
  const catchUpParts = typeof catchUp === 'string' ? { mode: catchUp, window: undefined } : catchUp;
  const rerun = typeof onLost === 'object' ? onLost.rerunAfter : undefined;
  if (rerun !== undefined && times.rerunAfter !== undefined) {
    const error = {
      code: 'INVALID_INPUT',
      message: 'the waiting time stands here twice',
      advice: 'Remove it.',
    } as const;
    collector.refuse(['policy', 'rerunAfter'], error, 'key');
  }
  return {
    guarantee,
    overlap,
    catchUp: { mode: catchUpParts?.mode, windowMs: duration(['catchUp', 'window'], catchUpParts?.window) },
    retry: {
      maxAttempts: retry?.attempts,
      initialMs: duration(['retry', 'initial'], retry?.initial),
      factor: retry?.factor,
      maxMs: duration(['retry', 'max'], retry?.max),
    },
    timeoutMs: duration(['timeout'], times.timeout),
    killGraceMs: duration(['killGrace'], times.killGrace),
    priority,
    onLost: typeof onLost === 'object' ? 'rerun' : onLost,
    rerunAfterMs:
      rerun === undefined ? duration(['rerunAfter'], times.rerunAfter) : duration(['onLost', 'rerunAfter'], rerun),
    outputLimitBytes:
      outputLimit === undefined ? undefined : collector.take(['policy', 'outputLimit'], parseSize(outputLimit)),
  };
}

/** A name alone stands for a rule with the usual events. */
function buildNotify({ notify }: TaskFile): unknown {
  if (notify === undefined) return undefined;
  const rules = Array.isArray(notify) ? notify : [notify];
  return {
    rules: rules.map((rule) => {
      if (typeof rule === 'string') return { channel: rule };
      return { channel: rule.channel, on: typeof rule.on === 'string' ? [rule.on] : rule.on };
    }),
  };
}

function listOf(value: string | string[] | undefined): string[] | undefined {
  return typeof value === 'string' ? [value] : value;
}

const POLICY_NAMES: Readonly<Record<string, string>> = {
  timeoutMs: 'timeout',
  killGraceMs: 'killGrace',
  windowMs: 'window',
  maxAttempts: 'attempts',
  initialMs: 'initial',
  maxMs: 'max',
  rerunAfterMs: 'rerunAfter',
  outputLimitBytes: 'outputLimit',
};
const PLACEMENT_NAMES: Readonly<Record<string, string>> = {
  mode: 'on',
  count: 'on',
  machine: 'on',
  operatingSystems: 'os',
  architectures: 'arch',
  minFreeMemoryBytes: 'minFreeMemory',
};
const SCHEDULE_NAMES: Readonly<Record<string, string>> = {
  timeZone: 'timezone',
  startAt: 'start',
  endAt: 'end',
  jitterMs: 'jitter',
};

/** Where in the file a field of the definition came from. */
function filePath(path: Path, file: TaskFile, triggerPaths: readonly Path[]): Path {
  const [facet, field, ...rest] = path;
  const name = String(field ?? '');
  if (facet === 'about') return path.slice(1);
  if (facet === 'schedule' && name === 'triggers') return triggerPaths[Number(rest[0])] ?? ['schedule'];
  if (facet === 'schedule' && name === 'calendars') return ['calendars', ...rest.slice(0, 1)];
  if (facet === 'schedule') return [SCHEDULE_NAMES[name] ?? 'schedule'];
  if (facet === 'placement') return ['placement', PLACEMENT_NAMES[name] ?? name, ...rest];
  if (facet === 'policy') return path.map((step) => POLICY_NAMES[step] ?? step);
  if (facet === 'notify') return notifyPath(file, rest);
  if (facet !== 'action') return path;
  if (name === 'argv') return ['command', ...rest];
  if (name === 'parameters') return parameterPath(file, rest);
  if (name === 'script') return ['shell', ...rest];
  return file.http === undefined ? path.slice(1) : ['http', ...path.slice(1)];
}

/** Where a rule stands: by itself, or in a list, as a name or with its fields. */
function notifyPath({ notify }: TaskFile, [index, ...field]: Path): Path {
  const place: Path = Array.isArray(notify) && index !== undefined ? ['notify', index] : ['notify'];
  const rule = Array.isArray(notify) ? notify[Number(index)] : notify;
  return typeof rule === 'object' ? [...place, ...field.slice(0, 1)] : place;
}
