/** Limits and times of what runs: the launcher, its processes and HTTP actions, and where their output is kept. `docs/LIMITS.md` explains them. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const MIB = 1024 * 1024;

export const OUTPUT = {
  /** Ring successors that keep a copy of each run's output. */
  replicas: 2,
  /** Pieces of standard error that one answer tells apart, and one output: what follows counts as standard output. */
  spansPerChunk: 1024,
  spansPerRun: 16_384,
} as const;

export const PROCESSES = {
  /** A launcher that has neither an agent nor a run ends itself after this long. */
  launcherIdleMs: 10 * SECOND,
  /** How long a launcher may take to answer before runs are refused; it is tried on after that. */
  launcherStartMs: 10 * SECOND,
  /** Longest message between agent and launcher. */
  messageBytes: 8 * MIB,
  /** Messages of the launcher that may wait for a slow agent; beyond, the agent is cut off and has to come back. */
  sendQueueBytes: 64 * MIB,
  /** Requests of the agent that may wait for the launcher. */
  pendingRequests: 10_000,
  /** After exit, what is still in the pipes is read for this long, and for the second as long as more arrives. */
  drainMs: 1 * SECOND,
  drainMaxMs: 5 * SECOND,
  /** At most one progress report of a run in this long. */
  progressMs: 200,
  /** How often a tree that was told to end is looked at. */
  treePollMs: 100,
  httpRedirects: 10,
  /** An HTTP action without a time limit is given up after this much silence. */
  httpSilenceMs: 5 * MINUTE,
  /** A user of this machine is looked up for this long at most, so many of them at once. */
  userLookupMs: 2 * SECOND,
  userLookups: 16,
  /** Users that were looked up are remembered for this long. */
  rememberedUsers: 64,
  rememberedUserMs: 1 * MINUTE,
} as const;
