/** `carillon stats`: how runs went, and what it refuses. */
import { expect, test } from 'vitest';
import { useCliBed } from './cli-bed.ts';

const bed = useCliBed();
const period = (): string[] => {
  const { startedAt } = bed.console.peer.view;
  const at = (hours: number): string => new Date(startedAt + hours * 3_600_000).toISOString();
  return ['--since', at(-48), '--until', at(48)];
};

test('tells of one task what became of its runs, as a table and as JSON', async () => {
  const { id } = bed.newTask();
  const value = await bed.json('stats', '--task', id, ...period());
  expect(value).toMatchObject({ tasks: [{ id, runs: 2 }], taskCount: 1 });
  const { code, out } = await bed.carillon(['stats', '--task', id, ...period()]);
  expect(code).toBe(0);
  expect(out).toContain(`2 runs from ${period()[1] ?? ''}`);
  expect(out).toMatch(new RegExp(`TASK +RUNS +FAILED +SUCCESS[^]*${id} +2 `));
  expect(out).toMatch(/MACHINE +RUNS +FAILED +BUSY/);
});

test('names at most as many tasks as asked for, and says that there are more', async () => {
  bed.newTask();
  bed.newTask();
  const { out } = await bed.carillon(['stats', '--limit', '1', ...period()]);
  expect(out).toMatch(/\d+ more tasks had runs; see --limit\./);
});

test('says that there are none', async () => {
  const { code, out } = await bed.carillon([
    'stats',
    '--since',
    '1970-01-01T00:00:00Z',
    '--until',
    '1970-01-02T00:00:00Z',
  ]);
  expect([code, out]).toEqual([0, expect.stringContaining('There are no runs from 1970-01-01') as string]);
});

test.each([
  [['--since', 'whenever'], '(since)'],
  [['--limit', '0'], '(limit)'],
  [['--machine', 'nobody-of-this-name'], 'nobody-of-this-name'],
])('%j is refused', async (words, why) => {
  const { code, error } = await bed.carillon(['stats', ...words]);
  expect(code).not.toBe(0);
  expect(error).toContain(why);
});
