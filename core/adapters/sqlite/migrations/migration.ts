/** One step forward of the schema. Steps are never changed once released; a new need gets a new step. */
import type { DatabaseSync } from 'node:sqlite';

export interface Migration {
  /** `user_version` of the database after it; steps count up by one. */
  readonly version: number;
  /** After the last step all stored run records are projected, by the newest code and onto the newest schema. */
  readonly projectsRuns?: boolean;
  /** Runs inside a transaction. */
  apply(database: DatabaseSync): void;
}
