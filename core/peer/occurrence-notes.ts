/** Records about attempts that no machine has started: due, queued, withheld, skipped, refused. Each says why. */
import { LIMITS } from '../config/constants.ts';
import type { OpenOccurrence } from '../claims/open-occurrence.ts';
import { type MachineId, unstartedRunIdOf } from '../domain/ids.ts';
import type { Reason } from '../domain/run.ts';
import { noteAudit } from './audit-steps.ts';
import { appendRecord } from './log-steps.ts';
import type { Turn } from './state.ts';

export function noteUnstarted(
  turn: Turn,
  occurrence: OpenOccurrence,
  state: 'due' | 'queued' | 'withheld' | 'skipped' | 'refused',
  reason: Reason | undefined,
  machineId: MachineId = turn.state.self,
): void {
  const mark = reason?.code ?? state;
  const isFinal = state === 'skipped' || state === 'refused';
  if (!isFinal && occurrence.withheld === mark) return;
  occurrence.withheld = mark;
  if (state === 'refused') {
    const detail = reason?.text ?? 'refused';
    noteAudit(turn, 'run-refused', { subject: occurrence.taskId, detail, source: occurrence.taskId });
  }
  const note = {
    id: unstartedRunIdOf(occurrence.id, occurrence.attempt),
    taskId: occurrence.taskId,
    occurrenceId: occurrence.id,
    slot: occurrence.slot,
    attempt: occurrence.attempt,
    machineId,
    state,
    cause: occurrence.cause,
    nominalAt: occurrence.nominalAt,
    dueAt: occurrence.dueAt,
    ...(isFinal ? { finishedAt: turn.wallMs } : {}),
    ...(reason === undefined ? {} : { reason }),
  };
  const { noted } = occurrence;
  // Later than the note that it takes the place of, whatever the clocks say: else that note would stay in force.
  appendRecord(turn, note, noted?.attempt === occurrence.attempt ? noted.recordedAt + 1 : 0);
}

/** More occurrences of the task wait than are taken. */
export function noteQueueFull(turn: Turn, occurrence: OpenOccurrence): void {
  const text = `${LIMITS.openOccurrencesPerTask} occurrences of the task wait already`;
  noteUnstarted(turn, occurrence, 'skipped', { code: 'QUEUE_FULL', text });
}

/** The name of a machine, for people. */
export function nameOf(turn: Turn, machine: MachineId): string {
  return turn.state.roster.get(machine)?.name ?? machine;
}
