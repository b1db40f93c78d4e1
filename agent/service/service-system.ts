/** The service manager of this machine: its file written, its commands run, each within a time. */
import { execFile } from 'node:child_process';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppErrorException, appError } from '../../core/std/app-error.ts';
import type { ServiceCommand, ServicePlan } from './service-plan.ts';

const COMMAND_MS = 60_000;
/** Characters of what a failed command said. */
const SAID = 500;

export interface ServiceStatus {
  readonly installed: boolean;
  readonly active: boolean;
}

/** Writes the file, and has the manager start it now and from now on. SERVICE_UNAVAILABLE, FILE_NOT_WRITABLE. */
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
  return { installed, active: (await outcomeOf(plan.status)) === undefined };
}

async function runCommand({ manager }: ServicePlan, command: ServiceCommand): Promise<void> {
  const said = await outcomeOf(command);
  if (said === undefined || command.mayFail === true) return;
  const message = `${manager} did not do "${command.argv.join(' ')}": ${said}`;
  throw new AppErrorException(appError('SERVICE_UNAVAILABLE', message));
}

/** What a command said when it failed; undefined when it did not. */
function outcomeOf({ argv: [program, ...words] }: ServiceCommand): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, words, { timeout: COMMAND_MS }, (error, _out, errors) => {
      resolve(error === null ? undefined : (errors.trim() || error.message).slice(0, SAID));
    });
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
