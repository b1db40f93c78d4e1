/** Simulated processes pass the suite of the real ones, and misbehave in the ways that real ones do. */
import { describe, expect, test } from 'vitest';
import type { Action } from '../../core/domain/action.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import type { LaunchSpec, ProcessEvent, ProcessRunner } from '../../core/ports/process-runner.ts';
import { describeProcessRunner } from '../conformance/process-runner.ts';
import { launchSpec, type ProcessWorld } from '../conformance/process-world.ts';
import { machine } from '../fakes/run-records.ts';
import { type ProgramBehaviour, type RealStart, SimProcessTable } from './sim-processes.ts';
import { VirtualTime } from './virtual-time.ts';

const SUCCESS: ProgramBehaviour = { durationMs: 10, exitCode: 0 };
/** More virtual time than any test needs. */
const PUMP_MAX_MS = 3_600_000;

describeProcessRunner('simulated', async () => {
  await Promise.resolve();
  return createSimWorld();
});

/** Programs are told by their arguments what to do. */
function behaviourOf({ action }: LaunchSpec): ProgramBehaviour {
  const [what, value, json] = action.type === 'command' ? action.argv : [];
  switch (what) {
    case 'exits':
      return { durationMs: 0, exitCode: Number(value) };
    case 'lasts':
      return { durationMs: Infinity, exitCode: 0 };
    case 'stubborn':
      return { durationMs: Infinity, exitCode: 0, ignoresTerm: true, progress: 1 };
    case 'writes':
      return { ...SUCCESS, outputBytes: Number(value) };
    case 'missing':
      return { ...SUCCESS, refusal: 'COMMAND_NOT_FOUND' };
    default:
      return { ...SUCCESS, progress: Number(value), result: json ?? '' };
  }
}

function command(...argv: string[]): Action {
  return { type: 'command', argv, environment: {} };
}

/** Time passes in it by itself, a millisecond whenever the loop is idle. */
function createSimWorld(): ProcessWorld {
  const time = new VirtualTime();
  const table = new SimProcessTable(time, machine('sim'), () => time.now, [], behaviourOf);
  let open = true;
  const pump = (): void => {
    void time.runUntil(time.now + 1).then(() => {
      if (open && time.now < PUMP_MAX_MS) setImmediate(pump);
    });
  };
  pump();
  return {
    createRunner: () => table.runner(),
    actions: {
      exits: (code) => command('exits', String(code)),
      lasts: () => command('lasts'),
      stubborn: () => command('stubborn'),
      writes: (sizeBytes) => command('writes', String(sizeBytes)),
      missing: () => command('missing'),
      reports: (fraction, json) => command('reports', String(fraction), json),
    },
    close: () => {
      open = false;
      return Promise.resolve();
    },
  };
}

class Bench {
  readonly time = new VirtualTime();
  readonly events: ProcessEvent[] = [];
  readonly starts: RealStart[] = [];
  readonly table: SimProcessTable;
  runner: ProcessRunner;

  constructor(behaviour: ProgramBehaviour) {
    this.table = new SimProcessTable(
      this.time,
      'm' as MachineId,
      () => this.time.now,
      this.starts,
      () => behaviour,
    );
    this.runner = this.table.runner();
    this.listen();
  }

  listen(...unfinished: LaunchSpec['runId'][]): void {
    this.runner = this.table.runner();
    void this.runner.start((event) => this.events.push(event), unfinished);
  }

  async launch(changes: Partial<LaunchSpec> = {}): Promise<LaunchSpec> {
    const spec = launchSpec(command('any'), changes);
    this.runner.launch(spec);
    await this.run(5);
    return spec;
  }

  run(durationMs: number): Promise<void> {
    return this.time.runUntil(this.time.now + durationMs);
  }

  types(): string[] {
    return this.events.map((event) => event.type);
  }
}

describe('a simulated process', () => {
  test('that hangs ends at its time limit, and never without one', async () => {
    const bench = new Bench({ durationMs: Infinity, exitCode: 0 });
    await bench.launch({ timeoutMs: 5000 });
    await bench.launch();
    await bench.run(10_000_000);
    expect(bench.events.filter((event) => event.type === 'ended')).toMatchObject([
      { outcome: { timedOut: true, cancelled: false, signal: 'SIGTERM' } },
    ]);
    expect(bench.table.living()).toHaveLength(1);
  });

  test('that ignores TERM lives until KILL, which a second request can only bring nearer', async () => {
    const bench = new Bench({ durationMs: Infinity, exitCode: 0, ignoresTerm: true });
    const { runId } = await bench.launch();
    bench.runner.terminate(runId, 10_000);
    await bench.run(100);
    bench.runner.terminate(runId, 60_000);
    await bench.run(9000);
    expect(bench.types()).toEqual(['started']);
    bench.runner.terminate(runId, 100);
    await bench.run(200);
    expect(bench.events.at(-1)).toMatchObject({ outcome: { cancelled: true, signal: 'SIGKILL' } });
  });

  test('that floods has what is beyond the limit counted and dropped', async () => {
    const bench = new Bench({ ...SUCCESS, outputBytes: 1_000_000 });
    await bench.launch({ outputLimitBytes: 4096 });
    await bench.run(100);
    expect(bench.events.at(-1)).toMatchObject({ outcome: { outputBytes: 4096, outputDroppedBytes: 995_904 } });
  });

  test('that dies of a signal has no exit code', async () => {
    const bench = new Bench({ durationMs: 10, exitCode: 0, signal: 'SIGSEGV' });
    await bench.launch();
    await bench.run(100);
    expect(bench.events.at(-1)).toMatchObject({
      outcome: { exitCode: undefined, signal: 'SIGSEGV', cancelled: false },
    });
  });

  test('that cannot be started counts as no start', async () => {
    const bench = new Bench({ ...SUCCESS, refusal: 'PERMISSION_DENIED' });
    await bench.launch();
    expect(bench.events).toMatchObject([{ type: 'not-started', code: 'PERMISSION_DENIED' }]);
    expect(bench.starts).toEqual([]);
  });

  test('lives on without its agent, and the next agent hears how it ended', async () => {
    const bench = new Bench({ durationMs: 5000, exitCode: 3 });
    const { runId } = await bench.launch();
    bench.table.agentGone();
    await bench.run(60_000);
    expect(bench.types()).toEqual(['started']);
    bench.listen(runId);
    expect(bench.events.at(-1)).toMatchObject({ type: 'ended', outcome: { exitCode: 3 } });
  });

  test('is gone without a word after a power cut, unless its end was already on the disk', async () => {
    const bench = new Bench({ durationMs: 5000, exitCode: 0 });
    const early = await bench.launch();
    await bench.run(6500);
    const late = await bench.launch();
    bench.table.powerLost();
    expect(bench.starts.map((start) => start.endedAtMs)).toEqual([5001, bench.time.now]);
    bench.listen(early.runId, late.runId);
    expect(bench.types().slice(-2)).toEqual(['ended', 'vanished']);
  });

  test('vanishes with its launcher, and the agent is told at once', async () => {
    const bench = new Bench({ durationMs: 5000, exitCode: 0 });
    await bench.launch();
    bench.table.loseLauncher();
    await bench.run(10_000);
    expect(bench.types()).toEqual(['started', 'vanished']);
    expect(bench.table.living()).toEqual([]);
  });

  test('is forgotten in the end: endings are kept for the newest only', async () => {
    const bench = new Bench({ durationMs: 0, exitCode: 0 });
    const specs: LaunchSpec[] = [];
    for (let count = 0; count < 1100; count += 1) specs.push(await bench.launch());
    const [first, last] = [specs.at(0), specs.at(-1)] as [LaunchSpec, LaunchSpec];
    bench.listen(first.runId, last.runId);
    expect(bench.types().slice(-2)).toEqual(['vanished', 'ended']);
  });
});
