/** A definition that is tried before it is saved, without a browser: asked for, found, followed, stopped. */
import { describe, expect, it } from 'vitest';
import { TaskTrial } from '../../renderer/src/state/task-trial.svelte.ts';
import { templateOf } from '../../renderer/src/state/task-templates.ts';
import { type FakeApi, FakeScheduler, english, liveAccess, refusal, runRecord, settle } from './fake-host.ts';

const definition = templateOf('backup', 'UTC', english);

function trialWith(tasks: FakeApi['tasks'], runs: FakeApi['runs'] = {}) {
  const scheduler = new FakeScheduler();
  const followed: string[] = [];
  const access = liveAccess({
    tasks: { try: async () => ({ taskId: 'try-1', occurrenceIds: ['occurrence-r1'] }), ...tasks },
    runs: {
      list: async () => ({ runs: [], nextCursor: null }),
      output: async () => ({ data: '', offset: 0, nextOffset: 0, size: 0, complete: false }),
      follow: async ({ run }: { run: string }) => {
        followed.push(run);
        return (async function* () {
          yield { data: 'it works\n', errors: [], offset: 0, nextOffset: 9, size: 9, complete: true };
        })();
      },
      ...runs,
    },
  });
  return { trial: new TaskTrial(access, scheduler), followed, scheduler };
}

describe('a trial', () => {
  it('finds its run among all others, and follows its output to the end', async () => {
    const { trial, followed, scheduler } = trialWith({});
    await trial.start(definition, 'm1');
    trial.note({ kind: 'run', runs: [runRecord('other'), runRecord('r1', { state: 'due' })] });
    expect(trial.run?.state).toBe('due');
    expect(followed).toEqual([]);
    trial.note({ kind: 'run', runs: [runRecord('r1', { state: 'running' })] });
    await settle();
    trial.note({ kind: 'run', runs: [runRecord('r1', { state: 'succeeded' })] });
    await scheduler.advance(1000);
    expect(followed).toEqual(['r1']);
    expect(trial.ended).toBe(true);
    expect(trial.output?.lines.map((line) => line.spans.map((span) => span.text).join(''))).toContain('it works');
  });

  it('that ended before anything was told of it is looked for', async () => {
    const run = { ...runRecord('r1', { state: 'failed', exitCode: 3 }), duplicate: false };
    const { trial, followed } = trialWith({}, { list: async () => ({ runs: [run], nextCursor: null }) });
    await trial.start(definition, 'm1');
    await settle();
    expect(trial.run).toMatchObject({ state: 'failed', exitCode: 3 });
    expect(followed).toEqual(['r1']);
  });

  it('an older record does not undo a newer one', async () => {
    const { trial } = trialWith({});
    await trial.start(definition, 'm1');
    trial.note({ kind: 'run', runs: [runRecord('r1', { recordedAt: '2026-11-23T12:00:02.000Z' })] });
    trial.note({
      kind: 'run',
      runs: [runRecord('r1', { state: 'running', recordedAt: '2026-11-23T12:00:01.000Z' })],
    });
    expect(trial.run?.state).toBe('succeeded');
  });

  it('says why a machine will not, and can be asked for again', async () => {
    let refusals = 1;
    const { trial } = trialWith({
      try: async () => {
        if (refusals-- > 0) throw refusal('NO_ELIGIBLE_MACHINE', 'nas cannot run "x": it is drained');
        return { taskId: 'try-1', occurrenceIds: ['occurrence-r1'] };
      },
    });
    await trial.start(definition, 'm1');
    expect(trial.refusal?.message).toContain('drained');
    expect(trial.active).toBe(false);
    await trial.start(definition, 'm2');
    expect(trial.refusal).toBeUndefined();
    expect(trial.active).toBe(true);
  });

  it('is stopped by cancelling its run', async () => {
    const cancelled: unknown[] = [];
    const { trial } = trialWith({}, { cancel: async ({ run }: { run: string }) => void cancelled.push(run) });
    await trial.start(definition, 'm1');
    await trial.cancel();
    trial.note({ kind: 'run', runs: [runRecord('r1', { state: 'running', finishedAt: null })] });
    await trial.cancel();
    expect(cancelled).toEqual(['r1']);
  });
});
