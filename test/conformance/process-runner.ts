/**
 * What every process runner does, real or simulated: one final event for each run, in order, whatever the agent's life.
 * A world gives runners over one and the same machine, so that a second one is the agent after a restart.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunId } from '../../core/domain/ids.ts';
import type { LaunchSpec, ProcessRunner } from '../../core/ports/process-runner.ts';
import { EventRecorder, isFinal, launchSpec, startRunner, type ProcessWorld } from './process-world.ts';

export function describeProcessRunner(name: string, createWorld: () => Promise<ProcessWorld>): void {
  describe(`process runner: ${name}`, () => {
    let world: ProcessWorld;
    let recorder: EventRecorder;

    beforeEach(async () => {
      world = await createWorld();
      recorder = new EventRecorder();
    });
    afterEach(() => world.close());

    const nextRunner = (unfinished: readonly RunId[] = []): Promise<ProcessRunner> =>
      startRunner(world, recorder, unfinished);

    test('tells of start and end, with the exit code', async () => {
      const runner = await nextRunner();
      const spec = launchSpec(world.actions.exits(3));
      runner.launch(spec);
      const ended = await recorder.event(spec.runId, 'ended');
      expect(recorder.of(spec.runId).map((event) => event.type)).toEqual(['started', 'ended']);
      expect(ended.outcome).toMatchObject({ exitCode: 3, signal: undefined, timedOut: false, cancelled: false });
      expect(ended.outcome.finishedAt).toBeGreaterThanOrEqual(ended.outcome.startedAt);
    });

    test('starts no run a second time, and tells again how it ended', async () => {
      const runner = await nextRunner();
      const spec = launchSpec(world.actions.exits(3));
      runner.launch(spec);
      const first = await recorder.event(spec.runId, 'ended');
      recorder = new EventRecorder();
      const later = await nextRunner();
      later.launch(spec);
      expect(await recorder.final(spec.runId)).toEqual(first);
    });

    test('tells why a run did not start', async () => {
      const runner = await nextRunner();
      const spec = launchSpec(world.actions.missing());
      runner.launch(spec);
      expect(await recorder.final(spec.runId)).toMatchObject({ type: 'not-started', code: 'COMMAND_NOT_FOUND' });
      expect(recorder.of(spec.runId)).toHaveLength(1);
    });

    test('passes on progress and the result', async () => {
      const runner = await nextRunner();
      const spec = launchSpec(world.actions.reports(0.25, '{"rows":12}'));
      runner.launch(spec);
      const ended = await recorder.event(spec.runId, 'ended');
      expect(ended.outcome.result).toBe('{"rows":12}');
      expect(recorder.of(spec.runId)).toContainEqual({ type: 'progress', runId: spec.runId, fraction: 0.25 });
      expect(recorder.of(spec.runId).at(-1)).toBe(ended);
    });

    test('ends a run that is cancelled', async () => {
      const runner = await nextRunner();
      const spec = launchSpec(world.actions.lasts());
      runner.launch(spec);
      await recorder.event(spec.runId, 'started');
      runner.terminate(spec.runId, 2000);
      const ended = await recorder.event(spec.runId, 'ended');
      expect(ended.outcome).toMatchObject({ cancelled: true, timedOut: false });
    });

    test('ends a run that is cancelled in the breath in which it was launched', async () => {
      const runner = await nextRunner();
      const spec = launchSpec(world.actions.lasts());
      runner.launch(spec);
      runner.terminate(spec.runId, 2000);
      expect((await recorder.event(spec.runId, 'ended')).outcome.cancelled).toBe(true);
    });

    test('kills a run that does not end when it is told to, after the time of grace', async () => {
      const runner = await nextRunner();
      const spec = launchSpec(world.actions.stubborn());
      runner.launch(spec);
      await recorder.event(spec.runId, 'progress');
      runner.terminate(spec.runId, 300);
      const { outcome } = await recorder.event(spec.runId, 'ended');
      expect(outcome).toMatchObject({ exitCode: undefined, signal: 'SIGKILL', cancelled: true, timedOut: false });
      expect(outcome.finishedAt - outcome.startedAt).toBeGreaterThanOrEqual(290);
    });

    test('kills a run that does not end at its time limit, after its own time of grace', async () => {
      const runner = await nextRunner();
      const spec = launchSpec(world.actions.stubborn(), { timeoutMs: 400, killGraceMs: 200 });
      runner.launch(spec);
      const { outcome } = await recorder.event(spec.runId, 'ended');
      expect(outcome).toMatchObject({ signal: 'SIGKILL', cancelled: false, timedOut: true });
      expect(outcome.finishedAt - outcome.startedAt).toBeGreaterThanOrEqual(590);
    });

    test('a second cancel with less grace brings the end nearer', async () => {
      const runner = await nextRunner();
      const spec = launchSpec(world.actions.stubborn());
      runner.launch(spec);
      await recorder.event(spec.runId, 'progress');
      runner.terminate(spec.runId, 3_000_000);
      runner.terminate(spec.runId, 100);
      expect((await recorder.event(spec.runId, 'ended')).outcome).toMatchObject({ signal: 'SIGKILL', cancelled: true });
    });

    test('counts output, and what is beyond the limit apart; the run goes on', async () => {
      const runner = await nextRunner();
      const [small, large] = [10_000, 200_000].map((sizeBytes) =>
        launchSpec(world.actions.writes(sizeBytes), { outputLimitBytes: 64_000 }),
      ) as [LaunchSpec, LaunchSpec];
      for (const spec of [small, large]) runner.launch(spec);
      const counts = { exitCode: 0, outputBytes: 10_000, outputDroppedBytes: 0 };
      expect((await recorder.event(small.runId, 'ended')).outcome).toMatchObject(counts);
      const most = { exitCode: 0, outputBytes: 64_000, outputDroppedBytes: 136_000 };
      expect((await recorder.event(large.runId, 'ended')).outcome).toMatchObject(most);
    });

    test('ignores a cancel of a run that has ended', async () => {
      const runner = await nextRunner();
      const spec = launchSpec(world.actions.exits(0));
      runner.launch(spec);
      await recorder.event(spec.runId, 'ended');
      runner.terminate(spec.runId, 0);
      const marker = launchSpec(world.actions.exits(0));
      runner.launch(marker);
      await recorder.final(marker.runId);
      expect(recorder.of(spec.runId).map((event) => event.type)).toEqual(['started', 'ended']);
    });

    test('ignores a cancel of an unknown run', async () => {
      const runner = await nextRunner();
      runner.terminate(launchSpec(world.actions.lasts()).runId, 0);
      const spec = launchSpec(world.actions.exits(0));
      runner.launch(spec);
      expect((await recorder.event(spec.runId, 'ended')).outcome.cancelled).toBe(false);
    });

    test('ends a run at its time limit', async () => {
      const runner = await nextRunner();
      const spec = launchSpec(world.actions.lasts(), { timeoutMs: 200 });
      runner.launch(spec);
      const { outcome } = await recorder.event(spec.runId, 'ended');
      expect(outcome).toMatchObject({ timedOut: true, cancelled: false });
      expect(outcome.finishedAt - outcome.startedAt).toBeGreaterThanOrEqual(190);
    });

    test('gives each of many runs exactly one start and one end', async () => {
      const runner = await nextRunner();
      const specs = Array.from({ length: 40 }, (_, index) => launchSpec(world.actions.exits(index)));
      for (const spec of specs) runner.launch(spec);
      for (const [index, spec] of specs.entries()) {
        expect((await recorder.event(spec.runId, 'ended')).outcome.exitCode).toBe(index);
      }
      for (const spec of specs)
        expect(recorder.of(spec.runId).map((event) => event.type)).toEqual(['started', 'ended']);
    });

    test('starts a run once, however often it is asked to', async () => {
      const runner = await nextRunner();
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
      await (await nextRunner()).stop();
      const before = await nextRunner();
      const spec = launchSpec(world.actions.lasts());
      before.launch(spec);
      const started = await recorder.event(spec.runId, 'started');
      await before.stop();
      recorder = new EventRecorder();
      const after = await nextRunner([spec.runId]);
      expect(recorder.of(spec.runId)).toEqual([started]);
      after.terminate(spec.runId, 2000);
      expect((await recorder.event(spec.runId, 'ended')).outcome.startedAt).toBe(started.startedAt);
    });

    test('after a restart tells of what ended meanwhile', async () => {
      const before = await nextRunner();
      const spec = launchSpec(world.actions.exits(5));
      before.launch(spec);
      const ended = await recorder.event(spec.runId, 'ended');
      await before.stop();
      recorder = new EventRecorder();
      await nextRunner([spec.runId]);
      expect(recorder.of(spec.runId)).toEqual([ended]);
    });

    test('after a restart the time limit still holds', async () => {
      const before = await nextRunner();
      const spec = launchSpec(world.actions.lasts(), { timeoutMs: 600 });
      before.launch(spec);
      await recorder.event(spec.runId, 'started');
      await before.stop();
      recorder = new EventRecorder();
      await nextRunner([spec.runId]);
      expect((await recorder.event(spec.runId, 'ended')).outcome).toMatchObject({ timedOut: true, cancelled: false });
      expect(recorder.of(spec.runId).filter(isFinal)).toHaveLength(1);
    });

    test('after a restart starts nothing a second time, however often it is asked to', async () => {
      const before = await nextRunner();
      const [ended, lasting] = [launchSpec(world.actions.exits(4)), launchSpec(world.actions.lasts())];
      for (const spec of [ended, lasting]) before.launch(spec);
      await recorder.event(ended.runId, 'ended');
      const { startedAt } = await recorder.event(lasting.runId, 'started');
      await before.stop();
      recorder = new EventRecorder();
      const after = await nextRunner([lasting.runId]);
      after.launch(lasting);
      after.terminate(lasting.runId, 2000);
      expect((await recorder.event(lasting.runId, 'ended')).outcome.startedAt).toBe(startedAt);
    });

    test('after a restart reports runs of which nothing is known as vanished', async () => {
      const { runId } = launchSpec(world.actions.exits(0));
      await nextRunner([runId]);
      expect(recorder.of(runId)).toEqual([{ type: 'vanished', runId }]);
    });

    test('lets go without ending anything, and is silent from then on', async () => {
      const before = await nextRunner();
      const spec = launchSpec(world.actions.lasts());
      before.launch(spec);
      await recorder.event(spec.runId, 'started');
      await before.stop();
      const { length } = recorder.events;
      const silent = recorder;
      recorder = new EventRecorder();
      const after = await nextRunner([spec.runId]);
      after.terminate(spec.runId, 2000);
      await recorder.final(spec.runId);
      expect(silent.events).toHaveLength(length);
    });
  });
}
