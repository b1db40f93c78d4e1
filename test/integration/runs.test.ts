/** Runs as people follow them from any machine: tried again elsewhere, ended in time, cancelled, their output read. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunOutput } from '../../core/api/run-schemas.ts';
import type { AgentProcess } from './agent-process.ts';
import { bedOfFile } from './agent-bed.ts';
import { processesOfRun } from './own-processes.ts';
import { spawnProgram } from './command-line.ts';
import { eventually } from './eventually.ts';
import { shellTask } from './task-builder.ts';

const bed = bedOfFile();
const first = bed.add('first');
const second = bed.add('second');
const third = bed.add('third');
const all = [first, second, third];

beforeAll(() => bed.form(...all), 90_000);
afterEach(() => bed.heal(...all), 90_000);

const others = (agent: AgentProcess): AgentProcess[] => all.filter((other) => other !== agent);

/** The newest run of the task once all machines know it in this state. */
async function runIn(id: string, state: RunOutput['state']): Promise<RunOutput> {
  return eventually(async () => {
    const views = await Promise.all(all.filter((agent) => agent.running).map((agent) => agent.runsOf(id)));
    const found = views.map((runs) => runs.find((run) => run.state === state));
    expect(found.map((run) => run?.state)).toEqual(found.map(() => state));
    return found[0] as RunOutput;
  });
}

describe('a run that fails', () => {
  it('is tried again on another machine, with the same occurrence and a higher fencing token', async () => {
    const script = `${bed.noteStart('retried.starts')}\ntest "$CARILLON_ATTEMPT" = 3`;
    const policy = { retry: { maxAttempts: 4, initialMs: 200, factor: 1 } };
    await first.client.tasks.apply({ definitions: [shellTask('retried', script, { policy })] });
    const followed = await second.run(['task', 'run', 'retried', '--follow', '--json']);
    expect(followed.exitCode).toBe(0);
    await runIn('retried', 'succeeded');
    const starts = bed.starts('retried.starts');
    expect(starts.map((start) => start.attempt)).toEqual([1, 2, 3]);
    expect(new Set(starts.map((start) => start.occurrence)).size).toBe(1);
    expect(new Set(starts.map((start) => start.machine)).size).toBe(3);
    const tokens = starts.map((start) => start.fencingToken);
    expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
    const runs = await third.runsOf('retried');
    const attempts = runs.filter((run) => run.startedAt !== null).sort((a, b) => a.attempt - b.attempt);
    expect(attempts.map((run) => [run.attempt, run.state, run.exitCode])).toEqual([
      [1, 'failed', 1],
      [2, 'failed', 1],
      [3, 'succeeded', 0],
    ]);
  });

  it('is not tried again without a retry policy, and the command that followed it fails', async () => {
    await first.client.tasks.apply({
      definitions: [shellTask('failing', `${bed.noteStart('failing.starts')}\nexit 3`)],
    });
    const followed = await second.run(['task', 'run', 'failing', '--follow']);
    expect(followed.exitCode).toBe(1);
    expect(followed.stderr).toContain('exit code 3');
    expect(await runIn('failing', 'failed')).toMatchObject({ exitCode: 3, next: null, reason: { code: 'EXIT' } });
    expect(bed.starts('failing.starts')).toHaveLength(1);
  });

  it('because its interpreter is missing says so', async () => {
    const definition = shellTask('no-interpreter', 'true');
    await first.client.tasks.apply({
      definitions: [{ ...definition, action: { type: 'shell', script: 'true', interpreter: ['no-such-interpreter'] } }],
    });
    await first.client.tasks.run({ id: 'no-interpreter' });
    const run = await runIn('no-interpreter', 'failed');
    expect(run.reason?.code).toBe('INTERPRETER_NOT_FOUND');
    expect(run.reason?.text).toContain('no-such-interpreter');
  });
});

describe.runIf(process.platform === 'linux')('a run that takes too long', () => {
  it('is ended with all that it started', async () => {
    const script = 'setsid sleep 120 &\n(trap "" TERM; sleep 120) &\nsleep 120';
    const policy = { timeoutMs: 1000, killGraceMs: 500 };
    await first.client.tasks.apply({ definitions: [shellTask('endless', script, { policy })] });
    await first.client.tasks.run({ id: 'endless' });
    const running = await runIn('endless', 'running').catch(() => undefined);
    const run = await runIn('endless', 'timed-out');
    expect(run.reason?.code).toBe('TIMED_OUT');
    if (running !== undefined) expect(running.id).toBe(run.id);
    expect(processesOfRun(run.id)).toEqual([]);
  });
});

describe('a run that is cancelled from another machine', () => {
  it('ends, and says from where', async () => {
    await first.client.tasks.apply({ definitions: [shellTask('cancelled', 'echo begun; exec sleep 120')] });
    await first.client.tasks.run({ id: 'cancelled' });
    const run = await runIn('cancelled', 'running');
    const [elsewhere] = others(bed.agent(run.machineName));
    const cancelled = await elsewhere?.run(['cancel', run.id.slice(0, 10)]);
    expect(cancelled?.exitCode).toBe(0);
    const ended = await runIn('cancelled', 'cancelled');
    expect(ended.reason?.text).toContain(elsewhere?.name);
    await expect(elsewhere?.client.runs.cancel({ run: run.id })).rejects.toMatchObject({
      error: { code: 'RUN_NOT_ACTIVE' },
    });
  });
});

describe('output', () => {
  it('is followed live from a machine that does not run it', async () => {
    const script = [
      'echo one',
      `for i in $(seq 600); do if [ -e ${bed.folder}/live.go ]; then break; fi; sleep 0.1; done`,
      'printf "two \\303\\244\\n"',
    ].join('\n');
    await first.client.tasks.apply({ definitions: [shellTask('live', script)] });
    await first.client.tasks.run({ id: 'live' });
    const run = await runIn('live', 'running');
    const [elsewhere] = others(bed.agent(run.machineName));
    const child = spawnProgram(['logs', run.id, '--follow', '--data', elsewhere?.dataFolder ?? '']);
    let seen = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    try {
      await eventually(() => expect(seen).toBe('one\n'));
      expect(child.exitCode).toBeNull();
      bed.tell('live.go');
      expect(await ended).toBe(0);
    } finally {
      child.kill('SIGKILL');
    }
    expect(seen).toBe('one\ntwo ä\n');
  });

  it('of a machine that is dead is read from a successor', async () => {
    await first.client.tasks.apply({ definitions: [shellTask('kept', 'seq 20000')] });
    await first.client.tasks.run({ id: 'kept' });
    const run = await runIn('kept', 'succeeded');
    const executor = bed.agent(run.machineName);
    const whole = `${Array.from({ length: 20_000 }, (_, index) => index + 1).join('\n')}\n`;
    expect(run.outputBytes).toBe(whole.length);
    // Both successors hold it by then: each of them is asked for it alone below.
    await eventually(async () => {
      for (const agent of others(executor)) {
        const chunk = await agent.client.runs.output({ run: run.id, offset: whole.length - 1 });
        expect(chunk).toMatchObject({ size: whole.length, complete: true });
      }
    });
    await executor.kill();
    for (const agent of others(executor)) {
      const printed = await agent.run(['logs', run.id]);
      expect({ exitCode: printed.exitCode, length: printed.stdout.length }).toEqual({
        exitCode: 0,
        length: whole.length,
      });
      expect(printed.stdout === whole).toBe(true);
    }
  });

  it('that nobody holds is told as such', async () => {
    const missing = await first.run(['logs', 'aaaaaaaaaaaaaaaaaaaa', '--json']);
    expect(missing.exitCode).toBe(3);
    expect(missing.stdout).toContain('RUN_NOT_FOUND');
  });
});
