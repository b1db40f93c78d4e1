/** Parameters: what a task may declare, and which values a run is given. */
import { describe, expect, test } from 'vitest';
import { PARAMETERS } from '../../../core/config/parameters.ts';
import {
  type Parameter,
  parameterSchema,
  parametersSchema,
  parameterValuesSchema,
  parameterVariable,
  resolveParameters,
} from '../../../core/domain/parameter.ts';

const target = parameterSchema.parse({ name: 'target', type: 'choice', choices: ['staging', 'live'], required: true });
const count = parameterSchema.parse({ name: 'count', type: 'number', default: '10' });
const dry = parameterSchema.parse({ name: 'dry_run', type: 'boolean' });
const note = parameterSchema.parse({ name: 'note' });
const declared: readonly Parameter[] = [target, count, dry, note];

describe('a declaration', () => {
  test.each([
    ['a name with a capital', { name: 'Target' }],
    ['a name that begins with a digit', { name: '1st' }],
    ['a name with a hyphen', { name: 'dry-run' }],
    ['a name that is too long', { name: 'a'.repeat(41) }],
    ['a default that is no number', { name: 'n', type: 'number', default: 'ten' }],
    ['a default that is none of the choices', { name: 'n', type: 'choice', choices: ['a'], default: 'b' }],
    ['a default with a NUL', { name: 'n', default: 'a\0b' }],
    ['a choice of nothing', { name: 'n', type: 'choice' }],
    ['an empty list of choices', { name: 'n', type: 'choice', choices: [] }],
    ['a choice that stands there twice', { name: 'n', type: 'choice', choices: ['a', 'a'] }],
    ['choices of a text', { name: 'n', choices: ['a'] }],
    ['a field that nobody knows', { name: 'n', pattern: '.*' }],
    ['a type that nobody knows', { name: 'n', type: 'file' }],
  ])('with %s is refused', (_what, parameter) => {
    expect(parameterSchema.safeParse(parameter).success).toBe(false);
  });

  test('of two parameters with the same name, or of too many, is refused', () => {
    expect(parametersSchema.safeParse([{ name: 'a' }, { name: 'a' }]).success).toBe(false);
    const many = Array.from({ length: PARAMETERS.perTask + 1 }, (_, index) => ({ name: `p${index}` }));
    expect(parametersSchema.safeParse(many.slice(1)).success).toBe(true);
    expect(parametersSchema.safeParse(many).success).toBe(false);
  });

  test('of defaults that are too long together is refused', () => {
    const long = ['a', 'b', 'c'].map((name) => ({ name, default: 'x'.repeat(PARAMETERS.valueLength) }));
    expect(parametersSchema.safeParse(long.slice(1)).success).toBe(true);
    expect(parametersSchema.safeParse(long).success).toBe(false);
  });
});

describe('the values of a run', () => {
  test('are those that are given, and the defaults of the others', () => {
    expect(resolveParameters(declared, { target: 'live', note: 'a\nb' })).toEqual({
      ok: true,
      value: { target: 'live', count: '10', dry_run: 'false', note: 'a\nb' },
    });
    expect(resolveParameters(undefined, undefined)).toEqual({ ok: true, value: {} });
  });

  test.each<readonly [string, Record<string, string>, string]>([
    ['nobody has declared', { target: 'live', toString: 'x' }, 'parameters.toString'],
    ['is required and missing', {}, 'parameters.target'],
    ['is required and empty', { target: '' }, 'parameters.target'],
    ['is none of the choices', { target: 'LIVE' }, 'parameters.target'],
    ['is no number', { target: 'live', count: '1e9' }, 'parameters.count'],
    ['is a number in words of a shell', { target: 'live', count: '$(id)' }, 'parameters.count'],
    ['is neither true nor false', { target: 'live', dry_run: 'yes' }, 'parameters.dry_run'],
    ['holds a NUL', { target: 'live', note: 'a\0' }, 'parameters.note'],
    ['holds half a character', { target: 'live', note: '\ud800' }, 'parameters.note'],
    ['is too long', { target: 'live', note: 'x'.repeat(10_240) }, 'parameters.note'],
  ])('are refused with the field where one %s', (_what, given, field) => {
    expect(resolveParameters(declared, given)).toMatchObject({
      ok: false,
      error: { code: 'PARAMETER_INVALID', field },
    });
  });

  test('are refused when they are too long together', () => {
    const texts = ['a', 'b', 'c'].map((name) => parameterSchema.parse({ name }));
    const long = Object.fromEntries(texts.map(({ name }) => [name, 'x'.repeat(PARAMETERS.valueLength)]));
    expect(resolveParameters(texts, long)).toMatchObject({ ok: false, error: { code: 'PARAMETER_INVALID' } });
  });

  test('of parameters with names that every object has are not taken from there', () => {
    const odd = [parameterSchema.parse({ name: 'constructor' })];
    expect(resolveParameters(odd, {})).toEqual({ ok: true, value: { constructor: '' } });
  });

  test.each(['$(touch owned)', '`x`', "'; rm -rf / #", '-rf', 'a\nb', '\u{1f514}', ' ', 'x'.repeat(4096)])(
    'fit a record where they are taken: %j',
    (said) => {
      const resolved = resolveParameters(declared, { target: 'live', note: said });
      if (!resolved.ok) throw new Error(resolved.error.message);
      expect(resolved.value['note']).toBe(said);
      expect(parameterValuesSchema.parse(resolved.value)).toEqual(resolved.value);
    },
  );
});

test('each parameter has a variable of its own, and none that means anything else', () => {
  expect(parameterVariable('dry_run')).toBe('CARILLON_PARAM_DRY_RUN');
  expect(parameterVariable('path')).toBe('CARILLON_PARAM_PATH');
});
