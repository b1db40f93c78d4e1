/**
 * How late a run started and how long it took, as columns, and in the indexes that statistics walk: a million runs are
 * counted without reading their records. Taken over from the records; one that cannot be read leaves them empty.
 */
import type { Migration } from './migration.ts';

export const runTimes: Migration = {
  version: 5,
  apply(database) {
    database.exec(`
      alter table runs add column started_after_ms integer;
      alter table runs add column took_ms integer;
      drop index runs_by_due;
      drop index runs_by_task;
      drop index runs_by_machine;
      update runs set (started_after_ms, took_ms) = (
        select started_at - due_at, finished_at - started_at from (
          select body ->> '$[14].startedAt' as started_at, body ->> '$[14].finishedAt' as finished_at from (
            select case observed_in_force when 1 then observed else own end as body
          ) where json_valid(body)
        )
      );
      create index runs_by_due on runs (due_at, id, nominal_at, task, machine, state, started_after_ms, took_ms);
      create index runs_by_task on runs (task, due_at, id, nominal_at, machine, state, started_after_ms, took_ms);
      create index runs_by_machine on runs (machine, due_at, id, nominal_at, task, state, started_after_ms, took_ms);
    `);
  },
};
