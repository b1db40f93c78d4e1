/** Builders for what is told of runs. */
import type { MachineId, OccurrenceId, RunId, TaskId } from '../../../core/domain/ids.ts';
import type { RunRecord } from '../../../core/domain/run.ts';
import type { Notice } from '../../../core/notifications/notice.ts';

export const AT = Date.UTC(2026, 5, 1, 2, 30);
const MACHINE = '12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo' as MachineId;

export function aNotice(number: number, over: Partial<Notice> = {}): Notice {
  return {
    id: `notice-${number}`,
    outcome: 'failure',
    taskId: `task-${number}`,
    taskName: `Task ${number}`,
    occurrenceId: `occurrence-${number}`,
    runId: `run-${number}`,
    state: 'failed',
    attempt: 1,
    machineId: MACHINE,
    machineName: 'nas',
    nominalAt: AT,
    reason: { code: 'EXIT', text: 'it exited with code 1' },
    ...over,
  };
}

export function aRecord(over: Partial<RunRecord> = {}): RunRecord {
  return {
    recorderId: MACHINE,
    sequence: 1,
    recordedAt: AT,
    id: 'aaaaaaaaaaaaaaaaaaaa' as RunId,
    taskId: 'backup' as TaskId,
    occurrenceId: 'bbbbbbbbbbbbbbbbbbbb' as OccurrenceId,
    slot: '',
    attempt: 1,
    machineId: MACHINE,
    state: 'failed',
    cause: { kind: 'schedule' },
    nominalAt: AT,
    dueAt: AT,
    ...over,
  };
}
