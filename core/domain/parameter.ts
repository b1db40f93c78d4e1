/**
 * Parameters: what a person may say when running a task by hand, declared in the task's action and signed with it. A value
 * is a text, whatever its type, and reaches the program as an environment variable of its own: it never becomes part of a
 * command line or a script, so nothing that is written in it can be run.
 *
 * The empty text is no value. What nobody gives has its default; what comes due by itself has nothing but defaults.
 */
import { z } from 'zod';
import { PARAMETERS } from '../config/parameters.ts';
import { type AppError, appError } from '../std/app-error.ts';
import { type Result, err, ok } from '../std/result.ts';

export const PARAMETER_TYPES = ['text', 'number', 'boolean', 'choice'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** Small letters only: no two names make the same variable, on any system. */
export const PARAMETER_NAME_PATTERN = /^[a-z][a-z0-9_]{0,39}$/;

export const parameterNameSchema = z
  .string()
  .regex(
    PARAMETER_NAME_PATTERN,
    'a parameter’s name begins with a small letter and has up to 40 small letters, digits and "_"',
  );

/** One value. NUL cannot stand in a variable, and half a character not in UTF-8. */
export const parameterValueSchema = z
  .string()
  .max(PARAMETERS.valueLength)
  .refine((value) => !value.includes('\0'), 'must not contain a NUL character')
  .refine((value) => value.isWellFormed(), 'must be whole characters of Unicode');

/** Values by the names of their parameters. */
export const parameterValuesSchema = z
  .record(parameterNameSchema, parameterValueSchema)
  .refine((values) => Object.keys(values).length <= PARAMETERS.perTask, 'too many parameters')
  .refine((values) => lengthOfValues(values) <= PARAMETERS.valuesLength, 'the values are too long together');
export type ParameterValues = Readonly<Record<string, string>>;

const choiceSchema = parameterValueSchema.min(1).max(PARAMETERS.choiceLength);

export const parameterSchema = z
  .strictObject({
    name: parameterNameSchema,
    description: z.string().max(PARAMETERS.choiceLength).optional(),
    type: z.enum(PARAMETER_TYPES).default('text'),
    /** It must have a value: the one that is given, or its default. */
    required: z.boolean().default(false),
    default: parameterValueSchema.optional(),
    /** Of a choice, and of nothing else: the values to choose from. */
    choices: z
      .array(choiceSchema)
      .min(1)
      .max(PARAMETERS.choices)
      .refine((choices) => new Set(choices).size === choices.length, 'the same value stands here twice')
      .optional(),
  })
  .superRefine((parameter, context) => {
    const { type, choices } = parameter;
    const refuse = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (type === 'choice' && choices === undefined) return refuse('choices', 'a choice needs values to choose from');
    if (type !== 'choice' && choices !== undefined) return refuse('choices', 'only a choice has values to choose from');
    const fault = parameter.default === undefined ? undefined : faultOfValue(parameter, parameter.default);
    if (fault !== undefined) refuse('default', fault);
  });
export type Parameter = z.infer<typeof parameterSchema>;

export const parametersSchema = z
  .array(parameterSchema)
  .max(PARAMETERS.perTask)
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'a name stands here twice')
  .refine(
    (list) => list.reduce((sum, { default: value = '' }) => sum + value.length, 0) <= PARAMETERS.valuesLength,
    'the defaults are too long together',
  );

/** What a parameter has when nobody says anything; '' is nothing. */
export function defaultOf({ type, default: value }: Parameter): string {
  return value ?? (type === 'boolean' ? 'false' : '');
}

/** True when a run needs somebody to give a value: nothing starts such a task by itself. */
export function isAwaited(parameter: Parameter): boolean {
  return parameter.required && defaultOf(parameter) === '';
}

const NUMBER_PATTERN = /^-?\d{1,30}(?:\.\d{1,30})?$/;

/** What is wrong with a value, in words; undefined when it will do. Whether it may be missing is not asked here. */
export function faultOfValue(
  { type, choices }: Pick<Parameter, 'type' | 'choices'>,
  value: string,
): string | undefined {
  const plain = parameterValueSchema.safeParse(value);
  if (!plain.success) {
    const tooLong = value.length > PARAMETERS.valueLength;
    return tooLong ? `must have at most ${PARAMETERS.valueLength} characters` : plain.error.issues[0]?.message;
  }
  if (value === '') return undefined;
  switch (type) {
    case 'text':
      return undefined;
    case 'number':
      return NUMBER_PATTERN.test(value) ? undefined : 'must be a number, such as 42 or -1.5';
    case 'boolean':
      return value === 'true' || value === 'false' ? undefined : 'must be true or false';
    case 'choice':
      return choices?.includes(value) === true ? undefined : `must be one of: ${(choices ?? []).join(', ')}`;
  }
}

/**
 * The values of a run: those that are given, and the defaults of the others. Each declared parameter has one, if only ''.
 * @returns PARAMETER_INVALID, with the field `parameters.NAME`, for what is unknown, does not fit, or is missing
 */
export function resolveParameters(
  declared: readonly Parameter[] | undefined,
  given: ParameterValues | undefined,
): Result<ParameterValues> {
  const parameters = declared ?? [];
  const known = new Set(parameters.map(({ name }) => name));
  const unknown = Object.keys(given ?? {}).find((name) => !known.has(name));
  if (unknown !== undefined) return err(refusal(unknown, `there is no parameter "${unknown.slice(0, 60)}"`));
  const values: Record<string, string> = {};
  for (const parameter of parameters) {
    const { name } = parameter;
    const said = given !== undefined && Object.hasOwn(given, name) ? given[name] : undefined;
    const value = said ?? defaultOf(parameter);
    const fault = faultOfValue(parameter, value);
    if (fault !== undefined) return err(refusal(name, `the parameter "${name}" ${fault}`));
    if (parameter.required && value === '') return err(refusal(name, `the parameter "${name}" needs a value`));
    values[name] = value;
  }
  if (lengthOfValues(values) > PARAMETERS.valuesLength) {
    const message = `all values together must have at most ${PARAMETERS.valuesLength} characters`;
    return err(appError('PARAMETER_INVALID', message, { field: 'parameters' }));
  }
  return ok(values);
}

/** Characters of all values. */
export function lengthOfValues(values: ParameterValues | undefined): number {
  return Object.values(values ?? {}).reduce((sum, value) => sum + value.length, 0);
}

/** `target_host` becomes `CARILLON_PARAM_TARGET_HOST`: no other variable can be meant by it. */
export function parameterVariable(name: string): string {
  return `CARILLON_PARAM_${name.toUpperCase()}`;
}

function refusal(name: string, message: string): AppError {
  return appError('PARAMETER_INVALID', message, { field: `parameters.${name.slice(0, 60)}` });
}
