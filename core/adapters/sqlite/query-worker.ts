/** Worker thread: answers questions on the history, one after the other, on a read-only connection of its own. */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../std/assert.ts';
import { AuditSearch } from './audit-search.ts';
import type { QueryReply, QueryRequest, QueryWorkerData, RunQuestion } from './query-protocol.ts';
import { RunSearch } from './run-search.ts';
import { failureText } from './sqlite-errors.ts';

const port = parentPort;
assert(port !== null, 'this file runs as a worker');
const { path, searchLimit } = workerData as QueryWorkerData;
const database = new DatabaseSync(path, { readOnly: true, timeout: 2000 });
database.exec('pragma cache_size = -16384');
const search = new RunSearch(database);
const auditSearch = new AuditSearch(database);

port.on('message', (request: QueryRequest | 'close') => {
  if (request === 'close') {
    database.close();
    port.close();
    return;
  }
  port.postMessage(replyTo(request));
});

function replyTo({ number, question }: QueryRequest): QueryReply {
  try {
    return { number, ok: true, value: answer(question) };
  } catch (error) {
    return { number, ok: false, message: failureText(error) };
  }
}

function answer(question: RunQuestion): unknown {
  switch (question.kind) {
    case 'page':
      return search.page(question.filter, question.limit, question.after, searchLimit);
    case 'audit':
      return auditSearch.page(question.filter, question.limit, question.after);
    case 'by-id':
      return search.byId(question.id);
    case 'totals':
      return search.totals(question.since);
  }
}
