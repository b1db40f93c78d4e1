/** What becomes of runs when the agent, the launcher, or both die at the worst moment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { RunId } from '../../core/domain/ids.ts';
import type { LaunchSpec, ProcessEvent, ProcessRunner } from '../../core/ports/process-runner.ts';
import { processStartTime } from '../../core/adapters/processes/process-table.ts';
import { EventRecorder, launchSpec, startRunner } from '../conformance/process-world.ts';
import {
  command,
  createRealProcessWorld,
  killProcess,
  pidsOfRun,
  shell,
  until,
  type RealProcessWorld,
} from './processes/real-process-world.ts';

describe('recovery of runs', () => {
  let world: RealProcessWorld;
  let recorder: EventRecorder;

  beforeEach(async () => {
    world = await createRealProcessWorld();
    recorder = new EventRecorder();
  });
  afterEach(() => world.close());

  const nextRunner = (unfinished: readonly RunId[] = []): Promise<ProcessRunner> =>
    startRunner(world, recorder, unfinished);

  /** A task that goes on until the file `gate` appears, then says so and ends with code 7. */
  const gated = (): LaunchSpec =>
    launchSpec(
      shell(`echo begun; while ! [ -e ${join(world.workFolder, 'gate')} ]; do sleep 0.02; done; echo done; exit 7`),
    );
  const openGate = (): void => writeFileSync(join(world.workFolder, 'gate'), '');

  /** Starts an agent in a process of its own, and kills it without warning once all runs have started. */
  const agentThatIsKilled = async (specs: readonly LaunchSpec[]): Promise<void> => {
    const script = fileURLToPath(new URL('./processes/agent-fixture.ts', import.meta.url));
    const agent = spawn(process.execPath, [script, world.dataFolder, JSON.stringify(specs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let started = 0;
    for await (const line of createInterface({ input: agent.stdout })) {
      if ((JSON.parse(line) as ProcessEvent).type === 'started') started += 1;
      if (started === specs.length) break;
    }
    const exited = new Promise((resolve) => agent.once('exit', resolve));
    agent.kill('SIGKILL');
    await exited;
  };

  test('an agent that was dropped without a word is replaced by the next, which adopts its runs', async () => {
    const forgotten = await nextRunner();
    const spec = gated();
    forgotten.launch(spec);
    const started = await recorder.event(spec.runId, 'started');
    const former = recorder;
    recorder = new EventRecorder();
    await nextRunner([spec.runId]);
    expect(recorder.events).toEqual([started]);
    openGate();
    expect((await recorder.event(spec.runId, 'ended')).outcome.exitCode).toBe(7);
    expect(await world.outputOf(spec.runId)).toBe('begun\ndone\n');
    expect(former.of(spec.runId)).toEqual([started]);
  });

  test('a run outlives the kill of its agent, and the next agent gets output and exit code', async () => {
    const spec = gated();
    await agentThatIsKilled([spec]);
    expect(pidsOfRun(spec.runId).length).toBeGreaterThan(0);
    await nextRunner([spec.runId]);
    expect(recorder.events).toMatchObject([{ type: 'started', pid: expect.any(Number) as number }]);
    openGate();
    expect((await recorder.event(spec.runId, 'ended')).outcome).toMatchObject({ exitCode: 7, outputBytes: 11 });
    expect(await world.outputOf(spec.runId)).toBe('begun\ndone\n');
  });

  test('a run that ends while there is no agent, and whose launcher is gone too, is told of by its folder', async () => {
    const spec = gated();
    await agentThatIsKilled([spec]);
    openGate();
    const exit = join(world.dataFolder, 'runs', spec.runId.slice(0, 2), spec.runId, 'exit.json');
    await until(() => existsSync(exit));
    for (const pid of world.launcherPids()) killProcess(pid);
    await until(() => world.launcherPids().length === 0);
    await nextRunner([spec.runId]);
    expect(recorder.events).toMatchObject([{ type: 'ended', outcome: { exitCode: 7 } }]);
  });

  test('time limits hold while there is no agent', async () => {
    const spec = { ...launchSpec(command('sleep', '600')), timeoutMs: 300 };
    await agentThatIsKilled([spec]);
    await until(() => pidsOfRun(spec.runId).length === 0);
    await nextRunner([spec.runId]);
    expect((await recorder.event(spec.runId, 'ended')).outcome.timedOut).toBe(true);
  });

  test('a killed launcher is replaced at once; its runs vanish with their whole trees, and new ones start', async () => {
    const runner = await nextRunner();
    const specs = [
      launchSpec(command('sleep', '600')),
      launchSpec(shell('trap "" TERM PIPE; (setsid sleep 600 &); while :; do sleep 1; done')),
    ];
    for (const spec of specs) runner.launch(spec);
    for (const spec of specs) await recorder.event(spec.runId, 'started');
    await until(() => specs.every((spec, index) => pidsOfRun(spec.runId).length > index));
    const [before] = world.launcherPids();
    killProcess(before as number);
    for (const spec of specs) {
      expect(await recorder.final(spec.runId)).toEqual({ type: 'vanished', runId: spec.runId });
      expect(pidsOfRun(spec.runId)).toEqual([]);
    }
    const next = launchSpec(shell('exit 9'));
    runner.launch(next);
    expect((await recorder.event(next.runId, 'ended')).outcome.exitCode).toBe(9);
    expect(world.launcherPids()).not.toContain(before);
    expect(world.launcherPids()).toHaveLength(1);
  });

  test('what is launched and cancelled while the launcher is away is done when it is back', async () => {
    const runner = await nextRunner();
    const [before] = world.launcherPids();
    killProcess(before as number);
    const lasting = launchSpec(command('sleep', '600'));
    const short = launchSpec(shell('exit 1'));
    runner.launch(lasting);
    runner.launch(short);
    runner.terminate(lasting.runId, 1000);
    for (const spec of [lasting, short]) {
      const final = await recorder.final(spec.runId);
      // Sent into a connection that was dead already: given back untouched.
      if (final.type === 'not-started') expect(final.code).toBe('LAUNCHER_UNAVAILABLE');
      else expect(final.type).toBe('ended');
      expect(pidsOfRun(spec.runId)).toEqual([]);
    }
  });

  test('launches in flight when the launcher is killed get one final event each, and leave no process', async () => {
    const runner = await nextRunner();
    const specs = Array.from({ length: 60 }, () => launchSpec(command('sleep', '600')));
    for (const spec of specs) runner.launch(spec);
    await recorder.event((specs[10] as LaunchSpec).runId, 'started');
    for (const pid of world.launcherPids()) killProcess(pid);
    for (const spec of specs) {
      const final = await recorder.final(spec.runId);
      expect(['vanished', 'not-started']).toContain(final.type);
      if (recorder.of(spec.runId).some((event) => event.type === 'started')) expect(final.type).toBe('vanished');
    }
    expect(specs.flatMap((spec) => pidsOfRun(spec.runId))).toEqual([]);
  });

  test('both agent and launcher killed: what they left is ended by the next agent, and said to be vanished', async () => {
    const spec = launchSpec(shell('trap "" PIPE; while :; do sleep 1; done'));
    await agentThatIsKilled([spec]);
    for (const pid of world.launcherPids()) killProcess(pid);
    await nextRunner([spec.runId]);
    expect(recorder.events).toEqual([{ type: 'vanished', runId: spec.runId }]);
    expect(pidsOfRun(spec.runId)).toEqual([]);
  });

  test('a process that got the number of a lost one is left alone', async () => {
    const runner = await nextRunner();
    const spec = launchSpec(command('sleep', '600'));
    runner.launch(spec);
    await recorder.event(spec.runId, 'started');
    await runner.stop();
    const [launcher] = world.launcherPids();
    killProcess(launcher as number);
    for (const pid of pidsOfRun(spec.runId)) killProcess(pid);
    const path = join(world.dataFolder, 'runs', spec.runId.slice(0, 2), spec.runId, 'meta.json');
    const meta = JSON.parse(readFileSync(path, 'utf8')) as { startTime: string };
    const bystander = startedLaterThan(meta.startTime);
    writeFileSync(path, JSON.stringify({ ...meta, pid: bystander.pid }));
    recorder = new EventRecorder();
    await nextRunner([spec.runId]);
    expect(recorder.events).toEqual([{ type: 'vanished', runId: spec.runId }]);
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
  });

  test('two agents that start at once on one data folder share one launcher', async () => {
    const runners = [world.createRunner(), world.createRunner(), world.createRunner()];
    await Promise.all(runners.map((runner) => runner.start(recorder.take, [])));
    await until(() => world.launcherPids().length === 1);
  });

  test('a second launcher gives way, and disturbs nothing', async () => {
    const runner = await nextRunner();
    const spec = gated();
    runner.launch(spec);
    const started = await recorder.event(spec.runId, 'started');
    const before = world.launcherPids();
    const file = fileURLToPath(new URL('../../core/adapters/processes/launcher.ts', import.meta.url));
    const second = spawn(process.execPath, [file, world.dataFolder], { stdio: 'ignore' });
    await new Promise((resolve) => second.once('exit', resolve));
    await runner.stop();
    recorder = new EventRecorder();
    await nextRunner([spec.runId]);
    expect(recorder.events).toEqual([started]);
    expect(world.launcherPids()).toEqual(before);
    openGate();
    expect((await recorder.event(spec.runId, 'ended')).outcome.exitCode).toBe(7);
  });

  test('a run that ended is not started again when a later agent asks for it, but told of', async () => {
    const runner = await nextRunner();
    const marks = join(world.workFolder, 'marks');
    const spec = launchSpec(shell(`echo once >> ${marks}`));
    runner.launch(spec);
    const ended = await recorder.event(spec.runId, 'ended');
    await runner.stop();
    recorder = new EventRecorder();
    (await nextRunner()).launch(spec);
    expect(await recorder.final(spec.runId)).toEqual(ended);
    expect(readFileSync(marks, 'utf8')).toBe('once\n');
  });

  test('a data folder with a very long path has its socket elsewhere, and leaves none behind', async () => {
    const deep = await createRealProcessWorld('d'.repeat(150));
    const socketFolders = (): string[] =>
      readdirSync(tmpdir()).filter((name) => /^carillon-\d+-[0-9a-f]{24}$/.test(name));
    const before = new Set(socketFolders());
    const runner = deep.createRunner();
    await runner.start(recorder.take, []);
    const spec = launchSpec(shell('exit 2'));
    runner.launch(spec);
    expect((await recorder.event(spec.runId, 'ended')).outcome.exitCode).toBe(2);
    await runner.stop();
    for (const pid of deep.launcherPids()) process.kill(pid, 'SIGTERM');
    await until(() => deep.launcherPids().length === 0);
    expect(socketFolders().filter((name) => !before.has(name))).toEqual([]);
    await deep.close();
  });

  test('a launcher that is told to end finishes what runs first', async () => {
    const runner = await nextRunner();
    const spec = gated();
    runner.launch(spec);
    await recorder.event(spec.runId, 'started');
    const [launcher] = world.launcherPids();
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.kill(launcher as number, signal);
    openGate();
    expect((await recorder.event(spec.runId, 'ended')).outcome.exitCode).toBe(7);
    await until(() => !world.launcherPids().includes(launcher as number));
  });
});

/** A process that is no child of a run. The system counts starts in hundredths of a second: it is not of the same one. */
function startedLaterThan(startTime: string): ChildProcess {
  for (;;) {
    const bystander = spawn('sleep', ['600'], { stdio: 'ignore', detached: true });
    const pid = bystander.pid as number;
    onTestFinished(() => killProcess(pid));
    if (processStartTime(pid) !== startTime) return bystander;
  }
}
