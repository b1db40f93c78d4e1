/** Handlers of the group `tasks`. */
import type { TaskId } from '../domain/ids.ts';
import type { Task, TaskDefinition } from '../domain/task.ts';
import type { AppError } from '../std/app-error.ts';
import type { PeerView } from '../peer/peer-view.ts';
import { findChainFault } from '../scheduling/chain-validation.ts';
import { findParameterFault } from '../scheduling/parameter-validation.ts';
import { validateSchedule } from '../scheduling/schedule-validation.ts';
import { toApiError } from './api-errors.ts';
import { under } from './field-path.ts';
import { forecastOf } from './forecast.ts';
import { type ApiParts, issueError, valueOf } from './implementer.ts';
import { findMachine, findTask, machineNames } from './references.ts';
import { taskEditProcedures } from './task-edit-procedures.ts';
import { followersOf } from './task-followers.ts';
import { listTasks } from './task-list.ts';
import { originOutputOf, placementOutputOf, revisionOutputOf, taskOutputOf } from './task-output.ts';
import { definitionInput } from './task-schemas.ts';

const MOST_ERRORS = 100;

export function taskProcedures(parts: ApiParts) {
  const { os, peer, host } = parts;
  const existing = (id: TaskId): Task => valueOf(findTask(peer.view, id));
  const suspend = async (id: TaskId, suspended: boolean) =>
    valueOf(await peer.execute({ kind: 'suspend-task', id, suspended }));
  return {
    ...taskEditProcedures(parts),
    list: os.tasks.list.handler(({ input }) => valueOf(listTasks(peer.view, input))),
    get: os.tasks.get.handler(async ({ input }) => {
      const { id } = existing(input.id);
      const signatures = valueOf(await peer.signatures(id));
      return taskOutputOf(existing(id), signatures, peer.view, machineNames(peer.view), host.wallMs());
    }),
    apply: os.tasks.apply.handler(async ({ input }) => {
      const { definitions, mode, expectRevisions } = input;
      refuseBadSchedules(definitions, peer.view);
      const command = { kind: 'put-tasks', definitions, mode } as const;
      const applied = await peer.execute(
        expectRevisions === undefined ? command : { ...command, expectRevisions: withoutUndefined(expectRevisions) },
      );
      return { tasks: [...valueOf(applied).tasks] };
    }),
    validate: os.tasks.validate.handler(({ input }) => {
      const errors = definitionErrors(input.definitions, peer.view);
      return { valid: errors.length === 0, errors };
    }),
    placement: os.tasks.placement.handler(({ input }) =>
      placementOutputOf(peer.view.placementOf(input.definition), machineNames(peer.view)),
    ),
    forecast: os.tasks.forecast.handler(async ({ input }) => valueOf(await forecastOf(peer.view, host, input))),
    delete: os.tasks.delete.handler(async ({ input }) => {
      const { id } = valueOf(await peer.execute({ kind: 'delete-task', id: input.id }));
      return { id, followers: followersOf(peer.view, input.id) };
    }),
    restore: os.tasks.restore.handler(async ({ input }) =>
      valueOf(await peer.execute({ kind: 'restore-task', id: input.id })),
    ),
    suspend: os.tasks.suspend.handler(async ({ input }) => {
      const { id } = await suspend(input.id, true);
      return { id, followers: followersOf(peer.view, input.id) };
    }),
    resume: os.tasks.resume.handler(({ input }) => suspend(input.id, false)),
    run: os.tasks.run.handler(async ({ input }) => {
      const where =
        input.machine === undefined ? {} : { machine: valueOf(findMachine(peer.view, input.machine)).entry.id };
      const said = input.parameters === undefined ? {} : { parameters: input.parameters };
      const started = valueOf(await peer.execute({ kind: 'run-task', id: input.id, ...where, ...said }));
      return { occurrenceIds: [...started.occurrenceIds] };
    }),
    history: os.tasks.history.handler(async ({ input }) => {
      const nameOf = machineNames(peer.view);
      const revisions = valueOf(await peer.history(input.id, input.limit));
      return { revisions: revisions.map((revision) => revisionOutputOf(revision, nameOf)) };
    }),
    conflicts: os.tasks.conflicts.handler(async ({ input }) => {
      const nameOf = machineNames(peer.view);
      const values = valueOf(await peer.conflicts(existing(input.id).id, input.facet));
      return {
        values: values.map((value) => ({
          ...originOutputOf(value, nameOf),
          key: value.key,
          value: value.value,
          inForce: value.inForce,
        })),
      };
    }),
  };
}

function refuseBadSchedules(definitions: readonly TaskDefinition[], view: PeerView): void {
  for (const [index, definition] of definitions.entries()) {
    const valid = validateSchedule(definition.schedule, view.calendarBook);
    if (!valid.ok) throw toApiError(under(valid.error, `definitions.${index}.schedule`));
    const parameter = findParameterFault(definition);
    if (parameter !== undefined) throw toApiError(under(parameter, `definitions.${index}`));
  }
  const chain = chainFault(definitions, view);
  if (chain !== undefined) throw toApiError(under(chain.error, `definitions.${chain.index}.schedule`));
}

function chainFault(definitions: readonly TaskDefinition[], view: PeerView): ReturnType<typeof findChainFault> {
  return findChainFault(definitions, (id) => view.task(id)?.schedule);
}

function definitionErrors(definitions: readonly unknown[], view: PeerView): (AppError & { index: number })[] {
  const errors: (AppError & { index: number })[] = [];
  const read: TaskDefinition[] = [];
  const places: number[] = [];
  for (const [index, candidate] of definitions.entries()) {
    if (errors.length >= MOST_ERRORS) break;
    const parsed = definitionInput.safeParse(candidate);
    if (!parsed.success) {
      errors.push(...parsed.error.issues.map((issue) => ({ ...issueError(issue), index })));
      continue;
    }
    const valid = validateSchedule(parsed.data.schedule, view.calendarBook);
    if (!valid.ok) errors.push({ ...under(valid.error, 'schedule'), index });
    const parameter = findParameterFault(parsed.data);
    if (parameter !== undefined) errors.push({ ...parameter, index });
    read.push(parsed.data);
    places.push(index);
  }
  const chain = chainFault(read, view);
  if (chain !== undefined) errors.push({ ...under(chain.error, 'schedule'), index: places[chain.index] ?? 0 });
  return errors.slice(0, MOST_ERRORS);
}

function withoutUndefined<K extends string>(record: { readonly [key in K]?: number | undefined }): {
  [key in K]?: number;
} {
  const entries = Object.entries(record).filter((entry) => entry[1] !== undefined);
  return Object.fromEntries(entries) as { [key in K]?: number };
}
