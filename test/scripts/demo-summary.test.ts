/** What the demo counts: missed, doubled, lost and run again, from the runs of all machines. */
import { describe, expect, it } from 'vitest';
import type { RunOutput } from '../../core/api/run-schemas.ts';
import { scheduledOccurrenceId, type MachineId, type RunId, type TaskId } from '../../core/domain/ids.ts';
import type { Run } from '../../core/domain/run.ts';
import { disagreements } from '../../scripts/demo/agreement.ts';
import { summarizeRuns } from '../../scripts/demo/run-summary.ts';
import { findRerun, findTakeOver } from '../../scripts/demo/take-over.ts';

const TASK = 'pulse' as TaskId;
const [NAS, DESK] = ['12D3KooWnas' as MachineId, '12D3KooWdesk' as MachineId];
const START = 1_700_000_000_000;
const at = (second: number): number => START + second * 1000;

function run(second: number, changes: Partial<Run> = {}): Run {
  const nominalAt = at(second);
  const machineId = changes.machineId ?? NAS;
  const attempt = changes.attempt ?? 1;
  return {
    recorderId: machineId,
    sequence: second + 1,
    recordedAt: nominalAt + 20,
    id: `${second}-${attempt}-${machineId}` as RunId,
    taskId: TASK,
    occurrenceId: scheduledOccurrenceId(TASK, nominalAt, ''),
    slot: '',
    attempt,
    machineId,
    state: 'succeeded',
    cause: { kind: 'schedule' },
    nominalAt,
    dueAt: nominalAt,
    startedAt: nominalAt + 10,
    finishedAt: nominalAt + 20,
    duplicate: false,
    ...changes,
  };
}

function unstarted(second: number, state: Run['state']): Run {
  const { startedAt: _startedAt, finishedAt: _finishedAt, ...rest } = run(second, { state });
  return rest;
}

function summaryOf(expectedSeconds: readonly number[], runs: readonly Run[]): ReturnType<typeof summarizeRuns> {
  return summarizeRuns({ tasks: [{ id: TASK, expected: expectedSeconds.map(at) }], runs, onTimeMs: 5000 });
}

describe('the summary of a demo', () => {
  it('finds nothing to complain of when each occurrence ran once', () => {
    const summary = summaryOf([0, 1, 2], [run(0), run(1, { machineId: DESK }), run(2)]);
    expect(summary).toMatchObject({
      ...{ runs: 3, succeeded: 3, failed: 0, lost: 0, unfinished: 0 },
      ...{ due: 3, missed: 0, doubled: 0, late: 0, unexpected: 0, faults: [] },
      latenessMs: { p50: 10, p95: 10, max: 10 },
    });
    expect(summary['rows']).toEqual([
      {
        id: TASK,
        due: 3,
        byHand: 0,
        again: 0,
        startsOn: new Map([
          [NAS, 2],
          [DESK, 1],
        ]),
        lost: 0,
      },
    ]);
  });

  it('calls an occurrence without any record missed, and names it', () => {
    const summary = summaryOf([0, 1, 2], [run(0), run(2)]);
    expect(summary.missed).toBe(1);
    expect(summary.faults).toEqual([`pulse at ${new Date(at(1)).toISOString()} was missed`]);
  });

  it.each(['due', 'skipped', 'withheld', 'refused', 'cancelled', 'lost'] as const)(
    'calls an occurrence that is only noted as %s missed',
    (state) => {
      expect(summaryOf([0, 1], [run(0), unstarted(1, state)])).toMatchObject({ missed: 1, doubled: 0, runs: 1 });
    },
  );

  it('calls two starts of one attempt doubled, even when no record is marked as a duplicate', () => {
    const summary = summaryOf([0, 1], [run(0), run(1), run(1, { machineId: DESK })]);
    expect(summary).toMatchObject({ missed: 0, doubled: 1, runs: 3 });
    expect(summary.faults[0]).toContain('doubled');
  });

  it('calls runs that are marked as duplicates doubled', () => {
    const runs = [run(0, { duplicate: true }), run(0, { attempt: 2, machineId: DESK, duplicate: true })];
    expect(summaryOf([0], runs).doubled).toBe(1);
  });

  it('counts a lost run and its second attempt as neither missed nor doubled', () => {
    const runs = [run(0, { state: 'lost' }), run(0, { attempt: 2, machineId: DESK, startedAt: at(4) })];
    const summary = summaryOf([0], runs);
    expect(summary).toMatchObject({ runs: 2, succeeded: 1, lost: 1, missed: 0, doubled: 0 });
    expect(summary['rows']).toMatchObject([{ due: 1, again: 1, lost: 1 }]);
    expect(summary['latenessMs']).toEqual({ p50: 10, p95: 10, max: 10 });
  });

  it('counts runs by hand beside those that were due', () => {
    const byHand = run(0, { id: 'hand' as RunId, cause: { kind: 'manual', triggerId: 't', by: DESK } });
    expect(summaryOf([], [byHand])).toMatchObject({ runs: 1, due: 0, unexpected: 0 });
    expect(summaryOf([], [byHand])['rows']).toMatchObject([{ due: 0, byHand: 1 }]);
  });

  it('tells of runs by schedule that no schedule names', () => {
    expect(summaryOf([0], [run(0), run(7)])).toMatchObject({ unexpected: 1, missed: 0 });
  });

  it('tells the lateness by nearest rank, and what was late', () => {
    const seconds = Array.from({ length: 20 }, (_, index) => index);
    const runs = seconds.map((second) => run(second, { startedAt: at(second) + second }));
    const late = run(20, { startedAt: at(20) + 6000 });
    expect(summaryOf(seconds, runs)['latenessMs']).toEqual({ p50: 9, p95: 18, max: 19 });
    expect(summaryOf([20], [late])).toMatchObject({ late: 1, missed: 0, latenessMs: { max: 6000 } });
    expect(summaryOf([], [])['latenessMs']).toBeNull();
  });

  it('counts what still runs as run, and as unfinished', () => {
    const { finishedAt: _finishedAt, ...running } = run(0, { state: 'running' });
    expect(summaryOf([0], [running])).toMatchObject({ runs: 1, unfinished: 1, succeeded: 0, missed: 0 });
  });
});

function output(second: number, changes: Partial<RunOutput> = {}): RunOutput {
  const { nominalAt, id, occurrenceId, machineId } = run(second);
  const iso = new Date(nominalAt).toISOString();
  return {
    ...{ id, taskId: TASK, occurrenceId, attempt: 1, machineId, machineName: 'nas', state: 'succeeded' as const },
    ...{ cause: { kind: 'schedule' as const }, nominalAt: iso, dueAt: iso, claimedAt: iso },
    ...{ startedAt: iso, finishedAt: iso, recordedAt: iso, fencingToken: 1, exitCode: 0, signal: null, reason: null },
    ...{ progress: null, result: null, outputBytes: 0, outputDroppedBytes: 0, recorderId: machineId, sequence: 1 },
    ...{ next: null, duplicate: false },
    ...changes,
  };
}

describe('agreement of all machines', () => {
  it('holds when they tell the same runs in any order', () => {
    const views = new Map([
      ['nas', [output(0), output(1)]],
      ['desk', [output(1), output(0)]],
    ]);
    expect(disagreements(views)).toEqual([]);
    expect(disagreements(new Map())).toEqual([]);
  });

  it('fails when one does not know a run, whichever it is', () => {
    const both = [output(0), output(1)];
    const one = [output(0)];
    expect(disagreements(new Map(Object.entries({ nas: both, desk: one })))).toHaveLength(1);
    expect(disagreements(new Map(Object.entries({ nas: one, desk: both })))).toHaveLength(1);
  });

  it.each([{ state: 'failed' as const }, { machineId: DESK }, { exitCode: 1 }, { duplicate: true }])(
    'fails when a run is told with another outcome: %o',
    (changes) => {
      expect(disagreements(new Map(Object.entries({ nas: [output(0)], desk: [output(0, changes)] })))).toHaveLength(1);
    },
  );

  it('does not care how far a run has got that goes on', () => {
    const open = { state: 'running' as const, finishedAt: null, exitCode: null };
    const views = { nas: [output(0, { ...open, progress: 0.2 })], desk: [output(0, { ...open, progress: 0.4 })] };
    expect(disagreements(new Map(Object.entries(views)))).toEqual([]);
  });
});

describe('a take-over', () => {
  const cut = { machineId: NAS, at: at(1) + 500 };
  const after = (second: number, delayMs: number, machineId: MachineId): RunOutput =>
    output(second, {
      machineId,
      id: `${second}-${machineId}`,
      startedAt: new Date(at(second) + delayMs).toISOString(),
    });

  it('is the first occurrence after the cut that another machine started', () => {
    const runs = [after(3, 5, DESK), after(2, 640, DESK), after(2, 3, NAS), after(1, 4, NAS), after(0, 4, DESK)];
    expect(findTakeOver(runs, TASK, cut)).toMatchObject({ delayMs: 640, run: { id: `2-${DESK}` } });
  });

  it('is none while nothing has started elsewhere, or only by hand', () => {
    const byHand = { ...after(2, 5, DESK), cause: { kind: 'manual' as const, triggerId: 't', by: DESK } };
    expect(findTakeOver([after(1, 4, NAS), output(2, { startedAt: null, machineId: DESK }), byHand], TASK, cut)).toBe(
      undefined,
    );
    expect(findTakeOver([after(2, 5, DESK)], 'another', cut)).toBe(undefined);
  });

  it('has a second attempt elsewhere for the run that was interrupted', () => {
    const lost = output(1, { state: 'lost' });
    const rerun = { ...after(1, 4000, DESK), attempt: 2 };
    expect(findRerun([rerun, lost], lost.occurrenceId, cut)).toEqual({ lost, rerun });
    const again = { ...after(1, 4000, NAS), attempt: 2 };
    expect(findRerun([again, lost], lost.occurrenceId, cut).rerun).toBe(undefined);
  });
});
