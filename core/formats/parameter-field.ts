/** The field of a parameter, as a form shows it: what stands in it at first, and what is wrong with what a person types. */
import { type Action, parametersOf } from '../domain/action.ts';
import {
  defaultOf,
  faultOfValue,
  type Parameter,
  type ParameterValues,
  parameterVariable,
} from '../domain/parameter.ts';

export type ParameterFault = 'needed' | 'noNumber' | 'noChoice' | 'notText';

/** The parameters that a form asks for. */
export function fieldsOf(action: Action): readonly Parameter[] {
  return parametersOf(action);
}

/** What stands in a field at first: what was given before, where it still fits, else the default. */
export function beginOfField(parameter: Parameter, given: ParameterValues = {}): string {
  const value = Object.hasOwn(given, parameter.name) ? given[parameter.name] : undefined;
  const fits = value !== undefined && faultOfValue(parameter, value) === undefined;
  return fits ? value : defaultOf(parameter);
}

/** What is wrong with the text of a field; undefined when it will do. */
export function faultOfField(parameter: Parameter, value: string): ParameterFault | undefined {
  if (value === '') return parameter.required ? 'needed' : undefined;
  if (faultOfValue(parameter, value) === undefined) return undefined;
  if (parameter.type === 'number') return 'noNumber';
  return parameter.type === 'choice' ? 'noChoice' : 'notText';
}

/** The variable that a program finds the value in. */
export function variableOfField({ name }: Parameter): string {
  return parameterVariable(name);
}
