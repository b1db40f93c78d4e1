/** What the event loop asks of the worker that reads the history, and what it hears back. */
import type { RunId } from '../../domain/ids.ts';
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
  | { readonly kind: 'totals'; readonly since: number };

export interface QueryRequest {
  readonly number: number;
  readonly question: RunQuestion;
}

/** `value` is what `RunSearch` or `AuditSearch` returns for the question. */
export type QueryReply =
  | { readonly number: number; readonly ok: true; readonly value: unknown }
  | { readonly number: number; readonly ok: false; readonly message: string };

export interface QueryWorkerData {
  readonly path: string;
  readonly searchLimit: number;
}
