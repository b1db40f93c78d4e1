/**
 * Writes a definition as a task file that reads back to the same definition. What equals the default is left out, so
 * that the file says what a person decided; the time zone always stands there, because its default is the reader's.
 */
import { Document, isScalar, visit } from 'yaml';
import type { Action } from '../domain/action.ts';
import type { CalendarUse } from '../domain/calendar.ts';
import { notifyRuleSchema, type Notify } from '../domain/notify.ts';
import { placementSchema, type Placement } from '../domain/placement.ts';
import { policySchema, type Policy } from '../domain/policy.ts';
import type { Trigger } from '../domain/schedule.ts';
import type { TaskDefinition } from '../domain/task.ts';
import { formatDuration } from './duration.ts';
import { formatInstant } from './instant.ts';
import { formatSize } from './size.ts';
import { parameterFields } from './task-file-parameters.ts';

type Fields = Record<string, unknown>;

/** The YAML text of one task, ending with a line break. */
export function formatTaskFile(definition: TaskDefinition): string {
  const { about, schedule } = definition;
  const fields = withoutAbsent({
    id: definition.id,
    name: about.name,
    description: about.description === '' ? undefined : about.description,
    tags: nonEmpty(about.tags),
    suspended: about.suspended || undefined,
    schedule: scheduleField(schedule.triggers),
    timezone: schedule.timeZone,
    start: mapped(schedule.startAt, formatInstant),
    end: mapped(schedule.endAt, formatInstant),
    jitter: schedule.jitterMs === 0 ? undefined : formatDuration(schedule.jitterMs),
    calendars: calendarFields(schedule.calendars),
    ...actionFields(definition.action),
    placement: nonEmpty(placementFields(definition.placement)),
    policy: nonEmpty(policyFields(definition.policy)),
    notify: definition.notify === undefined ? undefined : notifyField(definition.notify),
  });
  const document = new Document(fields, { aliasDuplicateObjects: false });
  visit(document, {
    Seq: (_key, list) => {
      if (list.items.every((item) => isScalar(item) && String(item.value).length <= 60)) list.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** Several tasks as one text of several documents. */
export function formatTaskFiles(definitions: readonly TaskDefinition[]): string {
  return definitions.map(formatTaskFile).join('---\n');
}

function scheduleField(triggers: readonly Trigger[]): unknown {
  const fields = triggers.map(triggerField);
  if (fields.length === 0) return 'manual';
  return fields.length === 1 ? fields[0] : fields;
}

function triggerField(trigger: Trigger): Fields {
  switch (trigger.kind) {
    case 'cron':
      return { cron: trigger.expression };
    case 'once':
      return { at: formatInstant(trigger.at) };
    case 'after':
      return { after: trigger.task, ...(trigger.outcome === 'success' ? {} : { outcome: trigger.outcome }) };
    case 'machine-start':
      return { machine: 'start' };
    case 'interval': {
      const anchor = trigger.anchorAt === 0 ? undefined : formatInstant(trigger.anchorAt);
      return withoutAbsent({ every: formatDuration(trigger.everyMs), anchor });
    }
  }
}

function calendarFields({ only, except }: CalendarUse = { only: [], except: [] }): Fields | undefined {
  return nonEmpty(withoutAbsent({ only: nonEmpty(only), except: nonEmpty(except) }));
}

function actionFields(action: Action): Fields {
  if (action.type === 'http') {
    const { url, method, headers, body, expect, followRedirects } = action;
    const request = { url, method: method === 'GET' ? undefined : method, headers: nonEmpty(headers), body };
    const redirects = followRedirects ? undefined : false;
    return { http: withoutAbsent({ ...request, expect: nonEmpty(withoutAbsent(expect)), followRedirects: redirects }) };
  }
  const { environment, secretFiles, parameters, workingDirectory, user, stdin } = action;
  const process = {
    environment: nonEmpty(environment),
    secretFiles: secretFiles && nonEmpty(secretFiles),
    parameters: parameterFields(parameters),
    workingDirectory,
    user,
    stdin,
  };
  if (action.type === 'command') return { command: action.argv, ...process };
  const isDefault = action.interpreter.length === 1 && action.interpreter[0] === '/bin/sh';
  return { shell: action.script, interpreter: isDefault ? undefined : action.interpreter, ...process };
}

function placementFields(placement: Placement): Fields {
  const defaults = placementSchema.parse({});
  const targets = {
    one: undefined,
    all: 'all',
    n: placement.count ?? 1,
    // A pin without its machine cannot be valid; the empty text is refused when it is read, at the right field.
    pin: placement.machine ?? '',
  };
  return withoutAbsent({
    on: placement.mode === defaults.mode ? undefined : targets[placement.mode],
    labels: nonEmpty(placement.labels),
    os: nonEmpty(placement.operatingSystems),
    arch: nonEmpty(placement.architectures),
    minFreeMemory: mapped(placement.minFreeMemoryBytes, formatSize),
  });
}

function policyFields(policy: Policy): Fields {
  const defaults = policySchema.parse({});
  const changed = <K extends keyof Policy>(key: K): Policy[K] | undefined =>
    policy[key] === defaults[key] ? undefined : policy[key];
  const { catchUp, retry } = policy;
  const rerunAfter = mapped(changed('rerunAfterMs'), formatDuration);
  const retryFields = withoutAbsent({
    attempts: retry.maxAttempts === defaults.retry.maxAttempts ? undefined : retry.maxAttempts,
    initial: retry.initialMs === defaults.retry.initialMs ? undefined : formatDuration(retry.initialMs),
    factor: retry.factor === defaults.retry.factor ? undefined : retry.factor,
    max: retry.maxMs === defaults.retry.maxMs ? undefined : formatDuration(retry.maxMs),
  });
  const window = catchUp.windowMs === defaults.catchUp.windowMs ? undefined : formatDuration(catchUp.windowMs);
  const mode = catchUp.mode === defaults.catchUp.mode ? undefined : catchUp.mode;
  return withoutAbsent({
    guarantee: changed('guarantee'),
    overlap: changed('overlap'),
    catchUp: window === undefined ? mode : { mode: catchUp.mode, window },
    retry: nonEmpty(retryFields),
    timeout: mapped(policy.timeoutMs, formatDuration),
    killGrace: mapped(changed('killGraceMs'), formatDuration),
    priority: changed('priority'),
    onLost: policy.onLost,
    rerunAfter,
    outputLimit: mapped(changed('outputLimitBytes'), formatSize),
  });
}

function notifyField(notify: Notify): unknown {
  const rules = notify.rules.map(({ channel, on }) => {
    const isUsual = JSON.stringify(on) === JSON.stringify(notifyRuleSchema.parse({ channel }).on);
    return isUsual ? channel : { channel, on };
  });
  // A single name needs no list.
  return rules.length === 1 && typeof rules[0] === 'string' ? rules[0] : rules;
}

function mapped<T>(value: T | undefined, format: (value: T) => string): string | undefined {
  return value === undefined ? undefined : format(value);
}

function nonEmpty<T extends object>(value: T): T | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}

function withoutAbsent(fields: object): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
