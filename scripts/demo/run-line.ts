/** One run as one line: when it was due, what, where, how it went, how late it started, how long it took. */
import { cut } from '../../agent/cli/table.ts';
import { paintState } from '../../agent/cli/paint.ts';
import type { RunRecordOutput } from '../../core/api/run-schemas.ts';
import type { Screen } from './screen.ts';

const INDENT = '  ';
const LEAST_TASK_WIDTH = 12;
/** The columns besides the task, with their gaps: due, machine, state, late, took. */
const FIXED_WIDTH = INDENT.length + 8 + 2 + 2 + 6 + 2 + 9 + 2 + 7 + 2 + 7;

/** @param taskWidth of the longest task id; less where the terminal is narrow */
export function runLineWidth(taskWidth: number, columns: number): number {
  return columns === 0 ? taskWidth : Math.max(LEAST_TASK_WIDTH, Math.min(taskWidth, columns - FIXED_WIDTH));
}

export function runHeadLine(screen: Screen, taskWidth: number): string {
  const head = ['DUE'.padEnd(8), 'TASK'.padEnd(taskWidth), 'ON'.padEnd(6), 'STATE'.padEnd(9)];
  return screen.paint.bold([...head, 'LATE'.padStart(7), 'TOOK'.padStart(7)].join('  '));
}

export function runLine(screen: Screen, run: RunRecordOutput, taskWidth: number): string {
  const name = run.machineName ?? run.machineId;
  const late = run.startedAt === null ? '-' : shortDuration(Date.parse(run.startedAt) - Date.parse(run.dueAt));
  const took =
    run.startedAt === null || run.finishedAt === null || run.state === 'lost'
      ? ''
      : shortDuration(Date.parse(run.finishedAt) - Date.parse(run.startedAt));
  return [
    clock(Date.parse(run.dueAt)),
    cut(run.taskId, taskWidth).padEnd(taskWidth),
    screen.machine(name) + ' '.repeat(Math.max(0, 6 - name.length)),
    paintState(screen.paint, run.state) + ' '.repeat(Math.max(0, 9 - run.state.length)),
    late.padStart(7),
    took.padStart(7),
    ...(run.attempt > 1 ? [screen.paint.dim('again')] : []),
  ]
    .join('  ')
    .trimEnd();
}

/** The time of day of this computer, to the second. */
export function clock(epochMs: number): string {
  const date = new Date(epochMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** Such as `640 ms` or `24.1 s`. */
export function shortDuration(durationMs: number): string {
  const duration = Math.max(0, Math.round(durationMs));
  return duration < 1000 ? `${duration} ms` : `${(duration / 1000).toFixed(1)} s`;
}
