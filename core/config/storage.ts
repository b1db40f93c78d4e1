/** Limits and times of the database, of queries of the history and of backups. `docs/LIMITS.md` explains them. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const KIB = 1024;
const MIB = 1024 * KIB;

export const STORAGE = {
  /** Kept aside on disk, and given up when the disk is full, so that runs can be closed and old ones pruned. */
  reserveBytes: 8 * MIB,
  /** How often it is tried whether the reserve can be made again. */
  reserveRetryMs: 1 * SECOND,
  /** A grant is kept this long beside the run that it was for; after that the run answers alone. */
  settledGrantMs: 1 * HOUR,
  /** Ended runs that are loaded at start, newest first. */
  recentRuns: 2000,
  /** Runs kept in all, on every machine; the oldest go first. */
  runs: 2_000_000,
  /** Rows that one commit removes at most: when it was asked to prune, and when it goes on with an earlier request. */
  pruneRowsPerRequest: 500,
  pruneRowsPerCommit: 100,
  /** A database larger than this is not checked in full after an unclean end, only its tables that decide. */
  fullCheckBytes: 256 * MIB,
  /** Queries of the history that wait at once. */
  queuedQueries: 256,
  /** Runs that a search for a text looks at before it answers with what it found. */
  searchedRunsPerPage: 2500,
  /** Characters of the reason and the result of a run in which a text is looked for: their beginning. */
  searchedTextLength: 2000,
  /** Runs whose texts share a row of the index: chance makes a few, so more were made to. */
  runsPerIndexRow: 256,
  /** Words that a search may have, and tasks and machines of one word whose runs are looked up one by one. */
  searchedWords: 8,
  searchedNames: 32,
  /** Runs, and characters of them, that are indexed at once after an upgrade, and the pause after each such slice. */
  indexedRunsPerSlice: 500,
  indexedCharactersPerSlice: 4000,
  indexingPauseMs: 25,
  indexingRetryMs: 1 * MINUTE,
  /** Runs that statistics count before other queries have their turn. */
  countedRunsPerSlice: 10_000,
  /** Newest runs of a task that tell how long it usually takes, of as many as are looked at for them. */
  usualRuns: 50,
  usualRunsLookedAt: 500,
  lockMessageBytes: 4 * KIB,
} as const;

export const BACKUP = {
  /** Kept in the folder of backups; making another removes the oldest. */
  kept: 10,
  /** Definitions that are read from one. */
  tasks: 40_000,
  /** Of the file of one in one answer. */
  pieceBytes: 256 * KIB,
} as const;
