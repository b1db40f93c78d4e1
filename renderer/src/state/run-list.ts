/** The list of runs as it is shown: what runs now on top, then the newest, and never more than a bounded number. */
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import { type RunGroup, RUN_LOOKS, isActive, isFinal } from '../format/run-state.ts';

export interface ShownRun extends RunRecordOutput {
  readonly duplicate: boolean;
}

export interface RunFilter {
  readonly group: RunGroup | 'all';
  readonly text: string;
  readonly taskId: string | undefined;
}

export const MOST_RUNS = 500;

/**
 * The list after `incoming` records: newer records take the place of older ones of the same run, and what does not
 * match the filter (any more) is left out.
 */
export function mergeRuns(
  shown: readonly ShownRun[],
  incoming: readonly (RunRecordOutput & { readonly duplicate?: boolean })[],
  filter: RunFilter,
): readonly ShownRun[] {
  const byId = new Map(shown.map((run) => [run.id, run]));
  for (const record of incoming) {
    const known = byId.get(record.id);
    if (known !== undefined && !isNewer(record, known)) continue;
    byId.set(record.id, { ...record, duplicate: record.duplicate ?? known?.duplicate ?? false });
  }
  return [...byId.values()]
    .filter((run) => matchesFilter(run, filter))
    .sort(compareRuns)
    .slice(0, MOST_RUNS);
}

/** What runs first; then the newest due instant. */
export function compareRuns(a: RunRecordOutput, b: RunRecordOutput): number {
  const activeFirst = Number(isActive(b.state)) - Number(isActive(a.state));
  if (activeFirst !== 0) return activeFirst;
  if (a.dueAt !== b.dueAt) return a.dueAt < b.dueAt ? 1 : -1;
  return a.id < b.id ? 1 : -1;
}

export function matchesFilter(run: RunRecordOutput, filter: RunFilter): boolean {
  if (filter.taskId !== undefined && run.taskId !== filter.taskId) return false;
  if (filter.group !== 'all' && RUN_LOOKS[run.state].group !== filter.group) return false;
  const wanted = filter.text.trim().toLowerCase();
  return (
    wanted === '' || `${run.taskId}\n${run.reason?.text ?? ''}\n${run.result ?? ''}`.toLowerCase().includes(wanted)
  );
}

/** Answers and signals may cross: an ended run does not run again, and else the later record is right. */
export function isNewer(record: RunRecordOutput, known: RunRecordOutput): boolean {
  if (isFinal(known.state) && !isFinal(record.state)) return false;
  if (isFinal(record.state) && !isFinal(known.state)) return true;
  return record.recordedAt >= known.recordedAt;
}
