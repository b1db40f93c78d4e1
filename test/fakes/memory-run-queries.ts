/** Reads the runs of a disk in memory as the worker thread of the real store does; pages over the same order. */
import { STORAGE } from '../../core/config/storage.ts';
import type { TaskId } from '../../core/domain/ids.ts';
import type { Run } from '../../core/domain/run.ts';
import { isDuplicate, type MergedRun, newestFirst, recordInForce } from '../../core/history/run-merge.ts';
import type { Quantiles } from '../../core/history/samples.ts';
import type { RunFigures, StatisticsQuestion } from '../../core/history/statistics.ts';
import type { AuditRecord } from '../../core/domain/audit-record.ts';
import type {
  AuditFilter,
  AuditPage,
  RunFilter,
  RunPage,
  RunQueries,
  RunTotals,
  SearchWord,
} from '../../core/ports/run-queries.ts';
import { AppErrorException, appError } from '../../core/std/app-error.ts';
import type { MemoryDisk } from './memory-disk.ts';
import { figuresOf, usualTimesOf } from './memory-statistics.ts';

export class MemoryRunQueries implements RunQueries {
  readonly #disk: MemoryDisk;

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
  }

  async page(filter: RunFilter, limit: number, cursor: string | undefined): Promise<RunPage> {
    const after = cursor === undefined ? undefined : parseCursor(cursor);
    const found = this.#runs()
      .filter((run) => matches(run, filter) && (after === undefined || newestFirst(run, after) > 0))
      .sort(newestFirst);
    const runs = found.slice(0, limit);
    const last = runs.at(-1);
    return found.length <= limit || last === undefined ? { runs } : { runs, nextCursor: `${last.dueAt}:${last.id}` };
  }

  async byId(id: Run['id']): Promise<Run | undefined> {
    return this.#runs().find((run) => run.id === id);
  }

  async totals(since: number): Promise<readonly RunTotals[]> {
    const totals = new Map<string, { taskId: TaskId; state: Run['state']; count: number }>();
    for (const { taskId, state, nominalAt } of this.#runs()) {
      if (nominalAt < since) continue;
      const total = totals.get(`${taskId}/${state}`);
      if (total === undefined) totals.set(`${taskId}/${state}`, { taskId, state, count: 1 });
      else total.count += 1;
    }
    return [...totals.values()];
  }

  async statistics(question: StatisticsQuestion): Promise<RunFigures> {
    return figuresOf(this.#runs(), question);
  }

  async usual(tasks: readonly TaskId[]): Promise<Readonly<Record<TaskId, Quantiles>>> {
    return usualTimesOf(this.#runs(), tasks);
  }

  async audit(filter: AuditFilter, limit: number, cursor: string | undefined): Promise<AuditPage> {
    const after = cursor === undefined ? undefined : parseAuditCursor(cursor);
    const found = auditRecords(this.#disk)
      .filter((record) => matchesAudit(record, filter) && (after === undefined || newestAuditFirst(record, after) > 0))
      .sort(newestAuditFirst);
    const records = found.slice(0, limit);
    const last = records.at(-1);
    if (found.length <= limit || last === undefined) return { records };
    return { records, nextCursor: `${last.at}.${last.recorderId}.${last.sequence}` };
  }

  async close(): Promise<void> {
    // Nothing is held.
  }

  #runs(): Run[] {
    const { runs, occurrences } = this.#disk.tables;
    return [...runs].map(([id, run]) => {
      const record = recordInForce(run);
      const others = [...(occurrences.get(record.occurrenceId) ?? [])].filter((other) => other !== id);
      return {
        ...record,
        duplicate: isDuplicate(
          run,
          others.map((other) => runs.get(other) as MergedRun),
        ),
      };
    });
  }
}

function matches(run: Run, filter: RunFilter): boolean {
  return (
    (filter.taskId === undefined || run.taskId === filter.taskId) &&
    (filter.machineId === undefined || run.machineId === filter.machineId) &&
    (filter.occurrenceId === undefined || run.occurrenceId === filter.occurrenceId) &&
    (filter.states === undefined || filter.states.includes(run.state)) &&
    (filter.since === undefined || run.nominalAt >= filter.since) &&
    (filter.until === undefined || run.nominalAt < filter.until) &&
    (filter.words ?? []).every((word) => fitsWord(run, word))
  );
}

/** As the store on disk matches a word of a search. */
export function fitsWord(run: Run, { text, taskIds = [], machineIds = [] }: SearchWord): boolean {
  const searched = [run.reason?.code, run.reason?.text, run.result].filter((part) => part !== undefined);
  return (
    taskIds.includes(run.taskId) ||
    machineIds.includes(run.machineId) ||
    [run.taskId, searched.join('\n').slice(0, STORAGE.searchedTextLength)].some((part) =>
      part.toLowerCase().includes(text.toLowerCase()),
    )
  );
}

type AuditPlace = Pick<AuditRecord, 'at' | 'recorderId' | 'sequence'>;

function newestAuditFirst(left: AuditPlace, right: AuditPlace): number {
  if (left.at !== right.at) return right.at - left.at;
  if (left.recorderId !== right.recorderId) return left.recorderId < right.recorderId ? 1 : -1;
  return right.sequence - left.sequence;
}

function auditRecords(disk: MemoryDisk): AuditRecord[] {
  return [...disk.tables.audits.values()].flatMap(({ records }) => records);
}

function matchesAudit(record: AuditRecord, filter: AuditFilter): boolean {
  const { action, machineId, since, until, text = '' } = filter;
  return (
    (action === undefined || record.action === action) &&
    (machineId === undefined || record.recorderId === machineId || record.by === machineId) &&
    (since === undefined || record.at >= since) &&
    (until === undefined || record.at < until) &&
    `${record.subject}\n${record.detail}`.toLowerCase().includes(text.toLowerCase())
  );
}

function parseAuditCursor(cursor: string): AuditPlace {
  const match = /^(\d+)\.(\w+)\.(\d+)$/.exec(cursor);
  if (match === null) {
    throw new AppErrorException(appError('INVALID_INPUT', 'The cursor is malformed.', { field: 'cursor' }));
  }
  return { at: Number(match[1]), recorderId: match[2] as AuditPlace['recorderId'], sequence: Number(match[3]) };
}

function parseCursor(cursor: string): { dueAt: number; id: string } {
  const match = /^(\d+):([a-z2-7]{20})$/.exec(cursor);
  if (match === null) {
    throw new AppErrorException(appError('INVALID_INPUT', 'The cursor is malformed.', { field: 'cursor' }));
  }
  return { dueAt: Number(match[1]), id: match[2] as string };
}
