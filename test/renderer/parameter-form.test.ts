/** Values of parameters as they are typed: what stands there at first, and when what is wrong is told. */
import { expect, test } from 'vitest';
import { parametersSchema } from '../../core/domain/parameter.ts';
import { ParameterForm } from '../../renderer/src/state/parameter-form.svelte.ts';

const parameters = parametersSchema.parse([
  { name: 'target', type: 'choice', choices: ['staging', 'live'], required: true },
  { name: 'workers', type: 'number', default: '4' },
  { name: 'dry_run', type: 'boolean' },
]);
const [target, workers] = parameters as [(typeof parameters)[0], (typeof parameters)[0]];

test('the defaults stand there at first', () => {
  expect(new ParameterForm(parameters).values).toEqual({ target: '', workers: '4', dry_run: 'false' });
});

test('what an earlier run was given stands there where it still fits', () => {
  const given = { target: 'moon', workers: '9', gone: 'x' };
  expect(new ParameterForm(parameters, given).values).toEqual({ target: '', workers: '9', dry_run: 'false' });
});

test('what is wrong is told once a field was touched, or was to be sent', () => {
  const form = new ParameterForm(parameters);
  expect(form.problemAt(target)).toBeUndefined();
  form.set(workers, 'many');
  expect(form.problemAt(workers)).toBe('parameters.noNumber');
  expect(form.problemAt(target)).toBeUndefined();
  expect(form.isSound()).toBe(false);
  expect(form.problemAt(target)).toBe('parameters.needed');
  form.set(workers, '2');
  form.set(target, 'live');
  expect(form.isSound()).toBe(true);
  expect(form.values).toEqual({ target: 'live', workers: '2', dry_run: 'false' });
});
