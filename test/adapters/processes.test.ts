/** The real process runner: the shared contract, then what only real processes can show. */
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Action } from '../../core/domain/action.ts';
import { createOutputStore } from '../../core/adapters/processes/output-store.ts';
import { chunkOutputOf } from '../../core/api/output-chunk.ts';
import type { ProcessRunner } from '../../core/ports/process-runner.ts';
import { createFakeApiHost } from '../fakes/api-host.ts';
import { describeProcessRunner } from '../conformance/process-runner.ts';
import { EventRecorder, launchSpec, startRunner } from '../conformance/process-world.ts';
import {
  command,
  createRealProcessWorld,
  pidsOfRun,
  shell,
  until,
  type RealProcessWorld,
} from './processes/real-process-world.ts';

describeProcessRunner('launcher', () => createRealProcessWorld());

describe('real processes', () => {
  let world: RealProcessWorld;
  let recorder: EventRecorder;
  let runner: ProcessRunner;

  beforeEach(async () => {
    world = await createRealProcessWorld();
    recorder = new EventRecorder();
    runner = await startRunner(world, recorder);
  });
  afterEach(() => world.close());

  const run = async (...args: Parameters<typeof launchSpec>) => {
    const spec = launchSpec(...args);
    runner.launch(spec);
    return { spec, final: await recorder.final(spec.runId), output: await world.outputOf(spec.runId) };
  };

  test('what a task writes to standard error is told apart', async () => {
    const spec = launchSpec(shell('echo out; echo bad >&2; echo more; echo worse >&2'));
    runner.launch(spec);
    await recorder.final(spec.runId);
    const chunk = await createOutputStore({ dataFolder: world.dataFolder }).read(spec.runId, 0, 100);
    // Which of the two pipes is read first is a matter of chance; what came by which is not.
    const errors = { encoding: 'text', stream: 'stderr' } as const;
    expect(chunk && chunkOutputOf(spec.runId, chunk, errors, createFakeApiHost()).data).toBe('bad\nworse\n');
    const rest = { encoding: 'text', stream: 'stdout' } as const;
    expect(chunk && chunkOutputOf(spec.runId, chunk, rest, createFakeApiHost()).data).toBe('out\nmore\n');
  });

  test('a process that a signal ended has that signal and no exit code', async () => {
    const { final } = await run(shell('kill -9 $$'));
    expect(final).toMatchObject({ outcome: { signal: 'SIGKILL', exitCode: undefined, cancelled: false } });
  });

  test('what a task is given reaches its program as it is, whatever a shell would make of it', async () => {
    const words = [
      '$(touch owned)',
      '`touch owned`',
      '; touch owned',
      '" \'; touch owned #',
      '-rf',
      '$HOME',
      '%s\\n',
      '*',
    ];
    const program =
      'process.stdout.write(JSON.stringify([process.argv.slice(1), process.env.WORD, process.env.CARILLON_TASK_NAME]))';
    const [word = ''] = words;
    const action = command(process.execPath, '-e', program, '--', ...words);
    const { output } = await run({ ...action, environment: { WORD: word } } as typeof action, {
      environment: { CARILLON_TASK_NAME: word },
    });
    expect(JSON.parse(output)).toEqual([words, word, word]);
  });

  test.each([
    '$(touch owned)',
    '`touch owned`',
    '"; touch owned; "',
    "'; touch owned #",
    '-rf',
    'a\nb',
    '*',
    ' %s\\n ',
  ])('the value %j of a parameter is a text to a script, and nothing of it is run', async (value) => {
    const environment = { CARILLON_PARAM_NOTE: value };
    const { output } = await run(shell('printf "%s|" "$CARILLON_PARAM_NOTE"'), { environment });
    expect(output).toBe(`${value}|`);
  });

  test('both streams are kept, in order, and may be opened by name', async () => {
    const { output } = await run(shell('echo one; echo two >/dev/stderr; sleep 0.05; echo three >/dev/stdout'));
    expect(output.split('\n').sort()).toEqual(['', 'one', 'three', 'two']);
    expect(output.endsWith('three\n')).toBe(true);
  });

  test('standard input is the description of the run, or what the action says', async () => {
    expect((await run(shell('cat'))).output).toBe('{"task":"example"}');
    expect((await run(shell('cat; cat /dev/stdin', { stdin: 'given' }))).output).toBe('givengiven');
    const unread = await run(shell('exit 0', { stdin: 'x'.repeat(100_000) }));
    expect(unread.final).toMatchObject({ outcome: { exitCode: 0 } });
  });

  test('the environment is that of the agent without what is private, plus the task, plus the run', async () => {
    const saved = { ...process.env };
    Object.assign(process.env, { CARILLON_TOKEN: 'secret', ELECTRON_RUN_AS_NODE: '1', COLOUR: 'blue', SHAPE: 'round' });
    try {
      const second = world.createRunner();
      await second.start(recorder.take, []);
      runner = second;
    } finally {
      process.env = saved;
    }
    const { spec, output } = await run(shell('env', { environment: { COLOUR: 'red', CARILLON_ATTEMPT: 'forged' } }));
    const lines = output.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining(['COLOUR=red', 'SHAPE=round', 'CARILLON_ATTEMPT=1', 'CARILLON_FENCING_TOKEN=7']),
    );
    expect(lines).toContain(`CARILLON_RUN_ID=${spec.runId}`);
    expect(output).not.toMatch(/CARILLON_TOKEN|ELECTRON_|NODE_COMPILE_CACHE/);
  });

  test('the script of a shell action is private, and gone afterwards', async () => {
    const { spec, output } = await run(shell('stat -c %a "$0"'));
    expect(output).toBe('600\n');
    expect(readdirSync(join(world.dataFolder, 'runs', spec.runId.slice(0, 2), spec.runId)).sort()).toEqual([
      'exit.json',
      'meta.json',
      'output',
    ]);
  });

  test('a task may remove its own script, and even its folder', async () => {
    for (const script of ['rm "$0"; exit 3', 'rm -r "$(dirname "$0")"; exit 3']) {
      expect((await run(shell(script))).final).toMatchObject({ outcome: { exitCode: 3 } });
    }
    expect(world.launcherPids()).toHaveLength(1);
  });

  test('a run starts in the home folder unless the task says otherwise', async () => {
    expect((await run(command('pwd'))).output).toBe(`${process.env['HOME']}\n`);
    expect((await run(shell('pwd', { workingDirectory: '/' }))).output).toBe('/\n');
  });

  test.each<[string, Action]>([
    ['WORKING_DIRECTORY_MISSING', shell('true', { workingDirectory: '/no/such/folder' })],
    ['WORKING_DIRECTORY_MISSING', shell('true', { workingDirectory: '/etc/hostname' })],
    ['COMMAND_NOT_FOUND', command('/no/such/program')],
    ['INTERPRETER_NOT_FOUND', shell('true', { interpreter: ['/no/such/shell'] })],
    ['PERMISSION_DENIED', command('/')],
    ['ARGUMENTS_TOO_LONG', command('true', 'x'.repeat(200_000))],
    ['ARGUMENTS_TOO_LONG', command('true', 'a\0b')],
  ])('a run that cannot start says %s', async (code, action) => {
    const { final } = await run(action);
    expect(final).toMatchObject({ type: 'not-started', code });
    expect((final as { text: string }).text.length).toBeLessThan(300);
  });

  test('a program whose own first line names a missing interpreter says so', async () => {
    const program = join(world.workFolder, 'program');
    writeFileSync(program, '#!/no/such/interpreter\n');
    chmodSync(program, 0o755);
    expect((await run(command(program))).final).toMatchObject({ type: 'not-started', code: 'INTERPRETER_NOT_FOUND' });
  });

  test('a script without a first line is run by the shell, as shells do it', async () => {
    const program = join(world.workFolder, 'program');
    writeFileSync(program, 'echo plain; exit 6\n');
    expect((await run(command(program))).final).toMatchObject({ type: 'not-started', code: 'PERMISSION_DENIED' });
    chmodSync(program, 0o755);
    expect((await run(command(program))).final).toMatchObject({ type: 'ended', outcome: { exitCode: 6 } });
  });

  test('output beyond the limit is counted, and the task ends in its own time', async () => {
    const { final, spec } = await run(shell('head -c 50000000 /dev/zero; exit 4'), { outputLimitBytes: 10_000 });
    expect(final).toMatchObject({ outcome: { exitCode: 4, outputBytes: 10_000, outputDroppedBytes: 49_990_000 } });
    expect((await world.outputOf(spec.runId)).length).toBe(10_000);
  });

  test('all output within the limit is kept, byte for byte', async () => {
    const { final } = await run(shell('seq 1 1000000'), { outputLimitBytes: 64 * 1024 * 1024 });
    expect(final).toMatchObject({ outcome: { outputBytes: 6_888_896, outputDroppedBytes: 0 } });
  });

  test('protocol lines are taken out of the output, and only from standard output', async () => {
    const script = [
      'echo before',
      'printf "::carillon::{\\"prog"; sleep 0.05; printf "ress\\":0.5}\\nmid"; echo dle',
      'echo ::carillon::nonsense',
      `echo '::carillon::{"result":1}' >&2`,
      `printf '::carillon::{"result":[1,2]}'`,
    ].join('\n');
    const { final, output, spec } = await run(shell(script));
    expect(output).toBe('before\nmiddle\n::carillon::nonsense\n::carillon::{"result":1}\n');
    expect(final).toMatchObject({ outcome: { result: '[1,2]', exitCode: 0 } });
    expect(recorder.of(spec.runId)).toContainEqual({ type: 'progress', runId: spec.runId, fraction: 0.5 });
  });

  test('progress is passed on five times a second at most, the newest always', async () => {
    const script =
      'i=0; while [ $i -le 1000 ]; do printf \'::carillon::{"progress":%d.%03d}\\n\' $((i/1000)) $((i%1000)); i=$((i+1)); done';
    const { final, spec } = await run(shell(script));
    const reports = recorder.of(spec.runId).filter((event) => event.type === 'progress');
    const { startedAt, finishedAt } = (final as { outcome: { startedAt: number; finishedAt: number } }).outcome;
    expect(reports.length).toBeLessThanOrEqual(3 + (finishedAt - startedAt) / 200);
    expect(reports.at(-1)).toMatchObject({ fraction: 1 });
  });

  test('a process that is left behind does not hold up the end of its run', async () => {
    const { final, spec } = await run(shell('sleep 600 & echo started; exit 2'));
    expect(final).toMatchObject({ outcome: { exitCode: 2 } });
    const left = pidsOfRun(spec.runId);
    expect(left).toHaveLength(1);
    for (const pid of left) process.kill(pid, 'SIGKILL');
  });

  test('two hundred launches at once all run and end', async () => {
    const specs = Array.from({ length: 200 }, () => launchSpec(command('true')));
    for (const spec of specs) runner.launch(spec);
    for (const spec of specs) expect(await recorder.final(spec.runId)).toMatchObject({ outcome: { exitCode: 0 } });
    expect(recorder.events).toHaveLength(400);
  });

  test('a data folder has one launcher, and its files are private', async () => {
    await until(() => world.launcherPids().length === 1);
    expect(existsSync(join(world.dataFolder, 'launcher', 'launcher.sock'))).toBe(true);
  });
});
