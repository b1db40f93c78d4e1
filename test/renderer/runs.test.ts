import { describe, expect, it } from 'vitest';
import type { RunRecordOutput } from '../../core/api/run-schemas.ts';
import { MOST_RUNS, type RunFilter, mergeRuns } from '../../renderer/src/state/run-list.ts';
import { RunOutputState, TAIL_BYTES } from '../../renderer/src/state/run-output.svelte.ts';
import { elapsedMs, stepsOf } from '../../renderer/src/state/run-steps.ts';
import { RunsState } from '../../renderer/src/state/runs.svelte.ts';
import { Language } from '../../renderer/src/i18n/language.svelte.ts';
import { warningsOf } from '../../renderer/src/state/cluster-warnings.ts';
import { FakeScheduler, NOW, liveAccess, runRecord, settle } from './fake-host.ts';

const ALL: RunFilter = { group: 'all', text: '', taskId: undefined };
const at = (offsetMs: number): string => new Date(NOW + offsetMs).toISOString();
const ids = (runs: readonly RunRecordOutput[]): string[] => runs.map((run) => run.id);

describe('the list of runs', () => {
  it('has what runs on top, then the newest', () => {
    const runs = mergeRuns(
      [],
      [
        runRecord('old', { dueAt: at(0) }),
        runRecord('new', { dueAt: at(60_000) }),
        runRecord('long', { dueAt: at(-900_000), state: 'running' }),
      ],
      ALL,
    );
    expect(ids(runs)).toEqual(['long', 'new', 'old']);
  });

  it('never lets an ended run run again when answers and signals cross', () => {
    const ended = mergeRuns([], [runRecord('a', { state: 'failed', recordedAt: at(0) })], ALL);
    const crossed = mergeRuns(ended, [runRecord('a', { state: 'running', recordedAt: at(5) })], ALL);
    expect(crossed[0]?.state).toBe('failed');
  });

  it('leaves out a run that no longer matches the filter', () => {
    const filter: RunFilter = { ...ALL, group: 'active' };
    const running = mergeRuns([], [runRecord('a', { state: 'running' })], filter);
    expect(ids(running)).toEqual(['a']);
    expect(mergeRuns(running, [runRecord('a', { state: 'succeeded' })], filter)).toEqual([]);
  });

  it('keeps no more than its bound, whatever comes', () => {
    let runs = mergeRuns([], [], ALL);
    for (let burst = 0; burst < 5; burst += 1) {
      const records = Array.from({ length: 300 }, (_, index) =>
        runRecord(`${burst}-${index}`, { dueAt: at(burst * 1000 + index) }),
      );
      runs = mergeRuns(runs, records, ALL);
    }
    expect(runs).toHaveLength(MOST_RUNS);
    expect(runs[0]?.id).toBe('4-299');
  });

  it('asks the agent by the filter and keeps what came by signal meanwhile', async () => {
    const asked: unknown[] = [];
    const access = liveAccess({
      runs: {
        list: async (input: unknown) => {
          asked.push(input);
          await settle();
          return { runs: [{ ...runRecord('listed', { state: 'failed' }), duplicate: false }], nextCursor: null };
        },
      },
    });
    const state = new RunsState(access, new FakeScheduler());
    state.show({ group: 'failed', text: 'disk' });
    state.note([
      runRecord('live', {
        state: 'failed',
        dueAt: at(1000),
        recordedAt: at(1000),
        reason: { code: 'X', text: 'disk full' },
      }),
    ]);
    for (let turn = 0; turn < 5; turn += 1) await settle();
    expect(asked[0]).toMatchObject({ states: ['failed', 'timed-out', 'lost', 'refused'], text: 'disk' });
    expect(ids(state.list)).toContain('live');
    expect(state.loaded).toBe(true);
  });
});

describe('the steps of a run', () => {
  it('lead from the nominal instant to the end, with what each took', () => {
    const steps = stepsOf(
      runRecord('a', {
        nominalAt: at(0),
        dueAt: at(2000),
        claimedAt: at(2010),
        startedAt: at(2050),
        finishedAt: at(5050),
        state: 'failed',
      }),
    );
    expect(steps.map((step) => step.label)).toEqual(['Nominal', 'Due', 'Claimed', 'Started', 'Failed']);
    expect(steps.map((step) => step.note)).toEqual([
      'by its schedule',
      '2.0 s later, by jitter',
      '+ 10 ms, fencing token 1',
      '+ 40 ms',
      'after 3.0 s',
    ]);
    expect(steps.some((step) => step.current)).toBe(false);
  });

  it('leave out what a skipped run never did, and mark where a running one is', () => {
    const none = { claimedAt: null, startedAt: null, finishedAt: null };
    expect(stepsOf(runRecord('a', { state: 'skipped', ...none })).map((step) => step.label)).toEqual([
      'Nominal',
      'Due',
      'Skipped',
    ]);
    const running = stepsOf(runRecord('b', { state: 'running', finishedAt: null }));
    expect(running.find((step) => step.current)?.label).toBe('Started');
  });

  it('count elapsed time while it runs, and stop at its end', () => {
    expect(elapsedMs(runRecord('a', { state: 'running', finishedAt: null }), NOW + 7000)).toBe(7000);
    expect(elapsedMs(runRecord('a', { finishedAt: at(3000) }), NOW + 7000)).toBe(3000);
    expect(elapsedMs(runRecord('a', { startedAt: null, finishedAt: null }), NOW)).toBeUndefined();
  });
});

describe('the output of a run', () => {
  it('begins near the end of a large one, and ends when it is complete', async () => {
    const followed: unknown[] = [];
    const size = TAIL_BYTES + 1000;
    const access = liveAccess({
      runs: {
        output: async () => ({ data: 'x', offset: 0, nextOffset: 1, size, complete: false }),
        follow: async function* (input: unknown) {
          followed.push(input);
          yield { data: 'one\ntw', nextOffset: size - 2, size, complete: false };
          yield { data: 'o\n', nextOffset: size, size, complete: true };
        },
      },
    });
    const scheduler = new FakeScheduler();
    const output = new RunOutputState('r', access, scheduler);
    await output.follow();
    await scheduler.advance(200);
    expect(followed).toEqual([{ run: 'r', offset: 1000 }]);
    expect(output.lines.map((line) => line.spans[0]?.text)).toEqual(['one', 'two']);
    expect([output.complete, output.startBytes]).toEqual([true, 1000]);
    await output.follow();
    expect(followed).toHaveLength(1);
  });
});

describe('warnings', () => {
  it('say which clock is wrong and what to do, from one second on', () => {
    const machine = { id: 'm', name: 'nas', facts: { version: '1' }, load: null, clockSkewMs: -1500 };
    const status = { warnings: [], members: [machine, { ...machine, id: 'n', name: 'pi', clockSkewMs: 900 }] };
    const warnings = warningsOf(status as never, new Language(new Map() as never, { lang: 'en' }).t);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.text).toBe('The clock of nas is 1.5 s behind.');
    expect(warnings[0]?.advice).toContain('NTP');
  });
});
