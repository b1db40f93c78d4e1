/** What a task does when it runs: a program with its arguments, a script, or an HTTP request with an expectation. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { type Parameter, parametersSchema } from './parameter.ts';
import { secretNameSchema, secretReferenceSchema } from './secret.ts';

const noNul = (text: string): boolean => !text.includes('\0');
const argument = z.string().max(LIMITS.argumentBytes).refine(noNul, 'must not contain a NUL character');

const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'an environment name has letters, digits and "_"')
  .max(256);

/** The name of a user as systems have it. */
export const userNameSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, 'the name of a user has letters, digits, "_", "-" and "."');

const processFields = {
  /** Added to the agent's own environment. A secret is named, and put in when the run starts. */
  environment: z
    .record(environmentName, z.union([argument, secretReferenceSchema]))
    .refine((value) => Object.keys(value).length <= LIMITS.environmentEntries, 'too many environment variables')
    .default({}),
  /** By variable the name of a secret: the variable holds the path of a file that has the value in it while the run lasts. */
  secretFiles: z
    .record(environmentName, secretNameSchema)
    .refine((value) => Object.keys(value).length <= LIMITS.secretsPerAction, 'too many secret files')
    .optional(),
  /** What a person may say when running it by hand; each is a variable of its own. */
  parameters: parametersSchema.optional(),
  /** Absolute path, or `~` for the home folder of the agent's user (the default). */
  workingDirectory: z.string().min(1).max(4096).refine(noNul, 'must not contain a NUL character').optional(),
  /** A user of the machine as whom it runs; only where the machine's own policy lists it. */
  user: userNameSchema.optional(),
  /** Written to the process's standard input; when absent the process reads the run's JSON description. */
  stdin: z.string().max(LIMITS.stdinBytes).optional(),
};

export const commandActionSchema = z.strictObject({
  type: z.literal('command'),
  /** The program and its arguments; no shell is involved. */
  argv: z.array(argument).min(1).max(LIMITS.argumentsPerCommand),
  ...processFields,
});

export const shellActionSchema = z.strictObject({
  type: z.literal('shell'),
  script: z.string().min(1).max(LIMITS.scriptBytes),
  /** The program that is given the script's file as its last argument, such as `["/bin/bash", "-eu"]`. */
  interpreter: z.array(argument).min(1).max(16).default(['/bin/sh']),
  ...processFields,
});

export const httpActionSchema = z.strictObject({
  type: z.literal('http'),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET'),
  url: z.url({ protocol: /^https?$/ }).max(8192),
  headers: z.record(z.string().min(1).max(256), z.union([z.string().max(8192), secretReferenceSchema])).default({}),
  body: z.union([z.string().max(LIMITS.stdinBytes), secretReferenceSchema]).optional(),
  /** The run succeeds when all of these hold. Without `status`, any 2xx status does. */
  expect: z
    .strictObject({
      status: z.array(z.int().min(100).max(599)).max(64).optional(),
      bodyContains: z.string().max(4096).optional(),
    })
    .default({}),
  followRedirects: z.boolean().default(true),
});

export const actionSchema = z.discriminatedUnion('type', [commandActionSchema, shellActionSchema, httpActionSchema]);
export type Action = z.infer<typeof actionSchema>;
export type CommandAction = z.infer<typeof commandActionSchema>;
export type ShellAction = z.infer<typeof shellActionSchema>;
export type HttpAction = z.infer<typeof httpActionSchema>;
export type ActionType = Action['type'];

/** The parameters that an action declares; a request over HTTP has none. */
export function parametersOf(action: Action): readonly Parameter[] {
  return (action.type === 'http' ? undefined : action.parameters) ?? [];
}

/** Asked for at every start; an action never changes. */
const secretsByAction = new WeakMap<Action, readonly string[]>();

/** The secrets that an action names, each once, in the order of their names. */
export function secretsNamedBy(action: Action): readonly string[] {
  let names = secretsByAction.get(action);
  if (names === undefined) secretsByAction.set(action, (names = findSecrets(action)));
  return names;
}

function findSecrets(action: Action): string[] {
  const places =
    action.type === 'http'
      ? [...Object.values(action.headers), action.body]
      : [
          ...Object.values(action.environment),
          ...Object.values(action.secretFiles ?? {}).map((secret) => ({ secret })),
        ];
  const names = places.flatMap((place) => (typeof place === 'object' ? [place.secret] : []));
  return [...new Set(names)].sort();
}
