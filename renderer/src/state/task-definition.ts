/** A task's definition as the editor holds it: that of core, with instants as epoch milliseconds. */
import type { DefinitionOutput, TaskOutput } from '../../../core/api/task-schemas.ts';
import type { TaskId } from '../../../core/domain/ids.ts';
import type { FacetName, TaskDefinition } from '../../../core/domain/task.ts';

export const FACETS: readonly FacetName[] = ['about', 'schedule', 'action', 'placement', 'policy', 'notify'];

export type Revisions = Readonly<Record<FacetName, number>>;

/** What the API shows, as the editor holds it. */
export function definitionFrom(shown: DefinitionOutput): TaskDefinition {
  const { schedule } = shown;
  const { startAt, endAt, ...rest } = schedule;
  return {
    id: shown.id as TaskId,
    about: shown.about,
    schedule: {
      ...rest,
      triggers: schedule.triggers.map((trigger) => {
        if (trigger.kind === 'interval') return { ...trigger, anchorAt: Date.parse(trigger.anchorAt) };
        if (trigger.kind === 'after') return { ...trigger, task: trigger.task as TaskId };
        return trigger.kind === 'once' ? { ...trigger, at: Date.parse(trigger.at) } : trigger;
      }),
      ...(startAt === undefined ? {} : { startAt: Date.parse(startAt) }),
      ...(endAt === undefined ? {} : { endAt: Date.parse(endAt) }),
    },
    action: shown.action,
    placement: shown.placement,
    policy: shown.policy,
    ...(shown.notify === undefined ? {} : { notify: shown.notify }),
  };
}

export function revisionsOf(task: TaskOutput): Revisions {
  const { about, schedule, action, placement, policy, notify } = task.origins;
  return {
    about: about.revision,
    schedule: schedule.revision,
    action: action.revision,
    placement: placement.revision,
    policy: policy.revision,
    notify: notify.revision,
  };
}

/** Whether two values say the same, whatever the order of their keys; what is undefined is not there. */
export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)))
      : inner,
  );
}

/** Facets in which two definitions differ. */
export function changedFacets(a: TaskDefinition, b: TaskDefinition): readonly FacetName[] {
  return FACETS.filter((facet) => !same(a[facet], b[facet]));
}

/** The definition with some keys of a facet changed; a key that is undefined is taken away. */
export function withFacet<F extends FacetName>(
  definition: TaskDefinition,
  facet: F,
  patch: { readonly [K in keyof NonNullable<TaskDefinition[F]>]?: NonNullable<TaskDefinition[F]>[K] | undefined },
): TaskDefinition {
  const entries = Object.entries({ ...definition[facet], ...patch }).filter(([, value]) => value !== undefined);
  return { ...definition, [facet]: Object.fromEntries(entries) };
}
