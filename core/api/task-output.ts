/** A task, as the API shows it. */
import type { FacetSignature, Revision } from '../document/document-protocol.ts';
import { parametersOf } from '../domain/action.ts';
import type { MachineId } from '../domain/ids.ts';
import { type Schedule, type Trigger, isByEvent } from '../domain/schedule.ts';
import { FACET_NAMES, type FacetName, type FacetOrigin, type Task, type TaskDefinition } from '../domain/task.ts';
import type { PlacementView, PeerView } from '../peer/peer-view.ts';
import { describeSchedule } from '../scheduling/describe.ts';
import { compileSchedule, occurrencesBetween } from '../scheduling/occurrence.ts';
import { isoOf } from './api-values.ts';
import type { DefinitionOutput, PlacementOutput, ScheduleOutput, TaskOutput, TaskSummary } from './task-schemas.ts';

const UPCOMING = 5;
type NameOf = (id: MachineId) => string | null;

export function taskSummaryOf(task: Task, view: PeerView, nameOf: NameOf): TaskSummary {
  const owner = view.placement(task.id)?.owner;
  const newest = newestOrigin(task);
  const parameters = parametersOf(task.action).length;
  return {
    id: task.id,
    name: task.about.name,
    description: task.about.description,
    tags: [...task.about.tags],
    suspended: task.about.suspended,
    actionType: task.action.type,
    ...(parameters === 0 ? {} : { parameters }),
    scheduleText: describeSchedule(task.schedule),
    timeZone: task.schedule.timeZone,
    placementMode: task.placement.mode,
    guarantee: task.policy.guarantee,
    ownerId: owner ?? null,
    ownerName: owner === undefined ? null : nameOf(owner),
    nextDueAt: isoOf(view.nextDue(task.id)),
    ...(task.schedule.triggers.some(isByEvent) ? { byEvent: true } : {}),
    conflicts: [...task.conflicts],
    createdAt: isoOf(task.createdAt),
    changedAt: isoOf(newest.changedAt),
    changedBy: newest.author,
  };
}

/** @param now epoch milliseconds, after which the upcoming instants are listed. */
export function taskOutputOf(
  task: Task,
  signatures: readonly FacetSignature[],
  view: PeerView,
  nameOf: NameOf,
  now: number,
): TaskOutput {
  const origin = (facet: FacetName) => originOutputOf(task.origins[facet], nameOf);
  return {
    definition: definitionOutputOf(task),
    scheduleText: describeSchedule(task.schedule),
    origins: {
      about: origin('about'),
      schedule: origin('schedule'),
      action: origin('action'),
      placement: origin('placement'),
      policy: origin('policy'),
      notify: origin('notify'),
    },
    conflicts: [...task.conflicts],
    signatures: signatures.map(({ facet, problem, ...origin }) => ({
      ...originOutputOf(origin, nameOf),
      facet,
      verified: problem === undefined,
      problem: problem === undefined ? null : { code: problem.code, text: problem.text },
    })),
    createdAt: isoOf(task.createdAt),
    placement: placementOutputOf(view.placement(task.id), nameOf),
    nextDueAt: isoOf(view.nextDue(task.id)),
    upcoming: task.about.suspended ? [] : upcomingInstants(view, task.schedule, now),
  };
}

export function originOutputOf(origin: FacetOrigin, nameOf: NameOf) {
  return {
    revision: origin.revision,
    author: origin.author,
    authorName: nameOf(origin.author),
    changedAt: isoOf(origin.changedAt),
  };
}

export function revisionOutputOf(revision: Revision, nameOf: NameOf) {
  return {
    ...originOutputOf(revision, nameOf),
    facet: revision.facet,
    before: revision.before ?? null,
    after: revision.after ?? null,
    changeHash: revision.changeHash,
    signed: revision.unsigned !== true,
    void: revision.void === true,
  };
}

/** The next nominal instants strictly after `from` (epoch milliseconds), as text; fewer when the schedule ends. */
function upcomingInstants(view: PeerView, schedule: Schedule, from: number): string[] {
  const compiled = compileSchedule(schedule, view.calendarBook);
  if (!compiled.ok) return [];
  return occurrencesBetween(compiled.value, from, Infinity, UPCOMING).instants.map((at) => isoOf(at));
}

/** A definition with its instants as text; `definitionInput` reads it back to the same definition. */
export function definitionOutputOf(task: TaskDefinition): DefinitionOutput {
  return {
    id: task.id,
    about: task.about,
    schedule: scheduleOutputOf(task.schedule),
    action: task.action,
    placement: task.placement,
    policy: task.policy,
    ...(task.notify === undefined ? {} : { notify: task.notify }),
  };
}

function scheduleOutputOf(schedule: Schedule): ScheduleOutput {
  return {
    triggers: schedule.triggers.map(triggerOutputOf),
    timeZone: schedule.timeZone,
    jitterMs: schedule.jitterMs,
    ...(schedule.startAt === undefined ? {} : { startAt: isoOf(schedule.startAt) }),
    ...(schedule.endAt === undefined ? {} : { endAt: isoOf(schedule.endAt) }),
    ...(schedule.calendars === undefined ? {} : { calendars: schedule.calendars }),
  };
}

function triggerOutputOf(trigger: Trigger): ScheduleOutput['triggers'][number] {
  switch (trigger.kind) {
    case 'cron':
      return trigger;
    case 'interval':
      return { ...trigger, anchorAt: isoOf(trigger.anchorAt) };
    case 'once':
      return { ...trigger, at: isoOf(trigger.at) };
    case 'after':
    case 'machine-start':
      return trigger;
  }
}

export function placementOutputOf(placement: PlacementView | undefined, nameOf: NameOf): PlacementOutput {
  const named = (id: MachineId) => ({ id, name: nameOf(id) });
  return {
    owner: placement?.owner === undefined ? null : named(placement.owner),
    preference: (placement?.preference ?? []).map(named),
    targets: (placement?.targets ?? []).map(named),
    ineligible: (placement?.ineligible ?? []).map(({ machine, reason }) => ({ ...named(machine), reason })),
  };
}

function newestOrigin(task: Task): FacetOrigin {
  return FACET_NAMES.map((facet) => task.origins[facet]).reduce((newest, origin) =>
    origin.changedAt > newest.changedAt ? origin : newest,
  );
}
