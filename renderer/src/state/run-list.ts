/** Runs as they are shown, and which of two records of a run is the later one. */
import type { ApiClient } from '../../../core/api/contract.ts';
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import { isFinal } from '../format/run-state.ts';

export interface ShownRun extends RunRecordOutput {
  readonly duplicate: boolean;
}

/** What the agent answers when it is asked for runs. */
export type RunPage = Awaited<ReturnType<ApiClient['runs']['list']>>;

/** By due instant and id, as the agent sorts pages. */
export function newestFirst(a: RunRecordOutput, b: RunRecordOutput): number {
  if (a.dueAt !== b.dueAt) return a.dueAt < b.dueAt ? 1 : -1;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/** Answers and signals may cross: an ended run does not run again, and else the later record is right. */
export function isNewer(record: RunRecordOutput, known: RunRecordOutput): boolean {
  if (isFinal(known.state) && !isFinal(record.state)) return false;
  if (isFinal(record.state) && !isFinal(known.state)) return true;
  return record.recordedAt >= known.recordedAt;
}
