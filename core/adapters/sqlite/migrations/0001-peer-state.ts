/**
 * What a peer must not forget besides its runs: named values, grants, the document.
 *
 * `names` holds machine and task ids once; rows name them by number, which makes indexes and records a third as large.
 */
import type { Migration } from './migration.ts';

export const peerState: Migration = {
  version: 1,
  apply(database) {
    database.exec(`
      create table names (number integer primary key, text text not null unique);
      create table facts (key text primary key, value text not null) without rowid;
      create table meta (key text primary key, value text not null) without rowid;
      create table grants (
        occurrence text not null, attempt integer not null, task integer not null, claimant integer not null,
        fencing_token integer not null, guarantee text not null, nominal_at integer not null, due_at integer not null,
        released integer not null, granted_at integer not null,
        primary key (occurrence, attempt)
      ) without rowid;
      create index grants_by_age on grants (granted_at);
      create table changes (
        position integer primary key, actor text not null, sequence integer not null, hash text not null,
        author text not null, signature blob not null, bytes blob not null, unique (actor, sequence)
      );
      create table snapshots (id integer primary key check (id = 1), bytes blob not null, vector text not null);
    `);
  },
};
