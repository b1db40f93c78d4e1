/** What the event loop asks of the worker that reads the history, and what it hears back. */
import type { RunId, TaskId } from '../../domain/ids.ts';
import type { StatisticsQuestion } from '../../history/statistics.ts';
import type { AuditFilter, RunFilter } from '../../ports/run-queries.ts';
import type { AuditPosition } from './audit-search.ts';
import type { RunPosition } from './run-cursor.ts';

export type RunQuestion =
  | {
      readonly kind: 'page';
      readonly filter: RunFilter;
      readonly limit: number;
      readonly after: RunPosition | undefined;
    }
  | {
      readonly kind: 'audit';
      readonly filter: AuditFilter;
      readonly limit: number;
      readonly after: AuditPosition | undefined;
    }
  | { readonly kind: 'by-id'; readonly id: RunId }
  | { readonly kind: 'totals'; readonly since: number }
  | { readonly kind: 'statistics'; readonly question: StatisticsQuestion }
  | { readonly kind: 'usual'; readonly tasks: readonly TaskId[] };

export interface QueryRequest {
  readonly number: number;
  readonly question: RunQuestion;
}

/** `value` is what `RunSearch`, `AuditSearch` or `RunStatistics` returns for the question. */
export type QueryReply =
  | { readonly number: number; readonly ok: true; readonly value: unknown }
  | { readonly number: number; readonly ok: false; readonly message: string };

export interface QueryWorkerData {
  readonly path: string;
  readonly searchLimit: number;
}
