/**
 * A secret: a value that tasks use by its name. What is here is what everybody may know of it: the name, where it may be
 * used, and how an action refers to it. How it is kept is in `core/security/secrets.ts`.
 */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { taskIdSchema } from './ids.ts';
import type { RosterEntry } from './machine.ts';
import { labelsSchema } from './placement.ts';

export const SECRET_NAME_PATTERN = /^[A-Z_a-z][A-Za-z0-9_.-]{0,63}$/;

export const secretNameSchema = z
  .string()
  .regex(SECRET_NAME_PATTERN, 'a secret’s name begins with a letter or "_" and has letters, digits, "_", "." or "-"');

/** Where a secret may be used. What is absent restricts nothing; what is given must hold together. */
export const secretScopeSchema = z.strictObject({
  /** Only these tasks may name it. */
  tasks: z.array(taskIdSchema).min(1).max(LIMITS.tasksPerSecret).optional(),
  /** Only machines that carry each of these labels with this value can open it. */
  labels: labelsSchema.optional(),
});
export type SecretScope = z.infer<typeof secretScopeSchema>;

/** Stands in an action where a text could stand: the value of a secret, put there when the run starts. */
export const secretReferenceSchema = z.strictObject({
  secret: secretNameSchema,
  /** Written before the value, such as `Bearer ` in a header. */
  prefix: z
    .string()
    .max(256)
    .refine((text) => !text.includes('\0'), 'must not contain a NUL character')
    .optional(),
});
export type SecretReference = z.infer<typeof secretReferenceSchema>;

/** Whether a machine's labels are those that a scope asks for. */
export function fitsLabels({ labels }: SecretScope, entry: Pick<RosterEntry, 'labels'>): boolean {
  return Object.entries(labels ?? {}).every(([key, value]) => entry.labels[key] === value);
}
