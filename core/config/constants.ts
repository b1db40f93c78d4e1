/**
 * Every limit and every time constant, named, with its unit in the name, and the relations between them asserted.
 * `docs/LIMITS.md` explains them to people.
 */
import { assert } from '../std/assert.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = {
  // document
  tasksPerCluster: 20_000,
  machinesPerCluster: 64,
  nameLength: 120,
  descriptionLength: 4000,
  tagsPerTask: 32,
  labelsPerMachine: 32,
  triggersPerTask: 16,
  cronExpressionLength: 200,
  intervalMs: 366 * DAY,
  jitterMs: DAY,
  facetBytes: 256 * KIB,
  operationsPerEdit: 5000,
  // action
  argumentBytes: 96 * KIB,
  argumentsPerCommand: 512,
  environmentEntries: 256,
  stdinBytes: 128 * KIB,
  scriptBytes: 128 * KIB,
  // run
  attempts: 100,
  reruns: 100,
  retryDelayMs: 7 * DAY,
  runTimeoutMs: 30 * DAY,
  killGraceMs: 10 * MINUTE,
  outputBytes: 1024 * MIB,
  resultBytes: 16 * KIB,
  reasonLength: 500,
  slots: 512,
  catchUpWindowMs: 31 * DAY,
  /** How many missed occurrences of one task are looked at, and made up for, at once. */
  catchUpOccurrences: 100,
  openOccurrencesPerTask: 200,
  // peers
  multiaddrLength: 256,
  addressesPerMachine: 16,
  gossipMessageBytes: 16 * KIB,
  controlMessageBytes: 1 * MIB,
  joinMessageBytes: 64 * KIB,
  changesPerMessage: 256,
  changeBytesPerMessage: 512 * KIB,
  changeBytes: 512 * KIB,
  recordsPerMessage: 256,
  outputChunkBytes: 64 * KIB,
  sendQueueMessages: 10_000,
  badMessagesPerPeer: 20,
  // API
  pageSize: 500,
  requestBodyBytes: 4 * MIB,
  invitations: 32,
} as const;

export const TIMES = {
  /** Heartbeat interval in a cluster of up to ten machines; grows in proportion beyond. */
  heartbeatMs: 1 * SECOND,
  /** The light beat on each control stream, which finds a silent peer fastest. */
  controlBeatMs: 500,
  /** Silence after which a peer is suspected at the latest, whatever its rhythm. */
  silenceMs: 2 * SECOND,
  /** How long a suspect has to refute, once probes were sent. */
  suspicionMs: 1200,
  /** The same, when its connection broke and could not be made again. */
  brokenSuspicionMs: 500,
  probeTimeoutMs: 400,
  /** Standby of rank k asks for the claim k times this later than the owner. */
  standbyMs: 600,
  claimAnswerMs: 1 * SECOND,
  /** A claim without its majority is asked again after this. */
  claimRetryMs: 1 * SECOND,
  /** A start within this much of its due instant is on time, for tasks that skip what was missed. */
  onTimeMs: 60 * SECOND,
  /** After start, and before planning, this long is waited for peers and their logs. */
  settleMs: 3 * SECOND,
  dialTimeoutMs: 3 * SECOND,
  redialMinMs: 500,
  redialMaxMs: 30 * SECOND,
  syncRepairMs: 60 * SECOND,
  logVectorMs: 10 * SECOND,
  invitationMs: 10 * MINUTE,
  /** How long a grant is remembered. Must outlive every claim that could still be asked for. */
  grantRetentionMs: 40 * DAY,
  runRetentionMs: 90 * DAY,
  stopMs: 5 * SECOND,
  timerHopMs: 60 * SECOND,
  clockSkewWarningMs: 1 * SECOND,
  /** How often load and housekeeping are looked at. */
  housekeepingMs: 1 * SECOND,
  storageRetryMs: 5 * SECOND,
} as const;

export const RING = {
  /** Points on the ring of a machine with weight 1. */
  pointsPerMachine: 96,
  /** No machine owns more than (1 + this) of its fair share. */
  epsilon: 0.25,
} as const;

export const DOCUMENT = {
  /** Tasks are spread over this many maps, because an edit copies the map it touches. */
  buckets: 64,
  /** A snapshot is written after this many changes. */
  changesPerSnapshot: 500,
} as const;

export const OUTPUT = {
  /** Ring successors that keep a copy of each run's output. */
  replicas: 2,
} as const;

assert(TIMES.grantRetentionMs > LIMITS.catchUpWindowMs + LIMITS.retryDelayMs, 'grants outlive every claim');
assert(TIMES.silenceMs > 3 * TIMES.controlBeatMs, 'a lost beat or two raise no suspicion');
assert(TIMES.silenceMs + TIMES.suspicionMs < 4 * SECOND, 'a pulled cable is noticed in less than four seconds');
assert(TIMES.brokenSuspicionMs + TIMES.probeTimeoutMs < SECOND, 'a killed process is noticed in less than a second');
assert(TIMES.onTimeMs > 10 * TIMES.standbyMs, 'standbys ask while it is still on time');
assert(LIMITS.changeBytes <= LIMITS.changeBytesPerMessage, 'every change fits a message');
assert(LIMITS.changeBytesPerMessage < LIMITS.controlMessageBytes, 'every batch fits a message');
