/**
 * The highest fencing token of each task, for as long as the database lives: of runs that memory does not hold after a
 * start, nothing else would tell it. Taken over from the records; one that cannot be read tells none.
 */
import type { Migration } from './migration.ts';

export const fencingTokens: Migration = {
  version: 6,
  apply(database) {
    database.exec(`
      create table tokens (task integer primary key, token integer not null);
      insert into tokens (task, token)
        select task, max(token) from (
          select task, body ->> '$[14].fencingToken' as token from (
            select task, coalesce(own, observed) as body from runs
          ) where json_valid(body)
        ) where token between 0 and 4503599627370496 group by task;
    `);
  },
};
