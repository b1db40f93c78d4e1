/**
 * The history, read in a worker thread, so that no search holds up the event loop. Readers see every commit that
 * returned before they asked. When the worker dies, what it was asked fails once, with a clear refusal, and the next
 * question starts a new one.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { LIMITS } from '../../config/constants.ts';
import { STORAGE } from '../../config/storage.ts';
import type { RunId, TaskId } from '../../domain/ids.ts';
import type { Run } from '../../domain/run.ts';
import type { Quantiles } from '../../history/samples.ts';
import type { RunFigures, StatisticsQuestion } from '../../history/statistics.ts';
import type { Logger } from '../../ports/logger.ts';
import type { AuditFilter, AuditPage, RunFilter, RunPage, RunQueries, RunTotals } from '../../ports/run-queries.ts';
import { AppErrorException, appError } from '../../std/app-error.ts';
import type { ErrorCode } from '../../std/error-codes.ts';
import { type AuditSearchPage, formatAuditCursor, parseAuditCursor } from './audit-search.ts';
import type { QueryReply, QueryRequest, QueryWorkerData, RunQuestion } from './query-protocol.ts';
import { formatCursor, parseCursor } from './run-cursor.ts';
import type { SearchPage } from './run-search.ts';
import { DATABASE_FILE } from './state-store.ts';

/** The module beside this one, with the same ending: `.ts` when run from source, `.js` when built. */
const WORKER_MODULE = new URL(
  import.meta.url.endsWith('.ts') ? './query-worker.ts' : './query-worker.js',
  import.meta.url,
);

export interface RunQueriesOptions {
  /** The state store of this folder must be open. */
  readonly dataFolder: string;
  readonly logger: Logger;
  /** Runs that a text is looked for in, a page; smaller in tests only. */
  readonly searchLimit?: number;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Starts nothing yet; the worker starts with the first question. Close it before the state store. */
export function openRunQueries(options: RunQueriesOptions): SqliteRunQueries {
  return new SqliteRunQueries(options);
}

export class SqliteRunQueries implements RunQueries {
  readonly #options: RunQueriesOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #exited: Promise<void> = Promise.resolve();
  #closed = false;
  #number = 0;

  constructor(options: RunQueriesOptions) {
    this.#options = options;
  }

  /** The worker's thread, for tests that end it. */
  get worker(): Worker | undefined {
    return this.#worker;
  }

  async page(filter: RunFilter, limit: number, cursor: string | undefined): Promise<RunPage> {
    const after = cursor === undefined ? undefined : parseCursor(cursor);
    const bounded = Math.max(1, Math.min(limit, LIMITS.pageSize));
    const page = (await this.#ask({ kind: 'page', filter, limit: bounded, after })) as SearchPage;
    return { runs: page.runs, ...(page.last === undefined ? {} : { nextCursor: formatCursor(page.last) }) };
  }

  async byId(run: RunId): Promise<Run | undefined> {
    return (await this.#ask({ kind: 'by-id', id: run })) as Run | undefined;
  }

  async totals(since: number): Promise<readonly RunTotals[]> {
    return (await this.#ask({ kind: 'totals', since })) as RunTotals[];
  }

  async statistics(question: StatisticsQuestion): Promise<RunFigures> {
    return (await this.#ask({ kind: 'statistics', question })) as RunFigures;
  }

  async usual(tasks: readonly TaskId[]): Promise<Readonly<Record<TaskId, Quantiles>>> {
    return (await this.#ask({ kind: 'usual', tasks })) as Record<TaskId, Quantiles>;
  }

  async audit(filter: AuditFilter, limit: number, cursor: string | undefined): Promise<AuditPage> {
    const after = cursor === undefined ? undefined : parseAuditCursor(cursor);
    const bounded = Math.max(1, Math.min(limit, LIMITS.pageSize));
    const { records, last } = (await this.#ask({ kind: 'audit', filter, limit: bounded, after })) as AuditSearchPage;
    return { records, ...(last === undefined ? {} : { nextCursor: formatAuditCursor(last) }) };
  }

  /** Ends the worker after the question that it works on; the others are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#refuseAll('STOPPING', 'The history is being closed.');
    this.#worker?.postMessage('close');
    await this.#exited;
  }

  #ask(question: RunQuestion): Promise<unknown> {
    if (this.#closed) return Promise.reject(refusal('STOPPING', 'The history is closed.'));
    if (this.#waiting.size >= STORAGE.queuedQueries) {
      return Promise.reject(refusal('BUSY', `${this.#waiting.size} queries of the history wait already.`));
    }
    this.#number += 1;
    const request: QueryRequest = { number: this.#number, question };
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.number, { resolve, reject });
      (this.#worker ?? this.#start()).postMessage(request);
    });
  }

  #start(): Worker {
    const { dataFolder, logger, searchLimit } = this.#options;
    const workerData: QueryWorkerData = {
      path: join(dataFolder, DATABASE_FILE),
      searchLimit: searchLimit ?? STORAGE.searchedRunsPerPage,
    };
    const worker = new Worker(WORKER_MODULE, { workerData });
    this.#worker = worker;
    worker.on('message', (reply: QueryReply) => this.#settle(reply));
    worker.on('error', (error) => logger.log('error', 'the reader of the history failed', { error: String(error) }));
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        if (this.#worker === worker) this.#worker = undefined;
        this.#refuseAll('STORAGE_FAILED', 'The reader of the history ended while it searched; it is started anew.');
        resolve();
      });
    });
    return worker;
  }

  #settle(reply: QueryReply): void {
    const waiting = this.#waiting.get(reply.number);
    this.#waiting.delete(reply.number);
    if (reply.ok) waiting?.resolve(reply.value);
    else waiting?.reject(refusal('STORAGE_FAILED', `The history cannot be read: ${reply.message}.`));
  }

  #refuseAll(code: ErrorCode, message: string): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(refusal(code, message));
  }
}

function refusal(code: ErrorCode, message: string): AppErrorException {
  return new AppErrorException(appError(code, message));
}
