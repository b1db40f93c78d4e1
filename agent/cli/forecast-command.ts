/** `carillon forecast`: what comes due in the next time, in order, and on which machine. */
import type { Command } from 'commander';
import type { ForecastOutput } from '../../core/api/forecast-schemas.ts';
import { LIMITS } from '../../core/config/constants.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand } from './command.ts';
import { formatTable } from './table.ts';
import { exactTime, readInstant, readInteger } from './times.ts';

interface Options {
  readonly from?: string;
  readonly to?: string;
  readonly limit?: string;
}

const DEFAULT_LIMIT = 100;

export function forecastCommand(host: CliHost): Command {
  const command = newCommand(
    'forecast',
    'Show what comes due and who would run it, by the machines of now',
    'carillon forecast\ncarillon forecast --from 2026-12-24T00:00:00Z --to 2026-12-27T00:00:00Z',
  )
    .option('--from <instant>', 'not before this instant, ISO 8601 (default: now)')
    .option('--to <instant>', 'before this instant (default: a day after the beginning)')
    .option('--limit <count>', `at most so many (default: ${DEFAULT_LIMIT})`);
  return handle<Options>(command, host, async (session, { from, to, limit }) => {
    const now = host.now();
    const input = {
      ...(from === undefined ? {} : { from: readInstant(from, 'from', now) }),
      ...(to === undefined ? {} : { to: readInstant(to, 'to', now) }),
      limit: limit === undefined ? DEFAULT_LIMIT : readInteger(limit, 'limit', 1, LIMITS.forecastOccurrences),
    };
    const client = await session.connect();
    const [value, { machines }] = await Promise.all([client.tasks.forecast(input), client.machines.list({})]);
    const names = new Map(machines.map(({ id, name }) => [id, name]));
    return { value, text: forecastText(value, names, session) };
  });
}

function forecastText(
  { occurrences, truncated }: ForecastOutput,
  names: ReadonlyMap<string, string>,
  { paint, host }: Session,
): string {
  if (occurrences.length === 0) return 'Nothing comes due in that time.';
  const now = host.now();
  const rows = occurrences.map(({ at, taskName, machineIds }) => [
    exactTime(at, now),
    taskName,
    machineIds.map((id) => names.get(id) ?? id).join(', ') || 'nobody can run it',
  ]);
  const table = formatTable(['AT', 'TASK', 'MACHINE'], rows, { paint, columns: host.columns });
  return truncated ? `${table}\n\nThere is more: give a shorter time, or a higher --limit.` : table;
}
