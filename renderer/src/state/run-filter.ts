/** Which runs are shown, as the address says it: what to ask the agent for, and whether a run that just came belongs. */
import type { RunState } from '../../../core/domain/run.ts';
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import { type RunGroup, statesOf } from '../format/run-state.ts';
import type { Query } from './router.svelte.ts';

export const RUN_GROUP_FILTERS = ['active', 'waiting', 'failed', 'succeeded', 'not-run'] as const satisfies RunGroup[];
/** States that can be asked for alone: those that a group does not name already. */
export const RUN_STATE_FILTERS = [
  'withheld',
  'queued',
  'timed-out',
  'lost',
  'refused',
  'cancelled',
  'skipped',
] as const;
export const RUN_SPANS = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 } as const;
export type RunSpan = keyof typeof RUN_SPANS;
/** Keys of the query that filter. */
export const RUN_FILTER_KEYS = ['q', 'task', 'machine', 'state', 'since', 'until'] as const;

export interface RunFilter {
  readonly text: string;
  readonly taskId: string | undefined;
  readonly machineId: string | undefined;
  /** A group or a state; undefined for all. */
  readonly state: string | undefined;
  /** All states when undefined. */
  readonly states: readonly RunState[] | undefined;
  /** So far back from now; undefined when `since` and `until` say it. */
  readonly span: RunSpan | undefined;
  /** Nominal instants, epoch milliseconds: from (inclusive), to (exclusive). */
  readonly since: number | undefined;
  readonly until: number | undefined;
}

/** What is known by name only where tasks and machines are. */
export interface RunNames {
  /** Name and tags of a task. */
  readonly task: (id: string) => string;
}

/** The filter that an address asks for; what it says amiss is left out. */
export function runFilterOf(query: Query): RunFilter {
  const state = [...RUN_GROUP_FILTERS, ...RUN_STATE_FILTERS].find((known) => known === query['state']);
  const span = (Object.keys(RUN_SPANS) as RunSpan[]).find((known) => known === query['since']);
  return {
    text: query['q'] ?? '',
    taskId: query['task'],
    machineId: query['machine'],
    state,
    states: statesFor(state),
    span,
    since: span === undefined ? instantOf(query['since']) : undefined,
    until: instantOf(query['until']),
  };
}

export function isFiltering(filter: RunFilter): boolean {
  const { text, taskId, machineId, state, span, since, until } = filter;
  return text.trim() !== '' || [taskId, machineId, state, span, since, until].some((part) => part !== undefined);
}

/** What the agent is asked for. @param now epoch milliseconds */
export function questionOf(filter: RunFilter, now: number) {
  const { taskId, machineId, states, until } = filter;
  const text = filter.text.trim();
  const since = sinceOf(filter, now);
  return {
    ...(taskId === undefined ? {} : { task: taskId }),
    ...(machineId === undefined ? {} : { machine: machineId }),
    ...(states === undefined ? {} : { states: [...states] }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(text === '' ? {} : { text }),
  };
}

/** Whether the agent would name this run among those that it is asked for. */
export function belongs(run: RunRecordOutput, filter: RunFilter, names: RunNames, now: number): boolean {
  const since = sinceOf(filter, now);
  const nominal = Date.parse(run.nominalAt);
  if (filter.taskId !== undefined && run.taskId !== filter.taskId) return false;
  if (filter.machineId !== undefined && run.machineId !== filter.machineId) return false;
  if (filter.states !== undefined && !filter.states.includes(run.state)) return false;
  if ((since !== undefined && nominal < since) || (filter.until !== undefined && nominal >= filter.until)) return false;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const parts = [run.taskId, names.task(run.taskId), run.machineName, run.reason?.code, run.reason?.text, run.result];
  const searched = parts
    .filter((part) => typeof part === 'string')
    .join('\n')
    .toLowerCase();
  return words.every((word) => searched.includes(word));
}

function sinceOf({ span, since }: RunFilter, now: number): number | undefined {
  return span === undefined ? since : now - RUN_SPANS[span];
}

function statesFor(state: string | undefined): readonly RunState[] | undefined {
  const group = RUN_GROUP_FILTERS.find((known) => known === state);
  if (group !== undefined) return statesOf(group);
  const single = RUN_STATE_FILTERS.find((known) => known === state);
  return single === undefined ? undefined : [single];
}

function instantOf(text: string | undefined): number | undefined {
  const instant = Date.parse(text ?? '');
  return Number.isFinite(instant) ? instant : undefined;
}
