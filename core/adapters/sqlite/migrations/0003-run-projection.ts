/**
 * One row a run, kept up to date with each record. The indexes hold all that filters ask for, so that a page is found
 * without touching a row that is not shown.
 */
import type { Migration } from './migration.ts';

export const runProjection: Migration = {
  version: 3,
  projectsRuns: true,
  apply(database) {
    database.exec(`
      create table runs (
        number integer primary key, id text not null unique, task integer not null, machine integer not null,
        occurrence text not null, attempt integer not null, state text not null, nominal_at integer not null,
        due_at integer not null, recorded_at integer not null, started integer not null, given_up_at integer,
        unclosed integer not null, duplicate integer not null, observed_in_force integer not null,
        search text, own text, observed text
      );
      create index runs_by_due on runs (due_at, id, nominal_at, task, machine, state);
      create index runs_by_task on runs (task, due_at, id, nominal_at, machine, state);
      create index runs_by_machine on runs (machine, due_at, id, nominal_at, task, state);
      create index runs_by_state on runs (state, due_at, id, nominal_at, task, machine);
      create index runs_by_occurrence on runs (occurrence);
      create index runs_unclosed on runs (unclosed) where unclosed = 1;
    `);
  },
};
