/** What a command needs of the process around it; tests and the real process each give their own. */
import type { HiddenQuestion } from './hidden-input.ts';

export interface CliHost {
  /** Resolves once the text may be followed by more. */
  writeOut(text: string | Uint8Array): Promise<void>;
  writeError(text: string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether standard output is a terminal, and how wide. */
  readonly terminal: boolean;
  readonly columns: number;
  readonly platform: string;
  readonly homeFolder: string;
  readonly input: AsyncIterable<string | Uint8Array>;
  /** Asks on the terminal and reads the answer unseen; absent where the input is no terminal. */
  readonly readHidden?: (question: HiddenQuestion) => Promise<string>;
  now(): number;
  setExitCode(code: number): void;
}

async function askHidden(question: HiddenQuestion): Promise<string> {
  const { readHidden } = await import('./hidden-input.ts');
  return readHidden(process.stdin, (text) => void process.stderr.write(text), question);
}

/** The process itself. A reader of the output that goes away (`carillon runs | head`) ends the command quietly. */
export async function processHost(): Promise<CliHost> {
  const { homedir } = await import('node:os');
  process.stdout.on('error', (fault: NodeJS.ErrnoException) => {
    if (fault.code === 'EPIPE') process.exit();
    throw fault;
  });
  return {
    writeOut: (text) =>
      new Promise((resolve) => {
        if (process.stdout.write(text)) resolve();
        else process.stdout.once('drain', resolve);
      }),
    writeError: (text) => void process.stderr.write(text),
    environment: process.env,
    terminal: process.stdout.isTTY,
    columns: process.stdout.isTTY ? process.stdout.columns : 0,
    platform: process.platform,
    homeFolder: homedir(),
    input: process.stdin,
    ...(process.stdin.isTTY ? { readHidden: askHidden } : {}),
    now: () => Date.now(),
    setExitCode: (code) => {
      process.exitCode = code;
    },
  };
}
