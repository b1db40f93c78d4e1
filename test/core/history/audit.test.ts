/** What was due against what ran. */
import { describe, expect, it } from 'vitest';
import { afterOccurrenceId } from '../../../core/domain/ids.ts';
import type { Run, RunRecord } from '../../../core/domain/run.ts';
import { auditTask, type AuditVerdict } from '../../../core/history/audit.ts';
import { machine, NOON, record, task } from '../../fakes/run-records.ts';

const MINUTE = 60_000;
const run = (fields: Partial<RunRecord> & { duplicate?: boolean }): Run => ({
  duplicate: false,
  startedAt: fields.nominalAt ?? NOON,
  ...record(fields),
  ...fields,
});
const idle = (fields: Partial<RunRecord>): Run => ({ ...record(fields), duplicate: false });

function verdicts(runs: Run[], expected = [NOON], now = NOON + 60 * MINUTE): AuditVerdict[] {
  const report = auditTask({ taskId: task('backup'), expected, runs, onTimeMs: MINUTE, now });
  return report.entries.map((entry) => entry.verdict);
}

describe('audit', () => {
  it('finds every instant in time when all ran', () => {
    const instants = [NOON, NOON + MINUTE, NOON + 2 * MINUTE];
    expect(
      verdicts(
        instants.map((nominalAt) => run({ nominalAt })),
        instants,
      ),
    ).toEqual(['on-time', 'on-time', 'on-time']);
  });

  it('finds what is missing, unless its time has only just come', () => {
    expect(verdicts([], [NOON, NOON + 10 * MINUTE], NOON + 10 * MINUTE)).toEqual(['missed', 'pending']);
  });

  it('finds late starts, by due instant, and says by how much', () => {
    expect(verdicts([run({ startedAt: NOON + 3 * MINUTE })])).toEqual(['late']);
    expect(verdicts([run({ startedAt: NOON + 3 * MINUTE, dueAt: NOON + 3 * MINUTE })])).toEqual(['on-time']);
    const late = run({ startedAt: NOON + 3 * MINUTE });
    const report = auditTask({ taskId: late.taskId, expected: [NOON], runs: [late], onTimeMs: 0, now: NOON });
    expect(report.entries[0]?.latenessMs).toBe(3 * MINUTE);
  });

  it('measures from when the occurrence was due, also where a retry was the first that started', () => {
    const notFound = { code: 'COMMAND_NOT_FOUND', text: 'no such program' };
    const failed = idle({ state: 'failed', dueAt: NOON + 1000, claimedAt: NOON + 2 * MINUTE, reason: notFound });
    const dueAt = NOON + 2 * MINUTE + 10_000;
    const retried = run({ attempt: 2, dueAt, startedAt: dueAt + 500 });
    const lateness = (runs: Run[]): unknown => {
      const { entries } = auditTask({ taskId: failed.taskId, expected: [NOON], runs, onTimeMs: MINUTE, now: dueAt });
      return entries.map(({ verdict, latenessMs }) => [verdict, latenessMs]);
    };
    expect(lateness([retried, failed])).toEqual([['late', 2 * MINUTE + 9500]]);
    expect(lateness([retried])).toEqual([['late', 2 * MINUTE + 10_500]]);
  });

  it('finds double starts, and takes a retry for what it is', () => {
    expect(verdicts([run({ duplicate: true }), run({ machineId: machine('b'), duplicate: true })])).toEqual([
      'doubled',
    ]);
    expect(verdicts([run({ state: 'failed' }), run({ attempt: 2, startedAt: NOON + 5 * MINUTE })])).toEqual([
      'on-time',
    ]);
  });

  it('gives the reason of what did not run', () => {
    const reason = { code: 'OVERLAP', text: 'an older run was active' };
    const skipped = idle({ state: 'skipped', reason });
    expect(
      auditTask({ taskId: skipped.taskId, expected: [NOON], runs: [skipped], onTimeMs: 0, now: NOON }),
    ).toMatchObject({
      entries: [{ verdict: 'skipped', reason }],
      totals: { skipped: 1, missed: 0 },
    });
    expect(verdicts([idle({ state: 'withheld' })])).toEqual(['withheld']);
    const notFound = { code: 'COMMAND_NOT_FOUND', text: 'no such program' };
    expect(verdicts([idle({ state: 'failed', reason: notFound })])).toEqual(['withheld']);
    expect(verdicts([idle({ state: 'queued' })])).toEqual(['pending']);
  });

  it('counts as started what was lost between its record and its process, also when the rerun was skipped', () => {
    const claimedAt = NOON + 2 * MINUTE;
    const lost = idle({ state: 'lost', claimedAt, reason: { code: 'LOST', text: 'its process was gone' } });
    const skipped = idle({ attempt: 2, state: 'skipped', reason: { code: 'REPLACED', text: 'a later one runs' } });
    expect(verdicts([lost, skipped])).toEqual(['late']);
    expect(verdicts([{ ...lost, claimedAt: NOON }])).toEqual(['on-time']);
    expect(verdicts([idle({ state: 'failed', claimedAt })])).toEqual(['withheld']);
  });

  it('judges a task on several machines by the worst of them', () => {
    const slots = [machine('a'), machine('b')].map((slot) => run({ slot, machineId: slot }));
    expect(verdicts(slots)).toEqual(['on-time']);
    expect(
      verdicts([slots[0] as Run, idle({ slot: machine('b'), machineId: machine('b'), state: 'refused' })]),
    ).toEqual(['withheld']);
  });

  it('wants one occurrence for each end that is followed, whatever became of it', () => {
    const taskId = task('report');
    const ends = [0, 1, 2, 3].map((minutes) => run({ nominalAt: NOON + minutes * MINUTE, claimedAt: NOON }));
    const after = (end: Run, fields: Partial<RunRecord>): Run => {
      const { taskId: upstream, occurrenceId, id: runId, state, recordedAt } = end;
      const cause = { kind: 'after' as const, taskId: upstream, occurrenceId, runId, state, depth: 1 };
      const id = afterOccurrenceId(taskId, occurrenceId, '');
      return idle({ taskId, cause, occurrenceId: id, nominalAt: recordedAt, ...fields });
    };
    const [ran, skipped, forgotten, fresh] = ends as [Run, Run, Run, Run];
    const reason = { code: 'OVERLAP', text: 'an older run was active' };
    const runs = [after(skipped, { state: 'skipped', reason }), after(ran, { startedAt: NOON + 10 })];
    const now = fresh.recordedAt + 10;
    const report = auditTask({ taskId, expected: [], ends, runs, onTimeMs: 30_000, now });
    expect(report.entries).toMatchObject([
      { verdict: 'on-time', nominalAt: NOON, latenessMs: 10, follows: { taskId: ran.taskId, runId: ran.id } },
      { verdict: 'skipped', reason, follows: { runId: skipped.id } },
      { verdict: 'missed', nominalAt: forgotten.recordedAt, follows: { runId: forgotten.id }, runs: [] },
      { verdict: 'pending', follows: { runId: fresh.id } },
    ]);
    expect(report.totals).toMatchObject({ 'on-time': 1, skipped: 1, missed: 1, pending: 1 });
  });

  it('lists scheduled runs that nothing explains, and leaves out those by hand', () => {
    const stray = run({ nominalAt: NOON + 7 });
    const manual = run({ nominalAt: NOON + 8, cause: { kind: 'manual', triggerId: 'x', by: machine('a') } });
    const report = auditTask({ taskId: task('backup'), expected: [], runs: [stray, manual], onTimeMs: 0, now: NOON });
    expect(report.unexpected).toEqual([stray]);
  });
});
