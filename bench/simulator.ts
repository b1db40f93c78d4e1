/**
 * How fast the simulator is: simulated hours of a cluster in a minute, occurrences in a second, both beside the bare
 * queue of virtual time, which it cannot do without; and where the time goes. Measured by a program of the simulator's
 * own, in a process of its own.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchOptions } from './bench-options.ts';

const PROGRAM = fileURLToPath(new URL('../test/simulator/pace.ts', import.meta.url));
const HOURS = { usual: 1, full: 6 };
const LONGEST_MS = { usual: 280_000, full: 1_700_000 };

export async function run({ full }: BenchOptions): Promise<object> {
  const size = full ? 'full' : 'usual';
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, String(HOURS[size])], {
    timeout: LONGEST_MS[size],
  });
  return JSON.parse(stdout) as object;
}
