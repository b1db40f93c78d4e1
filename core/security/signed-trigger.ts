/**
 * The signature of a run by hand: the machine on which a person asked for it vouches for the occurrence that it made, so
 * that nobody else can have a task run in an editor's name. It travels in the cause of the occurrence, with every record.
 *
 *   Ed25519 over  "carillon-trigger-1" NUL  dag-cbor [cluster, task, trigger, slot, on, nominalAt]
 *   with values   "carillon-trigger-2" NUL  dag-cbor [cluster, task, trigger, slot, on, nominalAt, [[name, value], …]]
 *
 * `on` is the empty text when any machine may run it. Values are those of the task's parameters, in the order of their names.
 */
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ClusterId, MachineId, TaskId } from '../domain/ids.ts';
import type { ParameterValues } from '../domain/parameter.ts';
import type { Signer, Verifier } from '../ports/signer.ts';
import { encodeValue } from '../protocol/codec.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';

/** What is signed. */
export interface TriggerStatement {
  readonly clusterId: ClusterId;
  readonly taskId: TaskId;
  readonly triggerId: string;
  /** The machine of the slot, for tasks that run on several; '' for all others. */
  readonly slot: MachineId | '';
  /** The one machine that it is for, if there is one. */
  readonly on: MachineId | undefined;
  /** When it was asked for: epoch milliseconds by the clock of the machine that signs. */
  readonly nominalAt: number;
  /** The values of its parameters, if it has any. */
  readonly parameters?: ParameterValues | undefined;
}

const DOMAIN = utf8ToBytes('carillon-trigger-1\0');
const DOMAIN_WITH_VALUES = utf8ToBytes('carillon-trigger-2\0');

/** This machine's signature, base64url. */
export function signTrigger(signer: Pick<Signer, 'sign'>, statement: TriggerStatement): string {
  return toBase64Url(signer.sign(triggerText(statement)));
}

/** True when `signature` (base64url) is `by`'s over the statement. Never throws. */
export function verifyTrigger(
  verifier: Verifier,
  by: MachineId,
  statement: TriggerStatement,
  signature: string | undefined,
): boolean {
  const bytes = signature === undefined ? undefined : fromBase64Url(signature);
  return bytes !== undefined && verifier.verify(by, triggerText(statement), bytes);
}

function triggerText(statement: TriggerStatement): Uint8Array {
  const { clusterId, taskId, triggerId, slot, on, nominalAt, parameters } = statement;
  const request = [clusterId, taskId, triggerId, slot, on ?? '', nominalAt];
  if (parameters === undefined) return concatBytes(DOMAIN, encodeValue(request));
  const values = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return concatBytes(DOMAIN_WITH_VALUES, encodeValue([...request, values]));
}
