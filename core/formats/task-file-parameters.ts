/** Parameters between the two forms: fields below their names in a file, a list with names in a definition. */
import { type Parameter, parameterSchema } from '../domain/parameter.ts';
import type { TaskFile } from './task-file-schema.ts';
import type { Path } from './yaml-source.ts';

/** The list that `parametersSchema` reads; undefined when the file declares none. */
export function buildParameters({ parameters }: TaskFile): unknown {
  if (parameters === undefined) return undefined;
  return Object.entries(parameters).map(([name, fields]) => ({ name, ...fields }));
}

/** Where in the file a part of that list stands. */
export function parameterPath({ parameters }: TaskFile, [index, field, ...rest]: Path): Path {
  const name = Object.keys(parameters ?? {})[Number(index)];
  if (name === undefined) return ['parameters'];
  return field === undefined || field === 'name' ? ['parameters', name] : ['parameters', name, field, ...rest];
}

/** Below their names, without what is the default. */
export function parameterFields(parameters: readonly Parameter[] | undefined): Record<string, unknown> | undefined {
  if (parameters === undefined || parameters.length === 0) return undefined;
  return Object.fromEntries(
    parameters.map((parameter) => {
      const usual: Record<string, unknown> = parameterSchema.parse({ name: parameter.name });
      const { name, ...fields } = parameter;
      return [name, Object.fromEntries(Object.entries(fields).filter(([field, value]) => usual[field] !== value))];
    }),
  );
}
