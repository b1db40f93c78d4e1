/** The real command line, started as people start it, against a console around a fake peer. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CliHost } from '../../agent/cli/cli-host.ts';
import { createProgram } from '../../agent/cli/program.ts';
import type { RunId, TaskId } from '../../core/domain/ids.ts';
import { aTask } from '../fakes/definitions.ts';
import { MACHINES } from '../fakes/peer-handle.ts';
import { type ConsoleBed, startConsoleBed } from './console-bed.ts';

const ENTRY = new URL('../../agent/bin/carillon.mjs', import.meta.url).pathname;
const LONGEST_MS = 15_000;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

let bed: ConsoleBed;
let scratch: string;

beforeAll(async () => {
  bed = await startConsoleBed();
  scratch = await mkdtemp(join(tmpdir(), 'carillon-cli-'));
});

afterAll(async () => {
  await bed[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true, force: true });
});

/** Runs a command line to its end. */
function carillon(
  words: readonly string[],
  { input = '', data = bed.folder }: { input?: string; data?: string } = {},
): Promise<Ended> {
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

/** Runs a command line with `--json`, expects exit 0, and reads what it printed. */
async function json(...words: string[]): Promise<unknown> {
  const ended = await carillon([...words, '--json']);
  expect(ended, words.join(' ')).toMatchObject({ code: 0, error: '' });
  return JSON.parse(ended.out);
}

/** A task and runs of its own for each test, since they share a peer and run in any order. */
let counter = 0;
function newTask(): { id: TaskId; runs: RunId[] } {
  counter += 1;
  const id = `job-${counter}` as TaskId;
  bed.peer.addTask(aTask(id));
  const runs = [bed.peer.addRun({ taskId: id, state: 'running' }).id, bed.peer.addRun({ taskId: id, exitCode: 0 }).id];
  return { id, runs };
}

test('FILE_NOT_READABLE: a task file that is not there is named, and nothing is sent', async () => {
  const missing = join(scratch, 'missing.yaml');
  const { code, error } = await carillon(['task', 'apply', missing]);
  expect(code).toBe(2);
  expect(error).toContain('FILE_NOT_READABLE');
  expect(error).toContain(missing);
});

describe('answers for programs', () => {
  test('cluster status', async () => {
    const status = (await json('cluster', 'status')) as { members: object[]; document: { heads: string[] } };
    expect(status.members[0]).toMatchObject({ id: MACHINES.alpha, state: 'alive', runLogSequence: 7 });
    expect(status.document.heads).toHaveLength(1);
  });

  test('machines, and changes of one', async () => {
    expect(await json('machines')).toMatchObject({
      machines: expect.arrayContaining([expect.objectContaining({ id: MACHINES.beta })]),
    });
    expect(await json('machine', 'label', 'gamma', 'disk=ssd', 'room=attic')).toMatchObject({
      labels: { disk: 'ssd', room: 'attic' },
    });
    expect(await json('machine', 'drain', 'Gggg')).toEqual({ id: MACHINES.gamma });
    expect(await json('machine', 'resume', MACHINES.gamma)).toEqual({ id: MACHINES.gamma });
  });

  test('runs, with every key present', async () => {
    const { id, runs } = newTask();
    const listed = (await json('runs', '--task', id)) as { runs: Record<string, unknown>[]; nextCursor: unknown };
    expect(listed.nextCursor).toBeNull();
    expect(listed.runs.map((run) => run['id'])).toEqual(runs.toReversed());
    expect(Object.keys(listed.runs[0] ?? {})).toEqual(
      expect.arrayContaining([
        'taskId',
        'occurrenceId',
        'attempt',
        'machineId',
        'state',
        'nominalAt',
        'claimedAt',
        'startedAt',
        'finishedAt',
        'exitCode',
        'reason',
      ]),
    );
    expect(listed.runs[0]?.['nominalAt']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(await json('runs', '--task', id, '--state', 'running', '--since', '2026-01-01T00:00:00Z')).toMatchObject({
      runs: [{ id: runs[0] }],
    });
    expect(await json('run', 'show', (runs[1] ?? '').slice(0, 12))).toMatchObject({
      run: { id: runs[1] },
      attempts: [{}],
    });
  });

  test('tasks: apply, list, show, owner, run, suspend, delete, restore, history', async () => {
    const file = join(scratch, 'tasks.yaml');
    await writeFile(file, 'name: Night Watch\ncommand: [echo, "hi"]\nschedule: 0 3 * * *\n');
    const applied = await carillon(['task', 'apply', file, '--json']);
    expect(JSON.parse(applied.out)).toEqual({ tasks: [{ id: 'night-watch', outcome: 'created' }] });
    expect(await json('task', 'list', '--text', 'watch')).toMatchObject({
      tasks: [{ id: 'night-watch' }],
      total: 1,
      nextOffset: null,
    });
    expect(await json('task', 'show', 'night-watch')).toMatchObject({ definition: { id: 'night-watch' } });
    expect(await json('task', 'owner', 'night-watch')).toMatchObject({
      taskId: 'night-watch',
      owner: { name: 'alpha' },
    });
    expect(await json('task', 'run', 'night-watch')).toMatchObject({ occurrenceIds: [expect.any(String)] });
    expect(await json('next', '--task', 'night-watch', '--count', '2')).toMatchObject({
      occurrences: [expect.any(String), expect.any(String)],
    });
    for (const act of ['suspend', 'resume', 'delete', 'restore'])
      expect(await json('task', act, 'night-watch')).toEqual({ id: 'night-watch' });
    expect(await json('task', 'history', 'night-watch')).toEqual({ revisions: [] });
  });

  test('invite, doctor, validate, import', async () => {
    expect(await json('invite', '--role', 'executor', '--expires', '5m')).toMatchObject({
      token: expect.stringMatching(/^carillon1/),
    });
    expect(await json('doctor')).toMatchObject({ ok: true, checks: expect.any(Array) });
    const crontab = join(scratch, 'crontab');
    await writeFile(crontab, '*/5 * * * * /usr/bin/backup-things\n@reboot /usr/bin/once\n');
    expect(await json('import', 'crontab', crontab, '--dry-run')).toMatchObject({
      imported: false,
      jobs: [{ line: 1 }],
      skipped: [{ line: 2 }],
    });
    expect([...bed.peer.tasksById.keys()].some((id) => id.includes('backup-things'))).toBe(false);
    expect(await json('import', 'crontab', crontab)).toMatchObject({ imported: true });
    expect([...bed.peer.tasksById.keys()].some((id) => id.includes('backup'))).toBe(true);
  });

  test('next of an expression needs no agent, nor does a batch', async () => {
    const words = [
      'next',
      '--cron',
      '30 2 * * *',
      '--tz',
      'Europe/Berlin',
      '--from',
      '2026-03-28T12:00:00Z',
      '--count',
      '1',
      '--json',
    ];
    const once = await carillon(words, { data: scratch });
    expect(JSON.parse(once.out)).toEqual({ occurrences: ['2026-03-29T03:00:00+02:00'] });
    const input = '{"cron":"@daily","from":"2026-01-01T00:00:00Z","count":1}\nnonsense\n';
    const batch = await carillon(['next', '--batch'], { data: scratch, input });
    const lines = batch.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([{ occurrences: ['2026-01-02T00:00:00+00:00'] }, { error: { code: 'INVALID_INPUT' } }]);
  });
});

describe('output of runs', () => {
  test('is printed byte for byte', async () => {
    const { runs } = newTask();
    const run = runs[1] as RunId;
    const text = 'ünï '.repeat(40_000);
    bed.peer.output.set(run, { bytes: Buffer.from(text), complete: true });
    expect((await carillon(['logs', run])).out).toBe(text);
    expect((await carillon(['run', 'logs', run, '--follow'])).out).toBe(text);
    expect(await json('logs', run)).toMatchObject({ runId: run, output: text, complete: true });
  });

  test('is followed until the run ends, whose state decides the exit code', async () => {
    const { id } = newTask();
    expect(await carillon(['task', 'run', id, '--follow'])).toMatchObject({ code: 0, out: 'done by hand\n' });
  });

  test('a run is cancelled once', async () => {
    const { runs } = newTask();
    expect(await json('cancel', runs[0] ?? '')).toEqual({ id: runs[0] });
    expect(await carillon(['run', 'cancel', runs[1] ?? ''])).toMatchObject({
      code: 3,
      error: expect.stringContaining('RUN_NOT_ACTIVE'),
    });
  });
});

describe('failures', () => {
  test('exit codes tell their kind, and people are told what to do', async () => {
    const missing = await carillon(['task', 'show', 'none']);
    expect(missing).toMatchObject({ code: 3, out: '' });
    expect(missing.error).toBe(
      'error TASK_NOT_FOUND: there is no task "none"\n`carillon task list` shows the tasks that exist.\n',
    );
    const asJson = await carillon(['task', 'show', 'none', '--json']);
    expect(asJson).toMatchObject({ code: 3, error: '' });
    expect(JSON.parse(asJson.out)).toMatchObject({ error: { code: 'TASK_NOT_FOUND', advice: expect.any(String) } });
  });

  test('every command without its agent says so with exit 4', async () => {
    const run = 'a'.repeat(20);
    const lines = [
      'cluster status',
      'cluster create x',
      'invite',
      'join carillon1x',
      'machines',
      'machine rename a b',
      'machine label a x=y',
      'machine drain a',
      'machine resume a',
      'machine remove a',
      'task list',
      'task show a',
      'task delete a',
      'task restore a',
      'task suspend a',
      'task resume a',
      'task run a',
      'task owner a',
      'task history a',
      'next',
      'next --task a',
      'runs',
      `run show ${run}`,
      `logs ${run}`,
      `cancel ${run}`,
      'doctor',
    ];
    for (const group of chunks(lines, 4)) {
      const ended = await Promise.all(group.map((line) => carillon([...line.split(' '), '--json'], { data: scratch })));
      for (const [index, { code, out }] of ended.entries()) {
        expect(code, group[index]).toBe(4);
        expect(JSON.parse(out)).toMatchObject({ error: { code: 'AGENT_UNREACHABLE' } });
      }
    }
  }, 60_000);

  test('an agent that is gone, and one that is another, are not reachable', async () => {
    const folder = await mkdtemp(join(scratch, 'gone-'));
    await writeFile(join(folder, 'console.json'), JSON.stringify({ port: 1, token: 'x', pid: 1 }));
    expect(await carillon(['runs'], { data: folder })).toMatchObject({
      code: 4,
      error: expect.stringContaining('AGENT_UNREACHABLE'),
    });
    await writeFile(join(folder, 'console.json'), JSON.stringify({ port: bed.console.port, token: 'wrong', pid: 1 }));
    expect((await carillon(['runs'], { data: folder })).code).toBe(4);
    await writeFile(join(folder, 'console.json'), '{"port":');
    expect((await carillon(['runs'], { data: folder })).code).toBe(4);
  });

  test('wrong usage is exit 2, whoever finds it', async () => {
    const file = join(scratch, 'wrong.yaml');
    await writeFile(file, 'name: X\ncomand: [true]\n');
    const { id } = newTask();
    const lines = [
      ['bogus'],
      ['task'],
      ['runs', '--bogus'],
      ['runs', '--state', 'nope'],
      ['runs', '--limit', '0'],
      ['runs', '--limit', 'many'],
      ['runs', '--since', 'yesterday'],
      ['runs', '--cursor', 'nonsense'],
      ['runs', '--task', 'No Slug'],
      ['run', 'show', '!'],
      ['logs'],
      ['logs', 'x', 'y'],
      ['invite', '--role', 'king'],
      ['invite', '--expires', '10'],
      ['machine', 'label', 'alpha', 'what'],
      ['machine', 'rename', 'alpha'],
      ['cluster', 'create', ' '],
      ['next', '--cron', '61 * * * *'],
      ['next', '--cron', '@daily', '--tz', 'Mars/Base'],
      ['next', '--cron', '@daily', '--task', id],
      ['next', '--task', id, '--count', '0'],
      ['task', 'apply', join(scratch, 'none.yaml')],
      ['task', 'apply', scratch],
      ['task', 'apply', file],
      ['task', 'validate', file],
      ['import', 'crontab', join(scratch, 'none')],
      ['start', '--console', '70000'],
      ['start', '--label', 'what'],
    ];
    for (const group of chunks(lines, 4)) {
      const ended = await Promise.all(group.map((line) => carillon(line)));
      for (const [index, { code, error }] of ended.entries()) {
        expect(code, group[index]?.join(' ')).toBe(2);
        expect(error).not.toBe('');
        expect(error).not.toContain('    at ');
      }
    }
    const asJson = await carillon(['task', 'validate', file, '--json']);
    expect(JSON.parse(asJson.out)).toMatchObject({ error: { code: 'UNKNOWN_FIELD', line: 2, field: 'comand' } });
    expect(JSON.parse((await carillon(['runs', '--bogus', '--json'])).out)).toMatchObject({
      error: { code: 'INVALID_INPUT' },
    });
  }, 60_000);
});

describe('the tree of commands', () => {
  test('every command has an example, --json and --data, and stands in docs/CLI.md', async () => {
    const document = await readFile(new URL('../../docs/CLI.md', import.meta.url), 'utf8');
    const described: string[] = [];
    const visit = (command: Command, path: string): void => {
      for (const child of command.commands) visit(child, `${path} ${child.name()}`);
      if (command.commands.length > 0) return;
      const flags = command.options.map((option) => option.long);
      expect(flags, path).toEqual(expect.arrayContaining(['--json', '--data']));
      expect(helpOf(command), path).toContain('Example:');
      const usage = [
        path,
        ...command.registeredArguments.map((operand) =>
          operandText(operand.name(), operand.variadic, operand.required),
        ),
      ].join(' ');
      expect(document).toContain(`\n### \`${usage}\`\n`);
      const section = document.split(`\n### \`${usage}\`\n`)[1]?.split('\n### ')[0] ?? '';
      for (const option of command.options) {
        if (option.long !== '--json' && option.long !== '--data')
          expect(section, usage).toContain(`\`${option.flags}\``);
      }
      described.push(usage);
    };
    for (const command of createProgram(silentHost()).commands) visit(command, `carillon ${command.name()}`);
    expect([...document.matchAll(/^### `(.+)`$/gm)].map(([, usage]) => usage).sort()).toEqual(described.sort());
  });

  test('version and help are exit 0', async () => {
    expect(await carillon(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(await carillon(['help'])).toMatchObject({ code: 0, out: expect.stringContaining('cluster') });
    expect(await carillon(['task', 'apply', '--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('Example:'),
    });
  });
});

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

function operandText(name: string, variadic: boolean, required: boolean): string {
  const inner = variadic ? `${name}...` : name;
  return required ? `<${inner}>` : `[${inner}]`;
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

function silentHost(): CliHost {
  return {
    writeOut: async () => undefined,
    writeError: () => undefined,
    environment: {},
    terminal: false,
    columns: 0,
    platform: 'linux',
    homeFolder: '/home/someone',
    input: (async function* () {})(),
    now: () => 0,
    setExitCode: () => undefined,
  };
}
