/** The list of runs as CSV (RFC 4180), for spreadsheets. */
import type { RunOutput } from '../../../core/api/run-schemas.ts';

const COLUMNS: readonly (readonly [string, (run: RunOutput, nameOf: (id: string) => string) => unknown])[] = [
  ['run', (run) => run.id],
  ['task', (run) => run.taskId],
  ['name', (run, nameOf) => nameOf(run.taskId)],
  ['attempt', (run) => run.attempt],
  ['state', (run) => run.state],
  ['machine', (run) => run.machineName ?? run.machineId],
  ['cause', (run) => run.cause.kind],
  ['nominal', (run) => run.nominalAt],
  ['due', (run) => run.dueAt],
  ['claimed', (run) => run.claimedAt],
  ['started', (run) => run.startedAt],
  ['finished', (run) => run.finishedAt],
  ['tookMs', (run) => (run.startedAt && run.finishedAt ? Date.parse(run.finishedAt) - Date.parse(run.startedAt) : '')],
  ['exitCode', (run) => run.exitCode],
  ['duplicate', (run) => run.duplicate],
  ['reasonCode', (run) => run.reason?.code],
  ['reason', (run) => run.reason?.text],
  ['result', (run) => run.result],
];

export function csvOfRuns(runs: readonly RunOutput[], nameOf: (id: string) => string): string {
  const lines = [
    COLUMNS.map(([name]) => name),
    ...runs.map((run) => COLUMNS.map(([, read]) => cell(read(run, nameOf)))),
  ];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

/** A text that a spreadsheet would take for a formula is kept from being one: much of this was written by programs. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = /^[=+\-@\t\r]/.test(text) && typeof value === 'string' ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
