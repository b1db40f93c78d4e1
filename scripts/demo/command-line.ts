/** One command of `carillon` as a person would type it, run to its end and bounded in time. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const PROGRAM = fileURLToPath(new URL('../../agent/bin/carillon.mjs', import.meta.url));

const LONGEST_MS = 60_000;
const MOST_OUTPUT_LENGTH = 4 * 1024 * 1024;

/**
 * Runs `carillon <words> --json` and answers what it printed, parsed.
 * @param accepted exit codes. With any other it throws an error that names the command and what it said.
 */
export async function carillonJson(
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
  accepted: readonly number[] = [0],
): Promise<unknown> {
  const shown = `carillon ${words.join(' ')}`;
  const { code, stdout, stderr } = await carillon([...words, '--json'], environment, shown);
  if (code === null || !accepted.includes(code)) {
    throw new Error(`\`${shown}\` ended with ${code ?? 'a signal'}: ${(stderr || stdout).trim()}`);
  }
  return JSON.parse(stdout) as unknown;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function carillon(words: readonly string[], environment: NodeJS.ProcessEnv, shown: string): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environment, NO_COLOR: '1' },
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (piece: string) => {
      said[name] = (said[name] + piece).slice(0, MOST_OUTPUT_LENGTH);
    });
  }
  return new Promise((resolve, reject) => {
    const overdue = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`\`${shown}\` did not end within ${LONGEST_MS / 1000} s`));
    }, LONGEST_MS);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(overdue);
      resolve({ code, ...said });
    });
  });
}
