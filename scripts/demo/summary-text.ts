/** The summary of the demo for people: what ran where, the numbers that matter, and what was expected of them. */
import type { MachineId } from '../../core/domain/ids.ts';
import type { Machine } from './machine.ts';
import type { Judged } from './report.ts';
import { shortDuration } from './run-line.ts';
import type { Screen } from './screen.ts';

export function showSummary(screen: Screen, { report, summary }: Judged, machines: readonly Machine[]): void {
  screen.heading('What happened');
  const heads = ['TASK', 'DUE', 'BY HAND', 'AGAIN', ...machines.map((machine) => machine.name), 'LOST'];
  const rows = summary.rows.map((row) => [
    row.id,
    orDash(screen, row.due),
    orDash(screen, row.byHand),
    orDash(screen, row.again),
    ...machines.map((machine) => count(screen, machine, row.startsOn.get(machine.id as MachineId))),
    row.lost === 0 ? orDash(screen, 0) : screen.paint.red(String(row.lost)),
  ]);
  screen.table(heads, rows);
  screen.line('');
  const parts = [
    `${report.runs} runs: ${report.succeeded} succeeded`,
    `${report.failed} failed`,
    `${report.lost} lost with ${report.takeOver.killed}`,
    ...(report.unfinished === 0 ? [] : [`${report.unfinished} still running`]),
  ];
  screen.step(parts.join(', '));
  if (summary.latenessMs !== null) {
    const { p50, p95, max } = summary.latenessMs;
    screen.step(
      `from due to started: ${shortDuration(p50)} in the median, ${shortDuration(p95)} for 95 %, at most ${shortDuration(max)}`,
    );
  }
  screen.line('');
  const width = Math.max(...report.expectations.map((expectation) => expectation.name.length));
  for (const { name, held, detail } of report.expectations) {
    const mark = held ? screen.paint.green('✓') : screen.paint.red('✗');
    screen.step(`${mark} ${name.padEnd(width)}  ${screen.paint.dim(detail)}`, width + 4);
  }
}

function orDash(screen: Screen, value: number): string {
  return value === 0 ? screen.paint.dim('-') : String(value);
}

function count(screen: Screen, machine: Machine, starts: number | undefined): string {
  return starts === undefined ? orDash(screen, 0) : screen.machine(machine.name, String(starts));
}
