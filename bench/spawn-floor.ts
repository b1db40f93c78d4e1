/**
 * The floor of everything that starts processes: bare `spawn` of `true`, nothing read and nothing recorded, from a
 * process as small as the launcher. What the machine gives at the moment, so that a ratio to it can be compared with
 * one from another day.
 */
import { execFileSync } from 'node:child_process';

const LONGEST_MS = 60_000;

/** Starts to end a second, with so many under way at once. */
export function measureSpawnFloor(runs: number, atOnce: number): number {
  const flags = ['--max-semi-space-size=1', '--max-old-space-size=64', '--input-type=module'];
  const program = programOf(runs, atOnce);
  return Number(execFileSync(process.execPath, [...flags, '-e', program], { encoding: 'utf8', timeout: LONGEST_MS }));
}

function programOf(runs: number, atOnce: number): string {
  return `
import { spawn } from 'node:child_process';
const began = performance.now();
let started = 0, ended = 0;
const next = () => {
  if (started === ${runs}) return;
  started += 1;
  spawn('true', [], { stdio: 'ignore', detached: true }).once('exit', () => {
    ended += 1;
    if (ended === ${runs}) console.log((${runs} * 1000) / (performance.now() - began));
    next();
  });
};
for (let index = 0; index < ${atOnce}; index += 1) next();
`;
}
