/** Agents that are killed in the middle of a run: with and without the process that they had started. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunOutput } from '../../core/api/run-schemas.ts';
import type { AgentProcess } from './agent-process.ts';
import { bedOfFile } from './agent-bed.ts';
import { endProcess, launchersOf, processesOfRun } from './own-processes.ts';
import { eventually } from './eventually.ts';
import { shellTask, type TaskWishes } from './task-builder.ts';

const bed = bedOfFile();
const first = bed.add('first');
const second = bed.add('second');
const third = bed.add('third');
const all = [first, second, third];

beforeAll(async () => {
  await bed.form(...all);
  await bed.voting(...all);
}, 90_000);
afterEach(() => bed.heal(...all), 90_000);

/** Starts a task that says "begun", waits until the test tells it to go on, says "ended", and exits with 7. */
async function startWaiting(id: string, wishes: TaskWishes): Promise<{ run: RunOutput; executor: AgentProcess }> {
  const script = [
    bed.noteStart(`${id}.starts`),
    'echo begun',
    `for i in $(seq 600); do if [ -e ${bed.folder}/${id}.go ]; then break; fi; sleep 0.1; done`,
    'echo ended',
    'exit 7',
  ].join('\n');
  await first.client.tasks.apply({ definitions: [shellTask(id, script, wishes)] });
  await first.client.tasks.run({ id });
  await eventually(() => expect(bed.starts(`${id}.starts`)).toHaveLength(1));
  const run = await eventually(async () => {
    const views = await Promise.all(all.map((agent) => agent.runsOf(id)));
    for (const runs of views) expect(runs[0]?.state).toBe('running');
    return views[0]?.[0] as RunOutput;
  });
  return { run, executor: bed.agent(run.machineName) };
}

/** Kills the agent, its launcher, and all processes of the run: what a power cut does. */
async function cutPower(agent: AgentProcess, run: string): Promise<void> {
  const launchers = launchersOf(agent.dataFolder);
  expect(launchers).toHaveLength(1);
  const processes = processesOfRun(run);
  expect(processes.length).toBeGreaterThan(0);
  await agent.kill();
  for (const pid of [...launchers, ...processes]) endProcess(pid);
  await eventually(() => {
    expect(processesOfRun(run)).toEqual([]);
    expect(launchersOf(agent.dataFolder)).toEqual([]);
  });
}

const otherThan = (agent: AgentProcess): AgentProcess => all.find((other) => other !== agent) as AgentProcess;

describe('a run whose agent is killed', () => {
  it.runIf(process.platform === 'linux')(
    'lives on, and the restarted agent adopts it with output and exit code',
    async () => {
      const { run, executor } = await startWaiting('adopted', { policy: { onLost: 'rerun', rerunAfterMs: 60_000 } });
      const processes = processesOfRun(run.id);
      await executor.kill();
      expect(processesOfRun(run.id)).toEqual(expect.arrayContaining(processes.slice(0, 1)));
      await executor.start();
      await bed.settled(...all);
      const witness = otherThan(executor);
      await eventually(async () => {
        const running = (await witness.runsOf('adopted')).filter((known) => known.state === 'running');
        expect(running.map((known) => known.id)).toEqual([run.id]);
      });
      bed.tell('adopted.go');
      const ended = await eventually(async () => {
        for (const agent of all) {
          const { run: known } = await agent.client.runs.get({ run: run.id });
          expect({ agent: agent.name, state: known.state }).toEqual({ agent: agent.name, state: 'failed' });
        }
        return (await witness.client.runs.get({ run: run.id })).run;
      });
      expect(ended).toMatchObject({ exitCode: 7, attempt: 1, machineName: executor.name });
      expect((await witness.client.runs.output({ run: run.id })).data).toBe('begun\nended\n');
      expect(bed.starts('adopted.starts')).toHaveLength(1);
    },
  );

  it.runIf(process.platform === 'linux')('that ended meanwhile is closed with its exit code and output', async () => {
    const { run, executor } = await startWaiting('ended-alone', { policy: { onLost: 'rerun', rerunAfterMs: 60_000 } });
    await executor.kill();
    bed.tell('ended-alone.go');
    await eventually(() => expect(processesOfRun(run.id)).toEqual([]));
    await executor.start();
    await bed.settled(...all);
    const witness = otherThan(executor);
    const ended = await eventually(async () => {
      const { run: known } = await witness.client.runs.get({ run: run.id });
      expect(known.state).toBe('failed');
      return known;
    });
    expect(ended.exitCode).toBe(7);
    expect((await witness.client.runs.output({ run: run.id })).data).toBe('begun\nended\n');
    expect(bed.starts('ended-alone.starts')).toHaveLength(1);
  });
});

describe.runIf(process.platform === 'linux')('a run that dies with its machine', () => {
  it('is recorded as lost and runs again elsewhere, with a higher fencing token', async () => {
    const { run, executor } = await startWaiting('rerun', { policy: { onLost: 'rerun', rerunAfterMs: 1000 } });
    await cutPower(executor, run.id);
    const witness = otherThan(executor);
    await eventually(() => expect(bed.starts('rerun.starts')).toHaveLength(2));
    const { run: lost } = await witness.client.runs.get({ run: run.id });
    expect(lost).toMatchObject({ state: 'lost', reason: { code: 'LOST' }, next: { attempt: 2 } });
    const [before, after] = bed.starts('rerun.starts');
    expect(after?.occurrence).toBe(before?.occurrence);
    expect(after?.attempt).toBe(2);
    expect(after?.machine).not.toBe(executor.name);
    expect(after?.fencingToken).toBeGreaterThan(before?.fencingToken ?? Infinity);
    bed.tell('rerun.go');

    await executor.start();
    await bed.settled(...all);
    await eventually(async () => {
      const { attempts } = await executor.client.runs.get({ run: run.id });
      expect(attempts.map((known) => [known.attempt, known.state, known.duplicate])).toEqual([
        [1, 'lost', false],
        [2, 'failed', false],
      ]);
    });
    expect(bed.starts('rerun.starts')).toHaveLength(2);
  });

  it('is reported and not run again when it must run at most once', async () => {
    const { run, executor } = await startWaiting('once', { policy: { guarantee: 'at-most-once', rerunAfterMs: 1000 } });
    await cutPower(executor, run.id);
    const witness = otherThan(executor);
    const lost = await eventually(async () => {
      const { run: known } = await witness.client.runs.get({ run: run.id });
      expect(known.state).toBe('lost');
      return known;
    });
    expect(lost.next).toBeNull();
    expect(lost.reason?.text).toContain('observed by');
    await executor.start();
    await bed.settled(...all);
    await eventually(async () => expect((await executor.runsOf('once'))[0]?.state).toBe('lost'));
    expect(bed.starts('once.starts')).toHaveLength(1);
  });

  it('is closed as lost by its own agent when nobody else was there to see it', async () => {
    const alone = bed.add('alone');
    await alone.start();
    await alone.client.cluster.create({ name: 'single' });
    const script = `${bed.noteStart('single.starts')}\nexec sleep 60`;
    const policy = { onLost: 'report' } as const;
    await alone.client.tasks.apply({ definitions: [shellTask('single', script, { policy })] });
    await alone.client.tasks.run({ id: 'single' });
    const run = await eventually(async () => {
      const [known] = await alone.runsOf('single');
      expect(known?.state).toBe('running');
      return known as RunOutput;
    });
    await cutPower(alone, run.id);
    await alone.start();
    const closed = await eventually(async () => {
      const { run: known } = await alone.client.runs.get({ run: run.id });
      expect(known.state).toBe('lost');
      return known;
    });
    expect(closed.reason?.code).toBe('LOST');
    expect(bed.starts('single.starts')).toHaveLength(1);
    await alone.stop();
  });
});
