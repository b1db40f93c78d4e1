/**
 * The processes that tests of real agents leave behind, found and ended one by one: launchers by the data folder that they
 * serve, tasks by the run that marks them. Knows nothing of who runs the tests.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Ends what lives on of an agent that has ended: its launcher, and the tasks that it watched. */
export function endLeftovers(dataFolder: string): void {
  for (const pid of launchersOf(dataFolder)) endProcess(pid);
  endTasks(dataFolder);
}

/** Process ids of the launchers that serve this data folder. Linux only; elsewhere launchers end by themselves. */
export function launchersOf(dataFolder: string): number[] {
  return processIds().filter((pid) => {
    const words = textOf(`/proc/${pid}/cmdline`).split('\0');
    return words.some((word) => word.endsWith('/launcher.ts')) && words.includes(dataFolder);
  });
}

/** Process ids of all processes that a run started, wherever they are in the process tree. Linux only. */
export function processesOfRun(run: string): number[] {
  return processIds().filter((pid) => textOf(`/proc/${pid}/environ`).split('\0').includes(`CARILLON_RUN=${run}`));
}

function endTasks(dataFolder: string): void {
  const runs = join(dataFolder, 'runs');
  if (!existsSync(runs)) return;
  for (const group of readdirSync(runs)) {
    for (const run of readdirSync(join(runs, group))) {
      if (existsSync(join(runs, group, run, 'exit.json'))) continue;
      for (const pid of processesOfRun(run)) endProcess(pid);
    }
  }
}

/** Ends one own process, if it still is there. */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'ESRCH') throw fault;
  }
}

function processIds(): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process has ended meanwhile, or belongs to somebody else.
    return '';
  }
}
