/** A task: facets that are edited, merged and (with roles) signed one by one. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { actionSchema } from './action.ts';
import { type MachineId, taskIdSchema } from './ids.ts';
import { notifySchema } from './notify.ts';
import { placementSchema } from './placement.ts';
import { policySchema } from './policy.ts';
import { scheduleSchema } from './schedule.ts';

export const aboutSchema = z.strictObject({
  name: z.string().trim().min(1).max(LIMITS.nameLength),
  description: z.string().max(LIMITS.descriptionLength).default(''),
  tags: z.array(z.string().trim().min(1).max(64)).max(LIMITS.tagsPerTask).default([]),
  /** A suspended task comes not due by its schedule; it can still be run by hand. */
  suspended: z.boolean().default(false),
});
export type About = z.infer<typeof aboutSchema>;

/** What a person defines. */
export const taskDefinitionSchema = z.strictObject({
  id: taskIdSchema,
  about: aboutSchema,
  schedule: scheduleSchema,
  action: actionSchema,
  placement: placementSchema,
  policy: policySchema,
  /** Absent: nobody is told anything. */
  notify: notifySchema.optional(),
});
export type TaskDefinition = z.infer<typeof taskDefinitionSchema>;

export const FACET_NAMES = ['about', 'schedule', 'action', 'placement', 'policy', 'notify'] as const;
export type FacetName = (typeof FACET_NAMES)[number];

/** Who wrote a facet, and when. */
export interface FacetOrigin {
  /** Counts up by one with each edit of this facet. */
  readonly revision: number;
  readonly author: MachineId;
  /** Epoch milliseconds by the author's clock. */
  readonly changedAt: number;
}

/** A task as the document holds it. */
export interface Task extends TaskDefinition {
  readonly origins: Readonly<Record<FacetName, FacetOrigin>>;
  /** Facets with concurrent edits that nobody has settled yet. */
  readonly conflicts: readonly FacetName[];
  /** The instant of the first edit; no occurrence before it is ever made up for. */
  readonly createdAt: number;
}
