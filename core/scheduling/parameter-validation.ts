/** Whether what brings a task about can also give it what it needs: nobody is there to say a value when it comes due. */
import { type Action, parametersOf } from '../domain/action.ts';
import { isAwaited } from '../domain/parameter.ts';
import type { Schedule } from '../domain/schedule.ts';
import { type AppError, appError } from '../std/app-error.ts';

/** What of a task decides it. */
export interface Parametrised {
  readonly action: Action;
  readonly schedule: Pick<Schedule, 'triggers'>;
}

/** PARAMETER_WITHOUT_DEFAULT, with the field of the first such parameter; undefined when all is well. */
export function findParameterFault({ action, schedule }: Parametrised): AppError | undefined {
  if (schedule.triggers.length === 0) return undefined;
  const parameters = parametersOf(action);
  const index = parameters.findIndex(isAwaited);
  const parameter = parameters[index];
  if (parameter === undefined) return undefined;
  const message = `It comes due by itself, and its parameter "${parameter.name}" is required and has no default.`;
  return appError('PARAMETER_WITHOUT_DEFAULT', message, { field: `action.parameters.${index}.default` });
}
