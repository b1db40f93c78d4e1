/** Why a process could not be started, as a code of the catalogue and a sentence that names what is missing. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { ErrorCode } from '../../std/error-codes.ts';

export interface LaunchRefusal {
  readonly code: ErrorCode;
  readonly text: string;
}

/** Checks the folder beforehand, because the operating system reports a missing folder as a missing program. */
export function checkWorkingDirectory(folder: string): LaunchRefusal | undefined {
  if (!isAbsolute(folder)) {
    return { code: 'WORKING_DIRECTORY_MISSING', text: `the working directory ${folder} is not an absolute path` };
  }
  try {
    if (!statSync(folder).isDirectory()) {
      return { code: 'WORKING_DIRECTORY_MISSING', text: `the working directory ${folder} is not a folder` };
    }
    accessSync(folder, constants.X_OK);
    return undefined;
  } catch (error) {
    if (errorCode(error) === 'EACCES') {
      return { code: 'PERMISSION_DENIED', text: `the working directory ${folder} may not be entered` };
    }
    return { code: 'WORKING_DIRECTORY_MISSING', text: `the working directory ${folder} does not exist` };
  }
}

export interface LaunchTarget {
  readonly program: string;
  readonly folder: string;
  readonly path: string | undefined;
  readonly missing: 'COMMAND_NOT_FOUND' | 'INTERPRETER_NOT_FOUND';
}

/** Names the error of `spawn`, thrown or emitted. */
export function spawnRefusal(error: unknown, target: LaunchTarget): LaunchRefusal {
  const { program } = target;
  switch (errorCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return missingProgram(target);
    case 'EACCES':
    case 'EPERM':
      return { code: 'PERMISSION_DENIED', text: `${program} may not be executed` };
    case 'E2BIG':
      return { code: 'ARGUMENTS_TOO_LONG', text: `the arguments and environment of ${short(program)} are too long` };
    case 'ERR_INVALID_ARG_VALUE':
      return { code: 'ARGUMENTS_TOO_LONG', text: `an argument of ${short(program)} holds a NUL character or is empty` };
    case 'ENOEXEC':
      return {
        code: 'SPAWN_FAILED',
        text: `${program} is no program of this system; a script needs a first line such as #!/bin/sh`,
      };
    default:
      return (
        storageRefusal(error) ?? {
          code: 'SPAWN_FAILED',
          text: `${short(program)} could not be started: ${messageOf(error)}`,
        }
      );
  }
}

/** Names an error of the run folder; undefined when the disk is not the reason. */
export function storageRefusal(error: unknown): LaunchRefusal | undefined {
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return { code: 'STORAGE_FULL', text: 'the disk of the data folder is full' };
    case 'EROFS':
    case 'EIO':
      return { code: 'STORAGE_FAILED', text: `the data folder cannot be written: ${messageOf(error)}` };
    default:
      return undefined;
  }
}

export function errorCode(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? '') : '';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A program that exists and yet is not found has a first line that names a missing interpreter. */
function missingProgram(target: LaunchTarget): LaunchRefusal {
  const found = findProgram(target);
  if (found !== undefined) {
    return { code: 'INTERPRETER_NOT_FOUND', text: `the interpreter in the first line of ${found} does not exist` };
  }
  const where = target.program.includes('/') ? 'does not exist' : 'is not in the PATH of the agent';
  return { code: target.missing, text: `${short(target.program)} ${where}` };
}

function findProgram({ program, folder, path }: LaunchTarget): string | undefined {
  const candidates = program.includes('/')
    ? [resolve(folder, program)]
    : (path ?? '').split(delimiter).map((entry) => join(resolve(folder, entry), program));
  return candidates.find((candidate) => {
    try {
      return statSync(candidate).isFile();
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG'].includes(errorCode(error))) return false;
      throw error;
    }
  });
}

function short(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}
