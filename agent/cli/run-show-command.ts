/** `carillon run show ID`: a run with all its instants, and the other attempts. */
import type { Command } from 'commander';
import type { RunOutput } from '../../core/api/run-schemas.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand } from './command.ts';
import { paintState } from './paint.ts';
import { runTable } from './runs-command.ts';
import { formatFields } from './table.ts';
import { elapsed, exactTime } from './times.ts';

export function runShowCommand(host: CliHost): Command {
  const command = newCommand('show <run>', 'Show a run and the other attempts', 'carillon run show k3v5qzra');
  return handle(command, host, async (session, _options, run = '') => {
    const value = await (await session.connect()).runs.get({ run });
    const attempts = value.attempts.length < 2 ? '' : `\n\n${runTable(value.attempts, session)}`;
    return { value, text: `${runText(value.run, session)}${attempts}` };
  });
}

function runText(run: RunOutput, { paint, host }: Session): string {
  const now = host.now();
  return formatFields(
    [
      ['run', run.id],
      ['task', run.taskId],
      ['occurrence', `${run.occurrenceId}, attempt ${run.attempt}`],
      ['state', run.duplicate ? `${paintState(paint, run.state)}, started twice` : paintState(paint, run.state)],
      ['machine', run.machineName ?? run.machineId],
      ['cause', causeText(run)],
      ...parameterFields(run),
      ['nominal', exactTime(run.nominalAt, now)],
      ['due', exactTime(run.dueAt, now)],
      ['claimed', exactTime(run.claimedAt, now)],
      ['started', exactTime(run.startedAt, now)],
      ['finished', exactTime(run.finishedAt, now)],
      ['took', elapsed(run.startedAt, run.finishedAt)],
      ['exit code', run.exitCode === null ? (run.signal ?? '-') : String(run.exitCode)],
      ['reason', run.reason === null ? '-' : `${run.reason.text} (${run.reason.code})`],
      ...(run.result === null ? [] : [['result', run.result] as const]),
      [
        'output',
        run.outputBytes === null ? '-' : `${run.outputBytes} bytes; see \`carillon logs ${run.id.slice(0, 8)}\``,
      ],
      ...(run.next === null ? [] : [['next attempt', exactTime(run.next.dueAt, now)] as const]),
    ],
    paint,
  );
}

/** What was said of the task's parameters, a line each; control characters and quotes are escaped. */
function parameterFields({ cause }: RunOutput): (readonly [string, string])[] {
  const values = Object.entries(cause.parameters ?? {});
  return values.map(([name, value], index) => [index === 0 ? 'parameters' : '', `${name}=${JSON.stringify(value)}`]);
}

/** `schedule`, or `after nightly-backup succeeded`. */
function causeText({ cause }: RunOutput): string {
  return cause.after === undefined ? cause.kind : `after ${cause.after.taskId} ${cause.after.state}`;
}
