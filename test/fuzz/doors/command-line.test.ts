/**
 * Command lines of any words, in this process, with no agent to reach: each ends with one of the exit codes and a text
 * without a stack trace. Programs that ask for JSON get one document.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommandLine } from '../../../agent/cli/main.ts';
import type { CliHost } from '../../../agent/cli/cli-host.ts';
import type { SeededRandom } from '../../simulator/seeded-random.ts';
import { mutateText, NASTY_TEXTS } from '../mutation.ts';
import { storm } from '../storm.ts';

/** Words of command lines that reach no agent; `start` is left out, because it is one. */
const LINES: readonly (readonly string[])[] = [
  ['next', '--cron', '*/5 * * * *', '--count', '3', '--timezone', 'Europe/Berlin'],
  ['next', '--cron', '0 0 29 2 *', '--json'],
  ['task', 'validate', '-', '--json'],
  ['task', 'apply', '-'],
  ['task', 'list', '--text', 'a', '--json'],
  ['runs', '--state', 'failed', '--since', '2h', '--limit', '5'],
  ['run', 'show', 'abcd', '--json'],
  ['logs', 'abcd', '--follow'],
  ['cancel', 'abcd', '--reason', 'x'],
  ['join', 'carillon1abc', '--json'],
  ['invite', '--expires', '10m', '--role', 'executor'],
  ['machine', 'label', 'a', 'x=1'],
  ['import', 'crontab', '-', '--dry-run', '--json'],
  ['cluster', 'create', 'home'],
  ['help', 'task'],
];
const WORDS = ['--json', '--data', '--count', '-1', '--help', '-V', '--', '-', '--cron', '--limit=5', '--since', 'now'];
const SEPARATOR = '\u0001';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-fuzz-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function words(random: SeededRandom): string[] {
  const line = [...random.pick(LINES)];
  for (let count = random.below(4); count > 0; count -= 1) {
    const at = random.below(line.length + 1);
    const word = random.pick([...WORDS, ...NASTY_TEXTS, ...random.pick(LINES)]);
    line.splice(at, random.below(2), word);
  }
  return line.filter((word) => word !== 'start');
}

test('any words', async () => {
  const decoder = new TextDecoder();
  await storm({
    door: 'command-line',
    title: 'words',
    part: 1,
    make: (random) => {
      const line = words(random).join(SEPARATOR);
      return random.below(3) === 0 ? mutateText(random, [line], [SEPARATOR]) : new TextEncoder().encode(line);
    },
    feed: async (bytes) => {
      const line = decoder
        .decode(bytes)
        .split(SEPARATOR)
        .filter((word) => word !== 'start');
      const told = { out: '', error: '', code: 0 };
      await runCommandLine(line, hostThatTells(told));
      expect([0, 1, 2, 3, 4]).toContain(told.code);
      expect(`${told.out}${told.error}`).not.toMatch(/\n {4}at |TypeError|RangeError|undefined is not/);
      expect(told.error).not.toContain('INTERNAL');
    },
  });
});

function hostThatTells(told: { out: string; error: string; code: number }): CliHost {
  return {
    writeOut: (text) => {
      told.out += typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
      return Promise.resolve();
    },
    writeError: (text) => {
      told.error += text;
    },
    environment: { CARILLON_DATA: folder },
    terminal: false,
    columns: 80,
    platform: 'linux',
    homeFolder: folder,
    input: inputOf('name: a\nshell: echo\n'),
    now: () => Date.UTC(2026, 5, 1),
    setExitCode: (code) => {
      told.code = code;
    },
  };
}

async function* inputOf(text: string): AsyncIterable<string> {
  await Promise.resolve();
  yield text;
}
