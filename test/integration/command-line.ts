/** Runs the real command line as a process of its own, and hands back all that it said. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const PROGRAM = fileURLToPath(new URL('../../agent/bin/carillon.mjs', import.meta.url));

const LONGEST_MS = 60_000;

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Written to standard input, which is closed then. */
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The process of one command; its output has to be read by the caller. */
export function spawnProgram(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...words], {
    stdio: 'pipe',
    env: { ...process.env, NO_COLOR: '1', ...environment },
  });
}

/** Runs one command to its end; ends it after a minute. */
export function carillon(words: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = spawnProgram(words, options.environment);
  const overdue = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  const stdout = collected(child.stdout);
  const stderr = collected(child.stderr);
  child.stdin?.on('error', () => child.stdin?.destroy());
  child.stdin?.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      clearTimeout(overdue);
      resolve({ exitCode, stdout: stdout(), stderr: stderr() });
    });
  });
}

function collected(stream: ChildProcess['stdout']): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  return () => text;
}
