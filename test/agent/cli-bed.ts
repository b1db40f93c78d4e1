/** The real command line, started as people start it, against a console around a fake peer. One bed a test file. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { RunId, TaskId } from '../../core/domain/ids.ts';
import { aTask } from '../fakes/definitions.ts';
import { type ConsoleBed, startConsoleBed } from './console-bed.ts';

const ENTRY = new URL('../../agent/bin/carillon.mjs', import.meta.url).pathname;
const LONGEST_MS = 15_000;

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

export interface CliBed {
  /** The console that answers; there once the tests of the file begin. */
  readonly console: ConsoleBed;
  /** A folder for files, in which no agent is. */
  readonly scratch: string;
  /** Runs a command line to its end. */
  carillon(words: readonly string[], options?: { input?: string; data?: string }): Promise<Ended>;
  /** Runs a command line with `--json`, expects exit 0, and reads what it printed. */
  json(...words: string[]): Promise<unknown>;
  /** A task of its own for each test, since they share a peer and run in any order; and runs: one goes on, one ended. */
  newTask(): { readonly id: TaskId; readonly runs: readonly [RunId, RunId] };
}

/** Opens a bed before the tests of the file that calls it, and closes it after them. */
export function useCliBed(): CliBed {
  let console: ConsoleBed;
  let scratch: string;
  let counter = 0;
  beforeAll(async () => {
    console = await startConsoleBed();
    scratch = await mkdtemp(join(tmpdir(), 'carillon-cli-'));
  });
  afterAll(async () => {
    await console[Symbol.asyncDispose]();
    await rm(scratch, { recursive: true, force: true });
  });
  const carillon: CliBed['carillon'] = (words, { input = '', data = console.folder } = {}) =>
    runToEnd(words, input, data);
  return {
    get console() {
      return console;
    },
    get scratch() {
      return scratch;
    },
    carillon,
    json: async (...words) => {
      const ended = await carillon([...words, '--json']);
      expect(ended, words.join(' ')).toMatchObject({ code: 0, error: '' });
      return JSON.parse(ended.out) as unknown;
    },
    newTask: () => {
      counter += 1;
      const id = `job-${counter}` as TaskId;
      console.peer.addTask(aTask(id));
      const going = console.peer.addRun({ taskId: id, state: 'running' });
      return { id, runs: [going.id, console.peer.addRun({ taskId: id, exitCode: 0 }).id] };
    },
  };
}

/** For commands that take a while: some at once. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

function runToEnd(words: readonly string[], input: string, data: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ENTRY, ...words], {
      env: { ...process.env, CARILLON_DATA: data, NO_COLOR: '' },
      timeout: LONGEST_MS,
    });
    let out = '';
    let error = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, error }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
