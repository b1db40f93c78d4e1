/** The run logs of all machines, and what outlives their records: floors, and how far each task is accounted for. */
import type { Migration } from './migration.ts';

export const runLogs: Migration = {
  version: 2,
  apply(database) {
    database.exec(`
      create table run_records (
        recorder integer not null, sequence integer not null, recorded_at integer not null, body text not null,
        primary key (recorder, sequence)
      ) without rowid;
      create table log_floors (recorder integer primary key, floor integer not null);
      create table accounted (task integer primary key, nominal_at integer not null);
    `);
  },
};
