/** The same seed on the same commit is the same story, line by line: in one process twice, and in another process. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { seedLines } from './sim-report.ts';
import { simulate } from './sim-run.ts';

const CLI = fileURLToPath(new URL('cli.ts', import.meta.url));
const STORY = { machines: 4, tasks: 15, hours: 0.1, faults: 'all' } as const;
/** A trace of a story is some megabytes of text. */
const MAX_TRACE_BYTES = 512 * 1024 * 1024;

async function told(seed: number): Promise<string> {
  const lines: string[] = [];
  const result = await simulate({ ...STORY, seed, trace: (line) => lines.push(line) });
  return [...lines, ...seedLines(result, STORY), ''].join('\n');
}

describe('the same seed', () => {
  test('tells the same story twice', async () => {
    const first = await told(11);
    expect(first.split('\n').length).toBeGreaterThan(100);
    expect((await told(11)) === first).toBe(true);
  });

  test('tells the same story in another process', async () => {
    const { machines, tasks, hours, faults } = STORY;
    const sizes = ['--machines', `${machines}`, '--tasks', `${tasks}`, '--hours', `${hours}`, '--faults', faults];
    const there = await printed([CLI, '--seed', '12', '--trace', ...sizes]);
    expect((await told(12)) === there).toBe(true);
  });

  test('another seed tells another story', async () => {
    expect((await told(13)) === (await told(14))).toBe(false);
  });
});

/** What a program prints, whether or not an invariant held. */
function printed(argv: readonly string[]): Promise<string> {
  return new Promise((done) => {
    execFile(process.execPath, argv, { maxBuffer: MAX_TRACE_BYTES }, (_fault, stdout) => {
      done(stdout);
    });
  });
}
