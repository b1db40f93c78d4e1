/** `carillon task run ID`: runs a task now; with `--follow` shows its output and ends as the run did. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ApiClient } from '../../core/api/contract.ts';
import type { RunOutput } from '../../core/api/run-schemas.ts';
import type { CliHost } from './cli-host.ts';
import { type Outcome, type Session, handle, newCommand, usageError } from './command.ts';
import { copyOutput } from './run-stream.ts';
import { shortRunId } from './short-id.ts';

const LOOK_MS = 200;
const ENDED: ReadonlySet<RunOutput['state']> = new Set([
  'succeeded',
  'failed',
  'timed-out',
  'cancelled',
  'lost',
  'skipped',
  'refused',
]);

interface Options {
  readonly follow?: true;
  readonly machine?: string;
  readonly param?: readonly string[];
}

export function taskRunCommand(host: CliHost): Command {
  const command = newCommand('run <id>', 'Run a task now', 'carillon task run nightly-backup --follow')
    .option('--follow', 'show the output, and exit 0 only if the run succeeds')
    .option('--machine <machine>', 'run it there and nowhere else, this once')
    .option('--param <name=value>', 'value of a parameter of the task; may be given several times', collected);
  return handle<Options>(command, host, async (session, options, id = '') => {
    const client = await session.connect();
    const { machine, param } = options;
    const where = machine === undefined ? {} : { machine };
    const said = param === undefined ? {} : { parameters: readParameters(param) };
    const started = await client.tasks.run({ id, ...where, ...said });
    if (options.follow === true) return followOccurrences(session, client, started.occurrenceIds);
    const many = started.occurrenceIds.length === 1 ? '' : ` on ${started.occurrenceIds.length} machines`;
    return { value: started, text: `${id} runs${many}. See \`carillon runs --task ${id}\`.` };
  });
}

function collected(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text];
}

/** `target=live` as the API takes it; everything after the first `=` is the value. Throws INVALID_INPUT. */
function readParameters(texts: readonly string[]): Record<string, string> {
  const values = new Map<string, string>();
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals <= 0) throw usageError(`"${text}" is not name=value`, 'param');
    const name = text.slice(0, equals);
    if (values.has(name)) throw usageError(`the parameter "${name}" is given twice`, 'param');
    values.set(name, text.slice(equals + 1));
  }
  return Object.fromEntries(values);
}

async function followOccurrences(
  session: Session,
  client: ApiClient,
  occurrenceIds: readonly string[],
): Promise<Outcome> {
  const runs: RunOutput[] = [];
  for (const occurrence of occurrenceIds) runs.push(await followOccurrence(session, client, occurrence));
  const failed = runs.some((run) => run.state !== 'succeeded');
  const text = runs.map((run) => endText(run)).join('\n');
  return { value: { occurrenceIds, runs }, text, toErrorStream: true, exitCode: failed ? 1 : 0 };
}

/** Shows the output of attempt after attempt, until the last has ended. Ends with the agent, or when interrupted. */
async function followOccurrence(session: Session, client: ApiClient, occurrence: string): Promise<RunOutput> {
  const shown = new Set<string>();
  for (;;) {
    const { runs } = await client.runs.list({ occurrence });
    const newest = newestAttempt(runs);
    const begun = newest !== undefined && newest.startedAt !== null && !shown.has(newest.id);
    if (begun) {
      shown.add(newest.id);
      if (!session.json) await copyOutput(session, await client.runs.follow({ run: newest.id, encoding: 'base64' }));
      continue;
    }
    if (newest !== undefined && ENDED.has(newest.state) && newest.next === null) return newest;
    await pause(LOOK_MS);
  }
}

/** The attempt that counts: the last one, and of its records (a trigger has one of its own) the latest. */
function newestAttempt(runs: readonly RunOutput[]): RunOutput | undefined {
  return runs.toSorted((a, b) => b.attempt - a.attempt || Date.parse(b.recordedAt) - Date.parse(a.recordedAt))[0];
}

function endText(run: RunOutput): string {
  const code = run.exitCode === null ? '' : ` with exit code ${run.exitCode}`;
  const reason = run.reason === null ? '' : `: ${run.reason.text}`;
  return `run ${shortRunId(run.id)} on ${run.machineName ?? run.machineId} ${run.state}${code}${reason}`;
}
