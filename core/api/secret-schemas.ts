/** What the API says of secrets, and takes: values come in and never go out. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { secretNameSchema, secretScopeSchema } from '../domain/secret.ts';
import { instantOutput } from './api-values.ts';

const machine = z.object({ id: z.string(), name: z.string().nullable() });

export const secretOutput = z.object({
  name: z.string(),
  /** Counts the values that were set, and how often they were sealed anew because a machine had gone. */
  version: z.int(),
  scope: z.object({ tasks: z.array(z.string()).nullable(), labels: z.record(z.string(), z.string()).nullable() }),
  setBy: machine,
  setAt: instantOutput,
  /** Machines that can open it. */
  machines: z.array(machine),
  /** Machines that should and cannot yet: an admin machine that is on seals it to them. */
  missing: z.array(machine),
  /** Removed machines that may know the value. */
  exposedTo: z.array(machine),
});
export type SecretOutput = z.output<typeof secretOutput>;

export const secretListOutput = z.object({ secrets: z.array(secretOutput) });
export const secretInput = z.strictObject({ name: secretNameSchema });
export const setSecretInput = z.strictObject({
  name: secretNameSchema,
  value: z.string().min(1).max(LIMITS.secretBytes),
  /** As it was when absent, or everywhere for a new secret. */
  scope: secretScopeSchema.optional(),
});
export const scopeSecretInput = z.strictObject({ name: secretNameSchema, scope: secretScopeSchema });
export const secretNameOutput = z.object({ name: z.string() });
export const secretWrittenOutput = z.object({ name: z.string(), version: z.int(), machines: z.array(machine) });
