/**
 * The few runs that came due long after their nominal instants, such as those of tasks with much jitter and of later
 * attempts. All others are due within `LATE_MS` of them, so that a search up to an instant begins there, instead of at
 * the newest run, once it is known that none of these is beyond it.
 */
import type { Migration } from './migration.ts';

/** What the index leaves out: queries that use it repeat its condition. */
export const LATE_MS = 3_600_000;
export const IS_LATE_SQL = `due_at - nominal_at > ${LATE_MS}`;

export const lateRuns: Migration = {
  version: 8,
  apply(database) {
    database.exec(`create index runs_late on runs (due_at, nominal_at) where ${IS_LATE_SQL}`);
  },
};
