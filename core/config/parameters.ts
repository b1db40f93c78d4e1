/** Limits of the parameters of tasks. `docs/LIMITS.md` explains them. */
import { assert } from '../std/assert.ts';
import { LIMITS } from './constants.ts';

export const PARAMETERS = {
  perTask: 20,
  /** Values that one of them lets people choose from. */
  choices: 50,
  /** Characters of a value to choose from, and of what is said of a parameter. */
  choiceLength: 200,
  /** Characters of one value. */
  valueLength: 4096,
  /** Characters of all values of one run. */
  valuesLength: 8192,
} as const;

assert(4 * PARAMETERS.valuesLength < LIMITS.argumentBytes, 'all values fit an environment');
assert(PARAMETERS.valueLength <= PARAMETERS.valuesLength, 'every value may be given');
