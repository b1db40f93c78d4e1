/** A machine for the tests of the process runner: a data folder, runners over it, its launcher, and what they left. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createOutputStore } from '../../../core/adapters/processes/output-store.ts';
import { createProcessRunner } from '../../../core/adapters/processes/process-runner.ts';
import { shellActionSchema, type Action } from '../../../core/domain/action.ts';
import type { RunId } from '../../../core/domain/ids.ts';
import type { ProcessRunner } from '../../../core/ports/process-runner.ts';
import type { ProcessWorld } from '../../conformance/process-world.ts';

export interface RealProcessWorld extends ProcessWorld {
  readonly dataFolder: string;
  /** A folder of its own for files that tasks write. */
  readonly workFolder: string;
  outputOf(runId: RunId): Promise<string>;
  launcherPids(): number[];
}

export function shell(script: string, changes: object = {}): Action {
  return shellActionSchema.parse({ type: 'shell', script, ...changes });
}

/** Unchecked, so that tests can go beyond what the schema lets through. */
export function command(...argv: string[]): Action {
  return { type: 'command', argv, environment: {} };
}

export async function createRealProcessWorld(folderName = 'data'): Promise<RealProcessWorld> {
  const root = await mkdtemp(join(tmpdir(), 'carillon-processes-'));
  const dataFolder = join(root, folderName);
  const runners: ProcessRunner[] = [];
  const launcherPids = (): number[] =>
    pidsWhose('cmdline', (text) => text.includes('launcher') && text.includes(`\0${dataFolder}\0`));
  return {
    dataFolder,
    workFolder: root,
    createRunner() {
      const runner = createProcessRunner({ dataFolder, logger: { log: () => undefined } });
      runners.push(runner);
      return runner;
    },
    actions: {
      exits: (code) => shell(`exit ${code}`),
      lasts: () => command('sleep', '600'),
      missing: () => command('no-such-program-anywhere'),
      stubborn: () => shell(`trap '' TERM; echo '::carillon::{"progress":1}'; while :; do sleep 0.05; done`),
      writes: (sizeBytes) => shell(`head -c ${sizeBytes} /dev/zero`),
      reports: (fraction, json) =>
        shell(`echo '::carillon::{"progress":${fraction}}'\necho '::carillon::{"result":${json}}'`),
    },
    async outputOf(runId) {
      const chunk = await createOutputStore({ dataFolder }).read(runId, 0, 64 * 1024);
      return Buffer.from(chunk?.data ?? []).toString('utf8');
    },
    launcherPids,
    async close() {
      await Promise.all(runners.map((runner) => runner.stop()));
      for (const pid of launcherPids()) killProcess(pid);
      await until(() => launcherPids().length === 0);
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Living processes that were started for the run. */
export function pidsOfRun(runId: RunId): number[] {
  return pidsWhose('environ', (text) => text.includes(`CARILLON_RUN_ID=${runId}\0`));
}

export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** False for zombies too: they have ended, and nobody may ever collect them. */
export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}

/** Waits for a condition that no event tells of; the test's own time limit bounds it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(10);
}

function pidsWhose(file: 'cmdline' | 'environ', matches: (text: string) => boolean): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return matches(readFileSync(`/proc/${name}/${file}`, 'latin1'));
      } catch (error) {
        // The process ended while it was looked at.
        if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
        throw error;
      }
    })
    .map(Number);
}
