/**
 * Everything that machines say to each other, as schemas: a message that does not fit is refused at the door.
 * `docs/PROTOCOL.md` tells the order in which they are used.
 */
import { z } from 'zod';
import { AUDIT, LIMITS } from '../config/constants.ts';
import { OUTPUT } from '../config/processes.ts';
import { auditRecordSchema } from '../domain/audit-record.ts';
import { instantSchema } from '../domain/instant.ts';
import { machineIdSchema, occurrenceIdSchema, runIdSchema, taskIdSchema, clusterIdSchema } from '../domain/ids.ts';
import { machineFactsSchema, machineLoadSchema, machineNameSchema } from '../domain/machine.ts';
import { labelsSchema } from '../domain/placement.ts';
import { guaranteeSchema } from '../domain/policy.ts';
import { attemptSchema, logSequenceSchema, runRecordSchema } from '../domain/run.ts';

const count = z.int().min(0);
const bytes = (max: number) =>
  z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length <= max, `at most ${max} bytes`);

/** Gossiped, signed by its sender. */
export const heartbeatSchema = z.strictObject({
  type: z.literal('heartbeat'),
  clusterId: clusterIdSchema,
  from: machineIdSchema,
  /** Counts the starts of the machine, and its refutations of suspicion. */
  incarnation: count,
  /** Counts the heartbeats of this incarnation. */
  sequence: count,
  /** Sender's wall clock, epoch milliseconds. */
  sentAt: instantSchema,
  /** When the next one is due. */
  intervalMs: count,
  facts: machineFactsSchema,
  load: machineLoadSchema,
  /** Digest of the document's heads: equal digests, equal documents. */
  documentDigest: z.string().max(64),
  /** Newest record of its own run log. */
  logSequence: logSequenceSchema,
  /** Where it can be dialled now, multiaddrs: so that machines which met it elsewhere find it again. */
  addresses: z.array(z.string().max(LIMITS.multiaddrLength)).max(8),
  /** It is going, on purpose. */
  leaving: z.boolean(),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;

const sealedChangeSchema = z.strictObject({
  actor: z.string().regex(/^[0-9a-f]{32}$/),
  sequence: z.int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  author: machineIdSchema,
  signature: bytes(64),
  bytes: bytes(LIMITS.changeBytes),
});

export const changeVectorSchema = z
  .record(z.string().regex(/^[0-9a-f]{32}$/), count)
  .refine((value) => Object.keys(value).length <= 4096, 'too many actors');
export const logVectorSchema = z
  .record(machineIdSchema, logSequenceSchema)
  .refine((value) => Object.keys(value).length <= LIMITS.runLogs, 'too many logs');

const claimFields = {
  taskId: taskIdSchema,
  occurrenceId: occurrenceIdSchema,
  attempt: attemptSchema,
  fencingToken: count,
};

export const claimRefusalSchema = z.discriminatedUnion('code', [
  z.strictObject({ code: z.literal('held'), by: machineIdSchema, token: count }),
  z.strictObject({ code: z.literal('settled'), by: machineIdSchema }),
  z.strictObject({ code: z.literal('stale-token'), token: count }),
  z.strictObject({ code: z.literal('overlap'), occurrenceId: occurrenceIdSchema, by: machineIdSchema }),
  z.strictObject({ code: z.literal('too-old') }),
  z.strictObject({ code: z.literal('other-voters') }),
  z.strictObject({ code: z.literal('unavailable') }),
]);

/** On the control stream between two members. */
export const peerMessageSchema = z.discriminatedUnion('type', [
  // liveness
  z.strictObject({ type: z.literal('beat'), sentAt: instantSchema, incarnation: count }),
  z.strictObject({ type: z.literal('probe'), nonce: count }),
  z.strictObject({ type: z.literal('probe-answer'), nonce: count, incarnation: count }),
  z.strictObject({ type: z.literal('probe-for-me'), nonce: count, target: machineIdSchema }),
  z.strictObject({
    type: z.literal('probe-result'),
    nonce: count,
    target: machineIdSchema,
    alive: z.boolean(),
    incarnation: count,
  }),
  z.strictObject({ type: z.literal('suspected'), incarnation: count }),
  z.strictObject({ type: z.literal('leave'), incarnation: count }),
  // claims
  z.strictObject({
    type: z.literal('claim-request'),
    ...claimFields,
    guarantee: guaranteeSchema,
    nominalAt: instantSchema,
    dueAt: instantSchema,
    /** Of at-most-once: names the set of voters whose majority is counted. */
    electorate: z.string().max(32).optional(),
  }),
  z.strictObject({
    type: z.literal('claim-answer'),
    ...claimFields,
    /** Absent: granted. */
    refusal: claimRefusalSchema.optional(),
  }),
  z.strictObject({ type: z.literal('claim-release'), ...claimFields }),
  // document
  z.strictObject({ type: z.literal('document-vector'), vector: changeVectorSchema, wantsAnswer: z.boolean() }),
  z.strictObject({
    type: z.literal('document-changes'),
    changes: z.array(sealedChangeSchema).max(LIMITS.changesPerMessage),
    /** More follow in answer to the next vector. */
    more: z.boolean(),
  }),
  // run logs
  z.strictObject({ type: z.literal('log-vector'), vector: logVectorSchema, wantsAnswer: z.boolean() }),
  z.strictObject({ type: z.literal('log-pull'), recorderId: machineIdSchema, after: logSequenceSchema }),
  z.strictObject({
    type: z.literal('log-page'),
    recorderId: machineIdSchema,
    /** The recorder's log begins after this number for the sender: what was before has been pruned. */
    floor: logSequenceSchema,
    records: z.array(runRecordSchema).max(LIMITS.recordsPerMessage),
    /** The sender holds still newer records of this log. */
    more: z.boolean(),
  }),
  // audit logs
  z.strictObject({ type: z.literal('audit-vector'), vector: logVectorSchema, wantsAnswer: z.boolean() }),
  z.strictObject({ type: z.literal('audit-pull'), recorderId: machineIdSchema, after: logSequenceSchema }),
  z.strictObject({
    type: z.literal('audit-page'),
    recorderId: machineIdSchema,
    /** As in `log-page`. */
    floor: logSequenceSchema,
    records: z.array(auditRecordSchema).max(AUDIT.recordsPerMessage),
    more: z.boolean(),
  }),
  // remote control
  z.strictObject({
    type: z.literal('cancel-run'),
    requestId: z.string().max(64),
    runId: runIdSchema,
    reason: z.string().max(LIMITS.reasonLength),
  }),
  z.strictObject({ type: z.literal('cancel-answer'), requestId: z.string().max(64), accepted: z.boolean() }),
  z.strictObject({
    type: z.literal('output-read'),
    requestId: z.string().max(64),
    runId: runIdSchema,
    offset: count,
    limit: z.int().min(1).max(LIMITS.outputChunkBytes),
  }),
  z.strictObject({
    type: z.literal('output-chunk'),
    requestId: z.string().max(64),
    runId: runIdSchema,
    found: z.boolean(),
    offset: count,
    data: bytes(LIMITS.outputChunkBytes),
    /** Bytes held in all, so far. */
    size: count,
    /** Nothing will be added. */
    complete: z.boolean(),
    /** What of `data` was written to standard error; absent when nothing was. */
    errors: z
      .array(z.tuple([count, count]))
      .max(OUTPUT.spansPerChunk)
      .optional(),
  }),
  /** The executor asks a successor to keep a copy of the output of an ended run: it will read it by `output-read`. */
  z.strictObject({ type: z.literal('output-keep'), runId: runIdSchema, size: count }),
]);
export type PeerMessage = z.infer<typeof peerMessageSchema>;
export type PeerMessageOf<T extends PeerMessage['type']> = Extract<PeerMessage, { type: T }>;

/** How a machine that asks for admission calls itself; whoever admits it may say otherwise. */
const newcomerFields = {
  name: machineNameSchema,
  labels: labelsSchema,
  addresses: z.array(z.string().max(LIMITS.multiaddrLength)).max(LIMITS.addressesPerMachine),
  /** X25519 public key to which secrets for it are to be sealed; base64url. */
  sealingKey: z.string().length(43).optional(),
};
const wholeBytes = (size: number) =>
  z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === size, `${size} bytes`);

/** What a machine outside the roster may say on the join protocol: one request, one answer. */
export const joinRequestSchema = z.discriminatedUnion('type', [
  /** With the one-time secret of an invitation. All zeros: asks only whether it still belongs. */
  z.strictObject({ type: z.literal('join-request'), secret: bytes(32), ...newcomerFields }),
  /** Who are you? */
  z.strictObject({ type: z.literal('join-hello') }),
  // pairing: see security/pairing
  z.strictObject({ type: z.literal('pair-ask'), commitment: wholeBytes(32), ...newcomerFields }),
  z.strictObject({ type: z.literal('pair-reveal'), nonce: wholeBytes(32) }),
  /** Asks for the decision; it may be answered late. `confirmed`: the person here has seen the same digits there. */
  z.strictObject({ type: z.literal('pair-wait'), confirmed: z.boolean() }),
  /** Names the pairing by its commitment, so that one that was begun since goes on. */
  z.strictObject({ type: z.literal('pair-cancel'), commitment: wholeBytes(32) }),
]);
export type JoinRequest = z.infer<typeof joinRequestSchema>;
export type JoinRequestOf<T extends JoinRequest['type']> = Extract<JoinRequest, { type: T }>;

export const joinAnswerSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('welcome'),
    clusterId: clusterIdSchema,
    clusterName: z.string().max(LIMITS.nameLength),
    members: z
      .array(
        z.strictObject({
          id: machineIdSchema,
          addresses: z.array(z.string().max(LIMITS.multiaddrLength)).max(LIMITS.addressesPerMachine),
        }),
      )
      .max(LIMITS.machinesPerCluster),
  }),
  z.strictObject({ type: z.literal('refused'), code: z.string().max(64), message: z.string().max(500) }),
  /** Answers a hello. Nothing of it is proved but the key. */
  z.strictObject({
    type: z.literal('about'),
    name: machineNameSchema,
    /** Absent when it belongs to none. */
    cluster: z.strictObject({ id: clusterIdSchema, name: z.string().max(LIMITS.nameLength) }).optional(),
    /** A person there can admit machines. */
    admits: z.boolean(),
  }),
  /** Answers `pair-ask`. */
  z.strictObject({
    type: z.literal('pair-bound'),
    commitment: wholeBytes(32),
    clusterId: clusterIdSchema,
    clusterName: z.string().max(LIMITS.nameLength),
    name: machineNameSchema,
  }),
  /** Answers `pair-reveal`: now both know the digits, and show them. */
  z.strictObject({ type: z.literal('pair-nonce'), nonce: wholeBytes(32) }),
  /** Nothing is decided yet. */
  z.strictObject({ type: z.literal('pair-pending') }),
]);
export type JoinAnswer = z.infer<typeof joinAnswerSchema>;
