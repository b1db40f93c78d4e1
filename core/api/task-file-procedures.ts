/** Handlers of the group `tasks` that are about what people write: task files and crontabs. They store nothing. */
import type { z } from 'zod';
import type { TaskDefinition } from '../domain/task.ts';
import { parseCrontab } from '../formats/crontab.ts';
import { parseTaskFile } from '../formats/task-file.ts';
import { formatTaskFile } from '../formats/task-file-format.ts';
import type { PeerView } from '../peer/peer-view.ts';
import { describeSchedule } from '../scheduling/describe.ts';
import { compileSchedule, nextOccurrence } from '../scheduling/occurrence.ts';
import { validateTimeZone } from '../scheduling/time-zone.ts';
import { toApiError } from './api-errors.ts';
import type { ApiHost } from './api-host.ts';
import { isoOf } from './api-values.ts';
import type { ApiParts } from './implementer.ts';
import { findMachine } from './references.ts';
import type { fromCrontabInput, fromCrontabOutput, fromFileInput, fromFileOutput } from './task-file-schemas.ts';
import { definitionOutputOf } from './task-output.ts';

/** Told nowhere: what is read comes without the name of a file. */
const NO_FILE_NAME = 'the text';

export function taskFileProcedures({ os, peer, host }: ApiParts) {
  return {
    toFile: os.tasks.toFile.handler(({ input }) => ({ yaml: formatTaskFile(input.definition) })),
    fromFile: os.tasks.fromFile.handler(({ input }) => readTaskFile(peer.view, host, input)),
    fromCrontab: os.tasks.fromCrontab.handler(({ input }) => readCrontab(host, input)),
  };
}

function readTaskFile(
  view: PeerView,
  host: ApiHost,
  { yaml, timeZone }: z.output<typeof fromFileInput>,
): z.output<typeof fromFileOutput> {
  const parsed = parseTaskFile(yaml, NO_FILE_NAME, {
    resolveMachine: (reference) => {
      const found = findMachine(view, reference);
      return found.ok ? { ok: true, value: found.value.entry.id } : found;
    },
    defaultTimeZone: checkedZone(host, timeZone),
  });
  if (parsed.ok) return { definitions: parsed.value.map(definitionOutputOf), errors: [] };
  const errors = parsed.error.map(({ code, field, line, column, message, advice }) => {
    return { code, path: field, line, column, message, advice };
  });
  return { definitions: [], errors };
}

function readCrontab(
  host: ApiHost,
  { text, user, system, timeZone }: z.output<typeof fromCrontabInput>,
): z.output<typeof fromCrontabOutput> {
  const format = system === undefined ? 'auto' : system ? 'system' : 'user';
  const read = parseCrontab(text, {
    fileName: 'crontab',
    format,
    defaultTimeZone: checkedZone(host, timeZone),
  });
  const ofJobs = read.jobs.flatMap(({ line, definition, notes }) =>
    notes.map((note) => ({ line, taskId: definition.id, text: note })),
  );
  return {
    format: read.format,
    tasks: read.jobs.map(({ definition }) => definitionOutputOf(asUser(definition, user))),
    jobs: read.jobs.map(({ line, definition: { id, schedule } }) => {
      const compiled = compileSchedule(schedule);
      const next = compiled.ok ? nextOccurrence(compiled.value, host.wallMs()) : undefined;
      return { taskId: id, line, scheduleText: describeSchedule(schedule), nextDueAt: isoOf(next) };
    }),
    notes: ofJobs,
    errors: read.problems.map(({ line, code, message, advice }) => ({ line, code, message, advice })),
  };
}

function asUser(definition: TaskDefinition, user: string | undefined): TaskDefinition {
  const { action } = definition;
  if (user === undefined || action.type === 'http') return definition;
  return { ...definition, action: { ...action, user } };
}

/** UNKNOWN_TIME_ZONE when one is given that does not exist; that of this machine when none is given. */
function checkedZone(host: ApiHost, timeZone: string | undefined): string {
  if (timeZone === undefined) return host.policy.read().zone;
  const zone = validateTimeZone(timeZone);
  if (!zone.ok) throw toApiError({ ...zone.error, field: 'timeZone' });
  return zone.value;
}
