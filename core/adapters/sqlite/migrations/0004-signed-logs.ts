/**
 * Signatures beside the records of the run logs, and the audit logs. Records that were written before there were
 * signatures stay in the history of this machine; as no other would take them, the logs begin after them.
 */
import type { Migration } from './migration.ts';

export const signedLogs: Migration = {
  version: 4,
  apply(database) {
    database.exec(`
      alter table run_records add column signature blob;
      insert into log_floors (recorder, floor)
        select recorder, max(sequence) from run_records group by recorder
        on conflict do update set floor = max(floor, excluded.floor);
      create table audit_records (
        recorder integer not null, sequence integer not null, at integer not null, action text not null,
        by integer, subject text not null, detail text not null, suppressed integer, signature blob not null,
        primary key (recorder, sequence)
      ) without rowid;
      create index audit_by_time on audit_records (at, recorder, sequence);
      create index audit_by_action on audit_records (action, at, recorder, sequence);
      create table audit_floors (recorder integer primary key, floor integer not null);
    `);
  },
};
