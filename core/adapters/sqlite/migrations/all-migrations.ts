/**
 * Brings a database from any older version to the newest, in one transaction. The version is SQLite's `user_version`.
 * A database of a newer program is refused by the caller, never touched.
 */
import type { DatabaseSync } from 'node:sqlite';
import { assert } from '../../../std/assert.ts';
import { NameTable } from '../name-table.ts';
import { RunProjection } from '../run-projection.ts';
import { RunRecordRows } from '../run-record-rows.ts';
import { peerState } from './0001-peer-state.ts';
import { runLogs } from './0002-run-logs.ts';
import { runProjection } from './0003-run-projection.ts';
import { signedLogs } from './0004-signed-logs.ts';
import { runTimes } from './0005-run-times.ts';
import { fencingTokens } from './0006-fencing-tokens.ts';
import { runWords } from './0007-run-words.ts';
import { lateRuns } from './0008-late-runs.ts';
import type { Migration } from './migration.ts';

export const MIGRATIONS: readonly Migration[] = [
  peerState,
  runLogs,
  runProjection,
  signedLogs,
  runTimes,
  fencingTokens,
  runWords,
  lateRuns,
];
export const SCHEMA_VERSION = MIGRATIONS.length;

MIGRATIONS.forEach((migration, index) => assert(migration.version === index + 1, 'migrations are numbered in order'));

/** The version of the schema in the file; 0 when it is empty. */
export function schemaVersion(database: DatabaseSync): number {
  const row = database.prepare('pragma user_version').get();
  return Number(row?.['user_version'] ?? 0);
}

/** Applies what is missing, all or nothing. @returns how many steps were taken. Throws what SQLite throws. */
export function migrate(database: DatabaseSync): number {
  const from = schemaVersion(database);
  assert(from <= SCHEMA_VERSION, 'a newer database is refused before');
  const steps = MIGRATIONS.slice(from);
  if (steps.length === 0) return 0;
  database.exec('begin immediate');
  try {
    for (const migration of steps) migration.apply(database);
    if (steps.some((migration) => migration.projectsRuns)) projectStoredRecords(database);
    database.exec(`pragma user_version = ${SCHEMA_VERSION}`);
    database.exec('commit');
  } catch (error) {
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
  return steps.length;
}

function projectStoredRecords(database: DatabaseSync): void {
  const names = new NameTable(database);
  const projection = new RunProjection(database, names);
  for (const record of new RunRecordRows(database, names).all()) projection.add(record);
  projection.flush();
}
