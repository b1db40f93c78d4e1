/** What the place of statistics is asked by its address: which time, of which tasks and machines, in which order. */
import type { Query } from './router.svelte.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Lengths in milliseconds; `custom` is from one day to another. */
export const PERIODS = { '24h': DAY_MS, '7d': 7 * DAY_MS, '30d': 30 * DAY_MS, '90d': 90 * DAY_MS } as const;
export type Period = keyof typeof PERIODS | 'custom';
export const PERIOD_NAMES: readonly Period[] = ['24h', '7d', '30d', '90d', 'custom'];
/** The longest time that is asked about. */
export const LONGEST_MS = 366 * DAY_MS;

export const TASK_SORTS = ['failing', 'slowest', 'latest', 'busiest'] as const;
export type TaskSort = (typeof TASK_SORTS)[number];

export interface StatisticsFilter {
  readonly period: Period;
  /** Local days such as `2026-03-29`, both included; of a custom period. */
  readonly from: string;
  readonly to: string;
  readonly task: string | undefined;
  readonly machine: string | undefined;
  readonly tag: string | undefined;
  readonly sort: TaskSort;
}

/** Epoch milliseconds; `until` is excluded. */
export interface Span {
  readonly since: number;
  readonly until: number;
}

/** What an address asks for; what it says amiss is left out. @param now epoch milliseconds, for days that are not said */
export function statisticsFilterOf(query: Query, now: number): StatisticsFilter {
  const [from, to] = [query['from'] ?? '', query['to'] ?? ''];
  return {
    period: PERIOD_NAMES.find((name) => name === query['period']) ?? '7d',
    from: dayStart(from) === undefined ? dayOf(now - 6 * DAY_MS) : from,
    to: dayStart(to) === undefined ? dayOf(now) : to,
    task: query['task'],
    machine: query['machine'],
    tag: query['tag'],
    sort: TASK_SORTS.find((sort) => sort === query['sort']) ?? 'failing',
  };
}

/** The time that is meant. Undefined when a custom one ends before it begins, or is too long. */
export function spanOf({ period, from, to }: StatisticsFilter, now: number): Span | undefined {
  if (period !== 'custom') return { since: now - PERIODS[period], until: now };
  const since = dayStart(from);
  const last = dayStart(to);
  if (since === undefined || last === undefined) return undefined;
  const until = dayAfter(last);
  return since < until && until - since <= LONGEST_MS ? { since, until } : undefined;
}

/** The time of the same length that ends where this one begins. */
export function spanBefore({ since, until }: Span): Span {
  return { since: since - (until - since), until: since };
}

/** The local day of an instant, as the address and the field have it. */
export function dayOf(instantMs: number): string {
  const day = new Date(instantMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** The first instant of a local day; undefined for what is no day. */
function dayStart(text: string): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (year === undefined) return undefined;
  const start = new Date(Number(year), Number(month) - 1, Number(day)).getTime();
  return dayOf(start) === text ? start : undefined;
}

function dayAfter(startMs: number): number {
  const day = new Date(startMs);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1).getTime();
}
