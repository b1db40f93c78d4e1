/** Time limit and cancel end everything that came out of a run, however it tried to get away. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProcessRunner } from '../../core/ports/process-runner.ts';
import { EventRecorder, launchSpec, startRunner } from '../conformance/process-world.ts';
import {
  createRealProcessWorld,
  isAlive,
  pidsOfRun,
  shell,
  until,
  type RealProcessWorld,
} from './processes/real-process-world.ts';

/** Six processes: two in sessions of their own, two forked twice; none heeds TERM. */
const STUBBORN_TREE = [
  "trap '' TERM",
  "setsid sh -c 'while :; do sleep 0.1; done' &",
  "setsid sh -c 'while :; do sleep 0.1; done' &",
  "( sh -c 'while :; do sleep 0.1; done' & ) &",
  "( setsid sh -c 'while :; do sleep 0.1; done' & ) &",
  "sh -c 'while :; do sleep 0.1; done' &",
  'echo ready',
  'while :; do sleep 0.1; done',
].join('\n');

describe('the end of a process tree', () => {
  let world: RealProcessWorld;
  let recorder: EventRecorder;
  let runner: ProcessRunner;

  beforeEach(async () => {
    world = await createRealProcessWorld();
    recorder = new EventRecorder();
    runner = await startRunner(world, recorder);
  });
  afterEach(() => world.close());

  test('a time limit leaves nothing of a tree that resists', async () => {
    const spec = launchSpec(shell(STUBBORN_TREE), { timeoutMs: 600, killGraceMs: 200 });
    runner.launch(spec);
    await until(() => pidsOfRun(spec.runId).length >= 6);
    const { outcome } = await recorder.event(spec.runId, 'ended');
    expect(outcome).toMatchObject({ timedOut: true, cancelled: false, signal: 'SIGKILL' });
    expect(pidsOfRun(spec.runId)).toEqual([]);
  });

  test('a cancel leaves nothing of it either', async () => {
    const spec = launchSpec(shell(STUBBORN_TREE));
    runner.launch(spec);
    await until(() => pidsOfRun(spec.runId).length >= 6);
    runner.terminate(spec.runId, 100);
    expect((await recorder.event(spec.runId, 'ended')).outcome.cancelled).toBe(true);
    expect(pidsOfRun(spec.runId)).toEqual([]);
  });

  test('a task that tidies up on TERM has the grace time for it, and keeps its exit code', async () => {
    const spec = launchSpec(
      shell("trap 'sleep 0.3; echo tidy; exit 5' TERM; echo ready; while :; do sleep 0.05; done"),
    );
    runner.launch(spec);
    await untilOutput(spec.runId, 'ready\n');
    runner.terminate(spec.runId, 10_000);
    const { outcome } = await recorder.event(spec.runId, 'ended');
    expect(outcome).toMatchObject({ exitCode: 5, signal: undefined, cancelled: true });
    expect(await world.outputOf(spec.runId)).toContain('tidy\n');
  });

  test('a second cancel with less grace shortens the wait', async () => {
    const spec = launchSpec(shell("trap '' TERM; echo ready; while :; do sleep 0.05; done"));
    runner.launch(spec);
    await untilOutput(spec.runId, 'ready\n');
    runner.terminate(spec.runId, 600_000);
    runner.terminate(spec.runId, 0);
    expect((await recorder.event(spec.runId, 'ended')).outcome.signal).toBe('SIGKILL');
  });

  test('a process with an empty environment whose parent is gone does not get away', async () => {
    const loop = "trap '' TERM; echo $$; while :; do /bin/sleep 0.1; done";
    const spec = launchSpec(shell(`env -i /bin/sh -c "${loop.replaceAll('$', '\\$')}" & sleep 600`));
    runner.launch(spec);
    await recorder.event(spec.runId, 'started');
    let pid = 0;
    while (pid === 0) pid = Number((await world.outputOf(spec.runId)).trim());
    runner.terminate(spec.runId, 300);
    await recorder.final(spec.runId);
    expect(isAlive(pid)).toBe(false);
  });

  test('a first process that ends on TERM does not end the run before its children have', async () => {
    const spec = launchSpec(
      shell('setsid sh -c "trap \'\' TERM; while :; do sleep 0.05; done" & echo ready; sleep 600'),
    );
    runner.launch(spec);
    await until(() => pidsOfRun(spec.runId).length >= 3);
    runner.terminate(spec.runId, 300);
    const { outcome } = await recorder.event(spec.runId, 'ended');
    expect(outcome.signal).toBe('SIGTERM');
    expect(pidsOfRun(spec.runId)).toEqual([]);
  });

  test('other runs are left alone', async () => {
    const [first, second] = [launchSpec(shell('sleep 600')), launchSpec(shell('sleep 600'))];
    for (const spec of [first, second]) runner.launch(spec);
    await until(() => pidsOfRun(first.runId).length > 0 && pidsOfRun(second.runId).length > 0);
    runner.terminate(first.runId, 0);
    await recorder.final(first.runId);
    expect(pidsOfRun(second.runId).length).toBeGreaterThan(0);
    runner.terminate(second.runId, 0);
    await recorder.final(second.runId);
  });

  const untilOutput = async (runId: Parameters<RealProcessWorld['outputOf']>[0], text: string): Promise<void> => {
    while (!(await world.outputOf(runId)).includes(text)) await new Promise((resolve) => setImmediate(resolve));
  };
});
