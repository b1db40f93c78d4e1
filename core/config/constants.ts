/**
 * Limits and time constants, their units in their names, and the relations between them. Those of processes, storage and
 * notifications have files of their own beside this one. `docs/LIMITS.md` explains them all.
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
  calendarsPerCluster: 100,
  /** Names of calendars, deleted ones included: a deletion is remembered. */
  calendarNames: 1000,
  calendarsPerTask: 16,
  daysPerCalendar: 1000,
  windowsPerCalendar: 64,
  /** Closed times in a row that are gone past before a schedule counts as never open. */
  closedTimes: 2000,
  /** Characters of an iCalendar file that is imported. */
  icalLength: 1 * MIB,
  operationsPerEdit: 5000,
  /** All values that one list of edits writes, together. */
  editBytes: 32 * MIB,
  /** Deleted tasks keep their values, so that deleting can be undone. */
  deletedTasksPerCluster: 80_000,
  /** Nesting of a value in the document. */
  facetDepth: 32,
  // action
  argumentBytes: 96 * KIB,
  argumentsPerCommand: 512,
  environmentEntries: 256,
  stdinBytes: 128 * KIB,
  scriptBytes: 128 * KIB,
  // secrets
  secretsPerCluster: 200,
  /** Names of secrets, deleted ones included: a deletion is remembered. */
  secretNames: 2000,
  secretBytes: 64 * KIB,
  /** Tasks that the scope of a secret names. */
  tasksPerSecret: 200,
  secretsPerAction: 32,
  /** Values of all secrets of one run, together. */
  runSecretBytes: 128 * KIB,
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
  chainDepth: 16,
  // peers
  multiaddrLength: 256,
  addressesPerMachine: 16,
  gossipMessageBytes: 16 * KIB,
  controlMessageBytes: 1 * MIB,
  joinMessageBytes: 64 * KIB,
  changesPerMessage: 256,
  changeBytesPerMessage: 512 * KIB,
  changeBytes: 512 * KIB,
  /** Each is verified, in one turn: about 25 ms. */
  recordsPerMessage: 128,
  /** Run logs that are followed: of the roster's machines, and of others as long as there is room. */
  runLogs: 1024,
  /** Number of a record in its log: half of what can be counted, so that the next one can always be given. */
  logSequence: 2 ** 52,
  outputChunkBytes: 64 * KIB,
  // what one member, or all, can make a machine remember
  /** Claims granted to one machine of which no run has shown. */
  grantsPerClaimant: 20_000,
  /** Tasks, known or not, whose highest fencing token and newest occurrence are remembered. */
  rememberedTasks: 100_000,
  /** Runs that one machine may have on record as going on. */
  activeRunsPerMachine: 1024,
  openOccurrences: 100_000,
  /** Open occurrences in all from which on those of unknown tasks are not taken. */
  openOccurrencesOfUnknown: 20_000,
  /** Document changes that one member may send: at once, and in a second. */
  changeBytesPerPeer: 16 * MIB,
  changeBytesPerSecond: 8 * MIB,
  /** Records of logs, as many as are held, that are read for one member: at once, and in a second. */
  recordsReadPerPeer: 100_000,
  recordsReadPerSecond: 10_000,
  /** Outputs that are read for one member, and copied from one, at once. */
  outputReadsPerPeer: 128,
  outputCopiesPerPeer: 16,
  sendQueueMessages: 10_000,
  badMessagesPerPeer: 20,
  /** Events that wait for the peer's attention. */
  eventQueue: 100_000,
  /** What is done before a batch is committed and others have their turn, in units of about a small message. */
  batchWeight: 256,
  /** Records whose signatures are verified at a time, or so many characters of what they tell. */
  recordsPerSlice: 16,
  charactersPerSlice: 64 * KIB,
  requestsAtOnce: 10_000,
  // API
  pageSize: 500,
  /** Stretches of time into which statistics are divided, and tasks that they name. */
  statisticsBuckets: 1000,
  statisticsTasks: 200,
  /** Instants that one audit looks at. */
  auditInstants: 20_000,
  /** Instants that were not on time and are listed by one audit. */
  auditFindings: 5000,
  /** What one forecast lists of what comes due, in all and of one task; and how far it looks. */
  forecastOccurrences: 5000,
  forecastPerTask: 100,
  forecastMs: 366 * DAY,
  /** Tasks that one request suspends, resumes, deletes, restores or runs. */
  bulkTasks: 1000,
  /** Definitions that one machine tries at once. */
  trialsPerMachine: 16,
  /** Tasks that one answer about the ring names. */
  listedOwners: 10_000,
  requestBodyBytes: 4 * MIB,
  invitations: 32,
  /** Characters of the words of a recovery kit, as typed. */
  recoveryTextLength: 1000,
  /** Wrong invitations that one stranger, and all together, may show within `TIMES.attemptsMs`. */
  wrongTokensPerStranger: 5,
  wrongTokens: 60,
  /** Pairings whose digits are shown within `TIMES.attemptsMs`: of one stranger, of one address, of all together. */
  pairingsPerStranger: 5,
  pairingsPerAddress: 10,
  pairingsInAll: 20,
  /** Pairings that one stranger, and those of one address, may ask for within `TIMES.attemptsMs`; how many are remembered. */
  pairingAsksPerStranger: 20,
  pairingAsksPerAddress: 60,
  pairingAsks: 1000,
  /** Pairings that are open at once, and of them those of one address. */
  pairings: 4,
  openPairingsPerAddress: 2,
  /** Machines seen on the local network that are remembered and asked for their names. */
  nearbyMachines: 32,
  /** What may wait for one reader of signals before it is told to look at everything again. */
  pendingSignals: 500,
  /** TCP connections to the local API, the WebSockets among them, and streams that are read at once. */
  consoleConnections: 256,
  consoleSockets: 64,
  consoleStreams: 256,
  /** Browsers that have a session with the local API, and login links that wait to be used. */
  consoleSessions: 64,
  loginCodes: 16,
  wrongKeysPerMinute: 30,
  // the policy of a machine
  policyFileBytes: 64 * KIB,
  policyTags: 32,
  policyUsers: 16,
  policyFolders: 16,
  policyFolderLength: 256,
  // files that people write
  taskFileBytes: 1 * MIB,
  tasksPerFile: 5000,
  taskFileNodes: 200_000,
  taskFileDepth: 32,
  crontabBytes: 1 * MIB,
  crontabLines: 10_000,
  /** Characters of a task file or crontab that an agent reads itself, in passing. */
  taskTextLength: 64 * KIB,
  /** Errors told of one file; more are counted. */
  errorsPerFile: 100,
} as const;

export const TIMES = {
  /** Heartbeat interval in a cluster of up to ten machines; grows in proportion beyond. */
  heartbeatMs: 1 * SECOND,
  /** The light beat on each control stream, which finds a silent peer fastest. */
  controlBeatMs: 500,
  /** Silence after which a peer is suspected at the latest, whatever its rhythm. */
  silenceMs: 2 * SECOND,
  /** Without a sign of its own for so long, nobody else's word keeps a machine alive: some of the slowest heartbeats. */
  vouchedMs: 30 * SECOND,
  /** How long a suspect has to refute, once probes were sent. */
  suspicionMs: 1200,
  /** The same, when its system answers that nobody listens there any more. */
  brokenSuspicionMs: 500,
  probeTimeoutMs: 400,
  /** A control stream on which nothing arrives for so long is made anew, also while others vouch for its machine. */
  streamSilenceMs: 10 * SECOND,
  /** Standby of rank k asks for the claim k times this later than the owner. */
  standbyMs: 600,
  claimAnswerMs: 1 * SECOND,
  /** A claim without its majority is asked again after this. */
  claimRetryMs: 1 * SECOND,
  /** A start within this much of its due instant is on time, for tasks that skip what was missed. */
  onTimeMs: 60 * SECOND,
  /** After start, and before planning, this long is waited for peers and their logs. */
  settleMs: 3 * SECOND,
  /** A machine whose database was destroyed waits this long for every machine to tell what of its log they hold. */
  recoverMs: 1 * HOUR,
  dialTimeoutMs: 3 * SECOND,
  redialMinMs: 500,
  redialMaxMs: 10 * SECOND,
  syncRepairMs: 60 * SECOND,
  logVectorMs: 10 * SECOND,
  invitationMs: 10 * MINUTE,
  /** How long tries of strangers count against them. */
  attemptsMs: 1 * HOUR,
  /** A machine that asks to be paired is approved within this, or has to ask again. */
  pairingMs: 5 * MINUTE,
  /** After its commitment it has this long to reveal its nonce. */
  pairingRevealMs: 10 * SECOND,
  /** A question whether a pairing was decided is answered after this at the latest. */
  pairingAnswerMs: 5 * SECOND,
  /** The same when it could not be asked, and then it asks again. */
  pairingRetryMs: 1 * SECOND,
  /** A machine seen on the local network is asked for its name again after this. */
  nearbyMs: 15 * SECOND,
  /** How long a login link of the console is good; a session unused; a session at all. */
  loginCodeMs: 10 * MINUTE,
  sessionIdleMs: 12 * HOUR,
  sessionMs: 7 * DAY,
  /** How long a grant is remembered. Must outlive every claim that could still be asked for. */
  grantRetentionMs: 40 * DAY,
  runRetentionMs: 90 * DAY,
  auditRetentionMs: 365 * DAY,
  stopMs: 5 * SECOND,
  /** A definition that is tried is forgotten after this, whatever has become of its run. */
  trialMs: 1 * HOUR,
  timerHopMs: 60 * SECOND,
  clockSkewWarningMs: 1 * SECOND,
  /** How often load and housekeeping are looked at. */
  housekeepingMs: 1 * SECOND,
  storageRetryMs: 5 * SECOND,
  /** Signals of one kind reach a reader at most this often. */
  signalIntervalMs: 250,
  /** How often new output is looked for: at first, and when nothing came for a while. */
  followMinMs: 100,
  followMaxMs: 1 * SECOND,
  /** Output that a final run still lacks is waited for this long. */
  followGraceMs: 5 * SECOND,
} as const;

export const SECRETS = {
  /** Shorter values are not looked for in output: they would be found in much that is none. */
  redactedBytes: 6,
  /** Secrets that one machine seals anew at the same time. */
  resealedAtOnce: 8,
  /** The admin machine of rank k seals anew this much later than the first, if it is still needed then. */
  resealRankMs: 10 * SECOND,
  /** What changed in roster and secrets is looked at this much later, so that many changes are one. */
  resealDelayMs: 200,
  /** A machine that cannot open a secret yet leaves the run to others for so long before it refuses it. */
  patienceMs: 10 * SECOND,
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
  /** Or after changes of this size: a snapshot opens faster than what it replaces. */
  snapshotAfterBytes: 1 * MIB,
  /** Changes that are kept to build the document again, before it is saved anew. */
  unsavedBytes: 8 * MIB,
  /** Larger lists of edits become several changes of about this size, each well below what a change may have. */
  changeTargetBytes: 384 * KIB,
  /** The view is handed over in slices, so that whoever reads it is never busy for long. */
  tasksPerSlice: 250,
  /** Slices that may be under way to another thread, unread. */
  slicesInFlight: 2,
  /** Commands that may wait for the document's thread. */
  queuedCommands: 10_000,
} as const;

export const AUDIT = {
  /** What one machine writes into its audit log in a second at most; refusals have half of that. */
  recordsPerSecond: 20,
  /** What people do, of one kind, in one window; more are counted. */
  deedsPerWindow: 20,
  deedWindowMs: 1 * SECOND,
  /** What was refused, of one kind and source, in one window; more are counted. */
  refusalsPerWindow: 5,
  refusalWindowMs: 10 * MINUTE,
  /** Kinds and sources that are counted apart; further sources are counted together. */
  sources: 512,
  /** Kept of each machine's log, on every machine; the oldest go first. */
  recordsPerMachine: 50_000,
  recordsPerMessage: 64,
  /** A longer log is fetched a page at a time, no faster than this. */
  pageIntervalMs: 200,
  /** Tasks that one deed names; more are counted. */
  namesPerRecord: 20,
} as const;

assert(TIMES.grantRetentionMs > LIMITS.catchUpWindowMs + LIMITS.retryDelayMs, 'grants outlive every claim');
assert(TIMES.silenceMs > 3 * TIMES.controlBeatMs, 'a lost beat or two raise no suspicion');
assert(TIMES.silenceMs + TIMES.suspicionMs < 4 * SECOND, 'a pulled cable is noticed in less than four seconds');
assert(TIMES.brokenSuspicionMs + TIMES.probeTimeoutMs < SECOND, 'a killed process is noticed in less than a second');
assert(TIMES.onTimeMs > 10 * TIMES.standbyMs, 'standbys ask while it is still on time');
assert(DOCUMENT.changeTargetBytes + 64 * KIB < LIMITS.changeBytes, 'a change of several values stays within its limit');
assert(LIMITS.facetBytes + 64 * KIB < DOCUMENT.changeTargetBytes, 'every value fits a change');
assert(LIMITS.changeBytes <= LIMITS.changeBytesPerMessage, 'every change fits a message');
assert(LIMITS.changeBytesPerMessage < LIMITS.controlMessageBytes, 'every batch fits a message');
