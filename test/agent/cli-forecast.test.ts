/** `machine departure`, `forecast` and `task revert`: what would be, what will be, and what was; and what they refuse. */
import { expect, test } from 'vitest';
import { useCliBed } from './cli-bed.ts';

const bed = useCliBed();

test('a departure tells which tasks would move where, and what everybody would own', async () => {
  const { id } = bed.newTask();
  const value = await bed.json('machine', 'departure', 'alpha');
  expect(value).toMatchObject({ stranded: [] });
  expect((value as { moves: { taskId: string }[] }).moves.map(({ taskId }) => taskId)).toContain(id);
  const { out, code } = await bed.carillon(['machine', 'departure', 'alpha']);
  expect(code).toBe(0);
  expect(out).toMatch(/^\d+ tasks? would move, and 0 tasks would run nowhere\.$/m);
  expect(out).toMatch(/^TASK +FROM +TO$/m);
  expect(out).toMatch(/^alpha +\d+ +-$/m);
});

test('a machine that nobody knows has no departure, and one must be named', async () => {
  const missing = await bed.carillon(['machine', 'departure', 'nobody', '--json']);
  expect(missing.code).toBe(3);
  expect(JSON.parse(missing.out)).toMatchObject({ error: { code: 'MACHINE_NOT_FOUND' } });
  expect((await bed.carillon(['machine', 'departure'])).code).toBe(2);
});

test('a forecast is bounded in time and number, and names machines', async () => {
  expect(await bed.json('forecast', '--limit', '5')).toMatchObject({ occurrences: expect.any(Array) });
  const past = await bed.carillon(['forecast', '--from', '2020-01-01T00:00:00Z', '--to', '2020-01-01T00:00:01Z']);
  expect(past).toMatchObject({ code: 0, out: 'Nothing comes due in that time.\n' });
});

test.each([
  [['--limit', '0'], 'limit'],
  [['--limit', 'many'], 'limit'],
  [['--from', 'tomorrow'], 'from'],
  [['--to', 'never'], 'to'],
])('a forecast refuses %j', async (words, field) => {
  const ended = await bed.carillon(['forecast', ...words, '--json']);
  expect(ended.code).toBe(2);
  expect(JSON.parse(ended.out)).toMatchObject({ error: { code: 'INVALID_INPUT', field } });
});

test('a task is brought back to a revision that its history has, and nothing else is', async () => {
  const { id } = bed.newTask();
  for (const words of [[], ['0123abcd', '--part', 'colour'], ['no-hash']]) {
    const wrong = await bed.carillon(['task', 'revert', id, ...words, '--json']);
    expect(wrong.code, words.join(' ')).toBe(2);
    expect(JSON.parse(wrong.out)).toMatchObject({ error: { code: 'INVALID_INPUT' } });
  }
  const none = await bed.carillon(['task', 'revert', id, '0123abcd', '--json']);
  expect(none.code).toBe(3);
  expect(JSON.parse(none.out)).toMatchObject({ error: { code: 'REVISION_NOT_FOUND' } });
});
