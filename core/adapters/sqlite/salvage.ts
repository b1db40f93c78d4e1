/**
 * What can still be read of a damaged database: the named values (who this machine is, and in which cluster), and how
 * far the run logs went, so that no number is given out twice. Nothing else is taken over, for nothing would tell
 * whether it is whole; peers hold the rest.
 */
import { DatabaseSync } from 'node:sqlite';
import type { MachineId } from '../../domain/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import { failureText } from './sqlite-errors.ts';

export interface Salvage {
  /** Named values whose text is still JSON. */
  readonly meta: ReadonlyMap<string, string>;
  /** Newest sequence per recorder that the damaged file shows; others may have been newer. */
  readonly newestSequences: ReadonlyMap<MachineId, number>;
}

export const NOTHING_SALVAGED: Salvage = { meta: new Map(), newestSequences: new Map() };

/** Reads from the file, and changes nothing in it. Never throws: what cannot be read is left. */
export function salvage(path: string, logger: Logger): Salvage {
  const meta = new Map<string, string>();
  const newestSequences = new Map<MachineId, number>();
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    readEach(database, logger, 'select key, value from meta', (row) => {
      const [key, value] = [row['key'], row['value']];
      if (typeof key === 'string' && typeof value === 'string' && isJson(value)) meta.set(key, value);
    });
    const heads =
      'select text, max(sequence) as head from run_records join names on number = recorder group by recorder';
    const floors = 'select text, floor as head from log_floors join names on number = recorder';
    for (const query of [heads, floors]) {
      readEach(database, logger, query, (row) => {
        const [recorder, head] = [row['text'], Number(row['head'])];
        if (typeof recorder !== 'string' || !Number.isSafeInteger(head)) return;
        const machine = recorder as MachineId;
        newestSequences.set(machine, Math.max(head, newestSequences.get(machine) ?? 0));
      });
    }
  } catch (error) {
    logger.log('info', 'nothing can be read of the damaged database', { error: failureText(error) });
  } finally {
    if (database?.isOpen) database.close();
  }
  return { meta, newestSequences };
}

function readEach(
  database: DatabaseSync,
  logger: Logger,
  query: string,
  take: (row: Record<string, unknown>) => void,
): void {
  try {
    for (const row of database.prepare(query).iterate()) take(row);
  } catch (error) {
    logger.log('info', 'a part of the damaged database cannot be read', { error: failureText(error) });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
