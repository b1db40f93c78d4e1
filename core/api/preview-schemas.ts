/** What the API says of a schedule while it is being written: its next occurrences, and what clocks do to them. */
import { z } from 'zod';
import { placementSchema } from '../domain/placement.ts';
import { instantInput, instantOutput } from './api-values.ts';
import { definitionInput, namedMachine, scheduleInput } from './task-schemas.ts';

export const previewInput = z
  .strictObject({
    /** May be left out beside a definition, which has one. */
    schedule: scheduleInput.optional(),
    /** Strictly after this instant; now when absent. */
    from: instantInput.optional(),
    count: z.int().min(1).max(100).default(5),
    /** Whose occurrences these are, saved or not: then each is told with its owner by the ring of now. */
    definition: definitionInput.optional(),
    /** Instead of a definition: the owner is told where there can only be one. */
    placement: placementSchema.optional(),
  })
  .refine(({ schedule, definition }) => schedule !== undefined || definition !== undefined, {
    path: ['schedule'],
    message: 'a schedule is missing, or a definition that has one',
  });

export const occurrenceOutput = z.object({
  at: instantOutput,
  /** In the time zone of the schedule, such as `2026-03-29 03:00:00 +02:00`. */
  local: z.string(),
  owner: namedMachine.nullable(),
  /** What a change of clocks has to do with it, in words. */
  note: z.object({ code: z.enum(['DST_GAP', 'DST_OVERLAP', 'OFFSET_CHANGE']), text: z.string() }).nullable(),
});

export const previewOutput = z.object({
  text: z.string(),
  timeZone: z.string(),
  instants: z.array(instantOutput),
  /** The same instants, with all that can be said of each. */
  occurrences: z.array(occurrenceOutput),
});
