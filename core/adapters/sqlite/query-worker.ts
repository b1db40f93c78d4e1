/**
 * Worker thread: answers questions on the history on a read-only connection of its own. One after the other, but for
 * statistics, which are counted a slice at a time with other questions answered in between.
 */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../std/assert.ts';
import { AuditSearch } from './audit-search.ts';
import type { QueryReply, QueryRequest, QueryWorkerData, RunQuestion } from './query-protocol.ts';
import { RunSearch } from './run-search.ts';
import { RunStatistics, type StatisticsCount } from './run-statistics.ts';
import { failureText } from './sqlite-errors.ts';

const port = parentPort;
assert(port !== null, 'this file runs as a worker');
const { path, searchLimit } = workerData as QueryWorkerData;
const database = new DatabaseSync(path, { readOnly: true, timeout: 2000 });
database.exec('pragma cache_size = -16384');
const search = new RunSearch(database);
const auditSearch = new AuditSearch(database);
const statistics = new RunStatistics(database);
/** Counts under way, oldest first; as many as there are questions that wait. */
const counts: { readonly number: number; readonly count: StatisticsCount }[] = [];

port.on('message', (request: QueryRequest | 'close') => {
  if (request === 'close') {
    counts.length = 0;
    database.close();
    port.close();
    return;
  }
  const { number, question } = request;
  if (question.kind === 'statistics') beginCount(number, question);
  else reply(number, () => answer(question));
});

function reply(number: number, work: () => unknown): void {
  let result: QueryReply;
  try {
    result = { number, ok: true, value: work() };
  } catch (error) {
    result = { number, ok: false, message: failureText(error) };
  }
  port?.postMessage(result);
}

function answer(question: Exclude<RunQuestion, { kind: 'statistics' }>): unknown {
  switch (question.kind) {
    case 'page':
      return search.page(question.filter, question.limit, question.after, searchLimit);
    case 'audit':
      return auditSearch.page(question.filter, question.limit, question.after);
    case 'by-id':
      return search.byId(question.id);
    case 'totals':
      return search.totals(question.since);
    case 'usual':
      return statistics.usual(question.tasks);
  }
}

function beginCount(number: number, { question }: Extract<RunQuestion, { kind: 'statistics' }>): void {
  try {
    counts.push({ number, count: statistics.count(question) });
    if (counts.length === 1) setImmediate(continueCount);
  } catch (error) {
    reply(number, () => {
      throw error;
    });
  }
}

/** One slice of the oldest count. Messages that came meanwhile are read before the next. */
function continueCount(): void {
  const [oldest] = counts;
  if (oldest === undefined) return;
  const { number, count } = oldest;
  let done = true;
  try {
    const figures = count.step();
    done = figures !== undefined;
    if (done) reply(number, () => figures);
  } catch (error) {
    reply(number, () => {
      throw error;
    });
  }
  if (done) counts.shift();
  if (counts.length > 0) setImmediate(continueCount);
}
