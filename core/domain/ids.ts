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

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** The first 100 bits of the SHA-256 of the parts (joined by NUL), in lower-case base 32: 20 characters. */
export function hashId(...parts: readonly string[]): string {
  const digest = sha256(utf8ToBytes(parts.join('\0')));
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (let index = 0; text.length < 20; index += 1) {
    buffer = ((buffer << 8) | (digest[index] as number)) & 0xffff;
    bits += 8;
    while (bits >= 5 && text.length < 20) {
      bits -= 5;
      text += BASE32.charAt((buffer >> bits) & 31);
    }
  }
  return text;
}

/**
 * The id of the occurrence of a task at a nominal instant.
 * @param slot the machine, for tasks placed on several machines; `''` for the single occurrence of all others.
 */
export function scheduledOccurrenceId(task: TaskId, nominalAt: number, slot: MachineId | ''): OccurrenceId {
  return hashId('schedule', task, String(nominalAt), slot) as OccurrenceId;
}

/** The id of an occurrence that a person or another run triggered. */
export function triggeredOccurrenceId(task: TaskId, triggerId: string, slot: MachineId | ''): OccurrenceId {
  return hashId('trigger', task, triggerId, slot) as OccurrenceId;
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
