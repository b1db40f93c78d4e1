/** The service manager of this machine: its file written, its commands run, each within a time. */
import { execFile } from 'node:child_process';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppErrorException, appError } from '../../core/std/app-error.ts';
import type { CommandAnswer, ServiceCommand, ServicePlan } from './service-plan.ts';

const COMMAND_MS = 60_000;
/** How often a command that may come too early is tried, and the pause between. */
const TRIES = 20;
const TRY_AGAIN_MS = 500;
/** Characters of what a failed command said. */
const SAID = 500;

export interface ServiceStatus {
  readonly installed: boolean;
  readonly active: boolean;
}

/** Writes the file, and has the manager start it (anew, if it runs) now and from now on. SERVICE_UNAVAILABLE, FILE_NOT_WRITABLE. */
export async function installService(plan: ServicePlan): Promise<void> {
  try {
    await mkdir(dirname(plan.filePath), { recursive: true });
    await writeFile(plan.filePath, plan.fileText);
  } catch (error) {
    throw new AppErrorException(appError('FILE_NOT_WRITABLE', `cannot write ${plan.filePath}: ${reasonOf(error)}`));
  }
  for (const command of plan.install) await runCommand(plan, command);
}

/** Ends it and takes the file away; data stays. @returns false when there was none */
export async function removeService(plan: ServicePlan): Promise<boolean> {
  const { installed } = await statusOfService(plan);
  if (!installed) return false;
  for (const command of plan.remove) await runCommand(plan, command);
  await rm(plan.filePath, { force: true });
  return true;
}

export async function statusOfService(plan: ServicePlan): Promise<ServiceStatus> {
  const installed = await stat(plan.filePath).then(
    () => true,
    () => false,
  );
  if (!installed) return { installed, active: false };
  const { command, runs } = plan.status;
  return { installed, active: runs(await answerOf(command)) };
}

async function runCommand({ manager }: ServicePlan, command: ServiceCommand): Promise<void> {
  for (let tries = command.patient === true ? TRIES : 1; ; tries -= 1) {
    const answer = await answerOf(command);
    if (answer.ok || command.mayFail === true) return;
    if (tries === 1) {
      const message = `${manager} did not do "${command.argv.join(' ')}": ${answer.complaint}`;
      throw new AppErrorException(appError('SERVICE_UNAVAILABLE', message));
    }
    await delay(TRY_AGAIN_MS);
  }
}

interface Answer extends CommandAnswer {
  /** Why it failed, in its own words. */
  readonly complaint: string;
}

function answerOf({ argv: [program, ...words] }: ServiceCommand): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(program, words, { timeout: COMMAND_MS }, (error, said, errors) => {
      const complaint = error === null ? '' : (errors.trim() || error.message).slice(0, SAID);
      resolve({ ok: error === null, said, complaint });
    });
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
