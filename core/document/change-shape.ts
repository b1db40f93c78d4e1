/**
 * What a change may do: put envelopes at places that exist in the schema, signed with its author's own name. Anything
 * else (replacing a root map, deleting, counters, lists, writing in another's name) is refused, whoever sends it.
 * A change must also be written as Automerge writes it: it is stored in pieces and put together again when a document
 * is loaded, and one that comes out as other bytes makes the whole document unreadable.
 * The verdict depends on the change alone, so every machine comes to the same one.
 */
import { type DecodedChange, encodeChange } from '@automerge/automerge';
import { LIMITS } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import { type Result, err, ok } from '../std/result.ts';
import { jsonDepth } from './canonical-json.ts';
import { decodeEnvelope, isOversized } from './envelope.ts';
import type { Written } from './operation-index.ts';
import { placeName } from './replica.ts';
import { mapOfObject, meaningOf } from './schema.ts';

type Operation = DecodedChange['ops'][number];

/** A change whose content is allowed by itself. */
export interface CheckedChange {
  readonly decoded: DecodedChange;
  /** What each of its operations wrote. */
  readonly written: readonly Written[];
}

/**
 * Says what in a change is not allowed; what it writes when all is.
 * @param bytes the change as it was sent.
 * @param author the machine that sealed it.
 */
export function checkChangeShape(
  change: DecodedChange,
  bytes: Uint8Array,
  author: MachineId,
): Result<CheckedChange, string> {
  if (change.ops.length === 0) return err('it changes nothing');
  const written: Written[] = [];
  for (const operation of change.ops) {
    const checked = checkOperation(operation, author);
    if (!checked.ok) return checked;
    written.push(checked.value);
  }
  if (new Set(written.map(({ place }) => place)).size < written.length) return err('it writes one place twice');
  return isCanonical(change, bytes) ? ok({ decoded: change, written }) : err('it is not written as changes are');
}

function isCanonical(change: DecodedChange, bytes: Uint8Array): boolean {
  let again: Uint8Array;
  try {
    again = encodeChange(change);
  } catch {
    return false;
  }
  if (again.length !== bytes.length) return false;
  for (let index = 0; index < bytes.length; index += 1) if (again[index] !== bytes[index]) return false;
  return true;
}

function checkOperation(operation: Operation, author: MachineId): Result<Written, string> {
  const { action, obj, key, value } = operation;
  if (action !== 'set' || typeof value !== 'string') return err('it does something else than to put values');
  const map = mapOfObject(obj);
  if (map === undefined || meaningOf({ map, key }) === undefined) return err('it writes where nothing belongs');
  if (isOversized(value)) return err('a value is too large');
  if (jsonDepth(value) > LIMITS.facetDepth) return err('a value is nested too deep');
  const envelope = decodeEnvelope(value);
  if (!envelope.ok) return err(`a value cannot be read: ${envelope.error}`);
  if (envelope.value.author !== author) return err('it writes in the name of another machine');
  return ok({ place: placeName({ map, key }), revision: envelope.value.revision });
}
