/** The seeded faults of the shell can be seeded: each text is found once, and the spec that is to notice it exists. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHELL_MUTANTS } from '../desktop/mutants/mutants.ts';
import { verdictOf } from '../desktop/mutants/verdict.ts';
import { ROOT } from '../house/source-tree.ts';

const SPECS = ['core', 'keys', 'logs', 'security', 'system', 'taking-along', 'tray', 'updates', 'window']
  .map((name) => readFileSync(join(ROOT, 'test', 'desktop', `${name}.spec.ts`), 'utf8'))
  .join('\n');

describe('seeded faults of the shell', () => {
  it('are at least twenty, each of its own name', () => {
    expect(new Set(SHELL_MUTANTS.map(({ name }) => name)).size).toBe(SHELL_MUTANTS.length);
    expect(SHELL_MUTANTS.length).toBeGreaterThanOrEqual(20);
  });

  it.each(SHELL_MUTANTS)('$name: has its place', ({ file, from, to, caughtBy }) => {
    const pieces = readFileSync(join(ROOT, file), 'utf8').split(from);
    expect(pieces).toHaveLength(2);
    expect(to).not.toBe(from);
    expect(SPECS).toContain(`test('${caughtBy}`);
  });

  it('are noticed by a spec that fails on the app that was built, and by nothing else', () => {
    expect(verdictOf(true, 1)).toBe('noticed');
    expect(verdictOf(true, 0)).toBe('not noticed');
    expect(verdictOf(true, null)).toBe('cut off');
    expect(verdictOf(false, null)).toBe('not built');
    expect(verdictOf(false, 1)).toBe('not built');
  });
});
