/**
 * Fuzzes the doors: `npm run test:fuzz -- --seconds 600 --seed 7 --door codec`. Without options: all doors, a minute.
 * Ends with the exit code of the test runner.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DEFAULT_SECONDS, DOORS, isDoor } from './budget.ts';

const HELP = `Throws damaged input at every door that reads bytes from elsewhere.

  --seconds N   time for all doors together (default ${DEFAULT_SECONDS})
  --seed N      every input follows from it (default: a new one, which is printed)
  --door NAME   one door alone: ${Object.keys(DOORS).join(', ')}
  --input TEXT  feeds this input alone (base64, or @FILE, as a failure prints it); needs --door
`;

const options = {
  seconds: { type: 'string', default: String(DEFAULT_SECONDS) },
  seed: { type: 'string' },
  door: { type: 'string' },
  input: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

try {
  const { values } = parseArgs({ options });
  const wrong = faultOf(values);
  if (values.help) process.stdout.write(HELP);
  else if (wrong !== undefined) refuse(wrong);
  else await fuzz(values.seconds, values.seed ?? String(Date.now() % 2 ** 32), values.door, values.input);
} catch (fault) {
  // The only error of its own that parseArgs has: words that are no option.
  if (!(fault instanceof TypeError)) throw fault;
  refuse(fault.message);
}

/** What is wrong with the options, in words. */
function faultOf(values: {
  readonly seconds: string;
  readonly door?: string;
  readonly input?: string;
}): string | undefined {
  if (!(Number(values.seconds) > 0)) return `"${values.seconds}" is no number of seconds.`;
  if (values.door !== undefined && !isDoor(values.door)) return `"${values.door}" is no door.`;
  return values.input !== undefined && values.door === undefined ? '--input needs --door.' : undefined;
}

function refuse(reason: string): void {
  process.stderr.write(`${reason}\n\n${HELP}`);
  process.exitCode = 2;
}

async function fuzz(seconds: string, seed: string, door: string | undefined, input: string | undefined): Promise<void> {
  process.stdout.write(`seed ${seed}, ${seconds} s${door === undefined ? '' : `, door ${door}`}\n`);
  const vitest = fileURLToPath(new URL('./vitest.mjs', import.meta.resolve('vitest/package.json')));
  const files = door === undefined ? [] : [`test/fuzz/doors/${door}.test.ts`];
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'fuzz', ...files], {
    stdio: 'inherit',
    env: {
      ...process.env,
      CARILLON_FUZZ_SECONDS: seconds,
      CARILLON_FUZZ_SEED: seed,
      ...(door === undefined ? {} : { CARILLON_FUZZ_DOOR: door }),
      ...(input === undefined ? {} : { CARILLON_FUZZ_INPUT: input }),
    },
  });
  process.exitCode = await new Promise<number>((resolve) => {
    child.once('exit', (code) => resolve(code ?? 1));
    child.once('error', (fault) => {
      process.stderr.write(`${fault.message}\n`);
      resolve(1);
    });
  });
}
