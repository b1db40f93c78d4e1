/**
 * What every process runner does, real or simulated: one final event for each run, in order, whatever the agent's life.
 * A world gives runners over one and the same machine, so that a second one is the agent after a restart.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Action } from '../../core/domain/action.ts';
import { hashId, type RunId, type TaskId } from '../../core/domain/ids.ts';
import type { LaunchSpec, ProcessEvent, ProcessRunner } from '../../core/ports/process-runner.ts';

export interface ProcessWorld {
  /** A runner that has not been started. Those made before it are taken for dead. */
  createRunner(): ProcessRunner;
  /** Actions with a known course, in this world's terms. */
  readonly actions: {
    /** Ends at once, with this code. */
    exits(code: number): Action;
    /** Goes on until it is told to end, and then ends at once. */
    lasts(): Action;
    /** Names a program that does not exist. */
    missing(): Action;
    /** Reports this progress and this result, then succeeds. */
    reports(fraction: number, resultJson: string): Action;
  };
  /** Ends all that is left. */
  close(): Promise<void>;
}

let runCount = 0;

/** A run with an id of its own. */
export function launchSpec(action: Action, changes: Partial<LaunchSpec> = {}): LaunchSpec {
  runCount += 1;
  const runId = hashId('test', String(process.pid), String(runCount), String(Math.random())) as RunId;
  return {
    runId,
    taskId: 'example' as TaskId,
    action,
    environment: { CARILLON_TASK: 'example', CARILLON_ATTEMPT: '1', CARILLON_FENCING_TOKEN: '7' },
    description: '{"task":"example"}',
    timeoutMs: undefined,
    killGraceMs: 1000,
    outputLimitBytes: 1024 * 1024,
    ...changes,
  };
}

/** Collects the events of a runner, and waits for those that are to come. */
export class EventRecorder {
  readonly events: ProcessEvent[] = [];
  #wake: (() => void)[] = [];

  readonly take = (event: ProcessEvent): void => {
    this.events.push(event);
    for (const wake of this.#wake.splice(0)) wake();
  };

  of(runId: RunId): ProcessEvent[] {
    return this.events.filter((event) => event.runId === runId);
  }

  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  event<T extends ProcessEvent['type']>(runId: RunId, type: T): Promise<ProcessEvent & { type: T }> {
    return this.until(
      () => this.of(runId).find((event) => event.type === type) as (ProcessEvent & { type: T }) | undefined,
    );
  }

  /** The one final event of the run. */
  final(runId: RunId): Promise<ProcessEvent> {
    return this.until(() => this.of(runId).find((event) => isFinal(event)));
  }
}

export function isFinal(event: ProcessEvent): boolean {
  return event.type === 'ended' || event.type === 'not-started' || event.type === 'vanished';
}

export function describeProcessRunner(name: string, createWorld: () => Promise<ProcessWorld>): void {
  describe(`process runner: ${name}`, () => {
    let world: ProcessWorld;
    let recorder: EventRecorder;

    beforeEach(async () => {
      world = await createWorld();
      recorder = new EventRecorder();
    });
    afterEach(() => world.close());

    const startRunner = async (unfinished: readonly RunId[] = []): Promise<ProcessRunner> => {
      const runner = world.createRunner();
      await runner.start(recorder.take, unfinished);
      return runner;
    };

    test('tells of start and end, with the exit code', async () => {
      const runner = await startRunner();
      const spec = launchSpec(world.actions.exits(3));
      runner.launch(spec);
      const ended = await recorder.event(spec.runId, 'ended');
      expect(recorder.of(spec.runId).map((event) => event.type)).toEqual(['started', 'ended']);
      expect(ended.outcome).toMatchObject({ exitCode: 3, signal: undefined, timedOut: false, cancelled: false });
      expect(ended.outcome.finishedAt).toBeGreaterThanOrEqual(ended.outcome.startedAt);
    });

    test('tells why a run did not start', async () => {
      const runner = await startRunner();
      const spec = launchSpec(world.actions.missing());
      runner.launch(spec);
      expect(await recorder.final(spec.runId)).toMatchObject({ type: 'not-started', code: 'COMMAND_NOT_FOUND' });
      expect(recorder.of(spec.runId)).toHaveLength(1);
    });

    test('passes on progress and the result', async () => {
      const runner = await startRunner();
      const spec = launchSpec(world.actions.reports(0.25, '{"rows":12}'));
      runner.launch(spec);
      const ended = await recorder.event(spec.runId, 'ended');
      expect(ended.outcome.result).toBe('{"rows":12}');
      expect(recorder.of(spec.runId)).toContainEqual({ type: 'progress', runId: spec.runId, fraction: 0.25 });
      expect(recorder.of(spec.runId).at(-1)).toBe(ended);
    });

    test('ends a run that is cancelled', async () => {
      const runner = await startRunner();
      const spec = launchSpec(world.actions.lasts());
      runner.launch(spec);
      await recorder.event(spec.runId, 'started');
      runner.terminate(spec.runId, 2000);
      const ended = await recorder.event(spec.runId, 'ended');
      expect(ended.outcome).toMatchObject({ cancelled: true, timedOut: false });
    });

    test('ends a run that is cancelled in the breath in which it was launched', async () => {
      const runner = await startRunner();
      const spec = launchSpec(world.actions.lasts());
      runner.launch(spec);
      runner.terminate(spec.runId, 2000);
      expect((await recorder.event(spec.runId, 'ended')).outcome.cancelled).toBe(true);
    });

    test('ignores a cancel of an unknown run', async () => {
      const runner = await startRunner();
      runner.terminate(launchSpec(world.actions.lasts()).runId, 0);
      const spec = launchSpec(world.actions.exits(0));
      runner.launch(spec);
      expect((await recorder.event(spec.runId, 'ended')).outcome.cancelled).toBe(false);
    });

    test('ends a run at its time limit', async () => {
      const runner = await startRunner();
      const spec = launchSpec(world.actions.lasts(), { timeoutMs: 200 });
      runner.launch(spec);
      const { outcome } = await recorder.event(spec.runId, 'ended');
      expect(outcome).toMatchObject({ timedOut: true, cancelled: false });
      expect(outcome.finishedAt - outcome.startedAt).toBeGreaterThanOrEqual(190);
    });

    test('gives each of many runs exactly one start and one end', async () => {
      const runner = await startRunner();
      const specs = Array.from({ length: 40 }, (_, index) => launchSpec(world.actions.exits(index)));
      for (const spec of specs) runner.launch(spec);
      for (const [index, spec] of specs.entries()) {
        expect((await recorder.event(spec.runId, 'ended')).outcome.exitCode).toBe(index);
      }
      for (const spec of specs)
        expect(recorder.of(spec.runId).map((event) => event.type)).toEqual(['started', 'ended']);
    });

    test('starts a run once, however often it is asked to', async () => {
      const runner = await startRunner();
      const spec = launchSpec(world.actions.exits(0));
      runner.launch(spec);
      runner.launch(spec);
      await recorder.final(spec.runId);
      const marker = launchSpec(world.actions.exits(0));
      runner.launch(marker);
      await recorder.final(marker.runId);
      expect(recorder.of(spec.runId).map((event) => event.type)).toEqual(['started', 'ended']);
    });

    test('after a restart tells of what still runs, and of its end', async () => {
      await (await startRunner()).stop();
      const before = await startRunner();
      const spec = launchSpec(world.actions.lasts());
      before.launch(spec);
      const started = await recorder.event(spec.runId, 'started');
      await before.stop();
      recorder = new EventRecorder();
      const after = await startRunner([spec.runId]);
      expect(recorder.of(spec.runId)).toEqual([started]);
      after.terminate(spec.runId, 2000);
      expect((await recorder.event(spec.runId, 'ended')).outcome.startedAt).toBe(started.startedAt);
    });

    test('after a restart tells of what ended meanwhile', async () => {
      const before = await startRunner();
      const spec = launchSpec(world.actions.exits(5));
      before.launch(spec);
      const ended = await recorder.event(spec.runId, 'ended');
      await before.stop();
      recorder = new EventRecorder();
      await startRunner([spec.runId]);
      expect(recorder.of(spec.runId)).toEqual([ended]);
    });

    test('after a restart reports runs of which nothing is known as vanished', async () => {
      const { runId } = launchSpec(world.actions.exits(0));
      await startRunner([runId]);
      expect(recorder.of(runId)).toEqual([{ type: 'vanished', runId }]);
    });

    test('lets go without ending anything, and is silent from then on', async () => {
      const before = await startRunner();
      const spec = launchSpec(world.actions.lasts());
      before.launch(spec);
      await recorder.event(spec.runId, 'started');
      await before.stop();
      const { length } = recorder.events;
      const silent = recorder;
      recorder = new EventRecorder();
      const after = await startRunner([spec.runId]);
      after.terminate(spec.runId, 2000);
      await recorder.final(spec.runId);
      expect(silent.events).toHaveLength(length);
    });
  });
}
