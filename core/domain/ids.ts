/**
 * Identifiers. Those of occurrences and runs are hashes of what they name, so that every machine computes the same id
 * without asking anyone.
 */
import { z } from 'zod';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { Brand } from '../std/brand.ts';

/** A slug that people can type, such as `nightly-backup`. */
export type TaskId = Brand<string, 'TaskId'>;
/** The libp2p PeerId of a machine's Ed25519 key, base58, such as `12D3KooW…`. It contains the public key. */
export type MachineId = Brand<string, 'MachineId'>;
/** Hash of the root public key of a cluster. */
export type ClusterId = Brand<string, 'ClusterId'>;
/** One due moment of a task (and, for tasks that run on many machines, one of the machines). */
export type OccurrenceId = Brand<string, 'OccurrenceId'>;
/** One attempt of an occurrence on one machine. */
export type RunId = Brand<string, 'RunId'>;

export const TASK_ID_PATTERN = /^[a-z0-9][a-z0-9._-]{0,62}$/;
export const MACHINE_ID_PATTERN = /^12D3Koo[1-9A-HJ-NP-Za-km-z]{40,50}$/;
const HASH_ID_PATTERN = /^[a-z2-7]{20}$/;

export const taskIdSchema = z
  .string()
  .regex(TASK_ID_PATTERN, 'a task id has 1 to 63 lower-case letters, digits, ".", "_" or "-"')
  .transform((value) => value as TaskId);
export const machineIdSchema = z
  .string()
  .regex(MACHINE_ID_PATTERN, 'a machine id starts with 12D3Koo')
  .transform((value) => value as MachineId);
export const clusterIdSchema = z
  .string()
  .regex(HASH_ID_PATTERN, 'a cluster id has 20 letters and digits')
  .transform((value) => value as ClusterId);
export const occurrenceIdSchema = z
  .string()
  .regex(HASH_ID_PATTERN, 'an occurrence id has 20 letters and digits')
  .transform((value) => value as OccurrenceId);
export const runIdSchema = z
  .string()
  .regex(HASH_ID_PATTERN, 'a run id has 20 letters and digits')
  .transform((value) => value as RunId);

const BASE32 = utf8ToBytes('abcdefghijklmnopqrstuvwxyz234567');
const ID_LENGTH = 20;

/** The first 100 bits of the SHA-256 of the parts (joined by NUL), in lower-case base 32: 20 characters. */
export function hashId(...parts: readonly string[]): string {
  const digest = digestOf(parts);
  // Four characters from each 20 bits: five bytes are eight characters.
  for (let count = 0; count < ID_LENGTH; count += 1) {
    const bit = 5 * count;
    const two = ((digest[bit >>> 3] as number) << 8) | (digest[(bit >>> 3) + 1] as number);
    codes[count] = BASE32[(two >>> (11 - (bit & 7))) & 31] as number;
  }
  return String.fromCharCode(...codes);
}

/**
 * The id of the occurrence of a task at a nominal instant.
 * @param slot the machine, for tasks placed on several machines; `''` for the single occurrence of all others.
 */
export function scheduledOccurrenceId(task: TaskId, nominalAt: number, slot: MachineId | ''): OccurrenceId {
  const place = placeOf(task, nominalAt);
  const known = scheduled[place];
  if (known !== undefined && known.nominalAt === nominalAt && known.task === task && known.slot === slot)
    return known.id;
  const id = hashId('schedule', task, String(nominalAt), slot) as OccurrenceId;
  scheduled[place] = { task, nominalAt, slot, id };
  return id;
}

/** The id of an occurrence that a person or another run triggered. */
export function triggeredOccurrenceId(task: TaskId, triggerId: string, slot: MachineId | ''): OccurrenceId {
  return hashId('trigger', task, triggerId, slot) as OccurrenceId;
}

/** The id of the occurrence that the end of another task's occurrence brings about: once, however often that was run. */
export function afterOccurrenceId(task: TaskId, upstream: OccurrenceId, slot: MachineId | ''): OccurrenceId {
  return hashId('after', task, upstream, slot) as OccurrenceId;
}

/** The id of the occurrence that the start of a machine brings about. @param bootId names that start */
export function machineStartOccurrenceId(
  task: TaskId,
  machine: MachineId,
  bootId: string,
  slot: MachineId | '',
): OccurrenceId {
  return hashId('machine-start', task, machine, bootId, slot) as OccurrenceId;
}

export function runIdOf(occurrence: OccurrenceId, attempt: number, machine: MachineId): RunId {
  return hashId('run', occurrence, String(attempt), machine) as RunId;
}

export function clusterIdOf(rootKey: MachineId): ClusterId {
  return hashId('cluster', rootKey) as ClusterId;
}

/** The id under which an attempt that no machine has started is recorded (due, withheld, skipped): the same everywhere. */
export function unstartedRunIdOf(occurrence: OccurrenceId, attempt: number): RunId {
  return hashId('run', occurrence, String(attempt), '') as RunId;
}

/**
 * The last ids of what came due, each at a place that follows from what it names: whoever opens, judges or doubts an
 * occurrence asks for its id anew. Another one may take the place before.
 */
const scheduled = new Array<
  | { readonly task: TaskId; readonly nominalAt: number; readonly slot: MachineId | ''; readonly id: OccurrenceId }
  | undefined
>(256).fill(undefined);

function placeOf(task: TaskId, nominalAt: number): number {
  const { length } = task;
  const ending = 31 * task.charCodeAt(length - 1) + 17 * task.charCodeAt(length - 2) + length;
  return (Math.floor(nominalAt / 1000) + ending) & (scheduled.length - 1);
}

/** Every occurrence is hashed on every machine: the hasher and its buffers are made once. */
const UNUSED = sha256.create();
const hasher = sha256.create();
const digest = new Uint8Array(32);
const plain = new Uint8Array(256);
const codes = new Array<number>(ID_LENGTH).fill(0);

function digestOf(parts: readonly string[]): Uint8Array {
  UNUSED._cloneInto(hasher);
  hasher.update(asciiBytes(parts) ?? utf8ToBytes(parts.join('\0'))).digestInto(digest);
  return digest;
}

/** What ids are made of is short and plain: its bytes are its characters. Undefined when it is not so. */
function asciiBytes(parts: readonly string[]): Uint8Array | undefined {
  let size = 0;
  for (const part of parts) {
    const { length } = part;
    if (size + length >= plain.length) return undefined;
    for (let index = 0; index < length; index += 1) {
      const code = part.charCodeAt(index);
      if (code > 127) return undefined;
      plain[size + index] = code;
    }
    plain[size + length] = 0;
    size += length + 1;
  }
  return plain.subarray(0, Math.max(0, size - 1));
}
