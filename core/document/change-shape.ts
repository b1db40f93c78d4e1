/**
 * What a change may do: put envelopes at places that exist in the schema, signed with its author's own name. Anything
 * else (replacing a root map, deleting, counters, lists, writing in another's name) is refused, whoever sends it.
 * The verdict depends on the change alone, so every machine comes to the same one.
 */
import type { DecodedChange } from '@automerge/automerge';
import { LIMITS } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import { type Result, err, ok } from '../std/result.ts';
import { jsonDepth } from './canonical-json.ts';
import { decodeEnvelope, isOversized } from './envelope.ts';
import { mapOfObject, meaningOf } from './schema.ts';

type Operation = DecodedChange['ops'][number];

/** Says what in a change is not allowed. @param author the machine that sealed it. */
export function checkChangeShape(change: DecodedChange, author: MachineId): Result<undefined, string> {
  if (change.ops.length === 0) return err('it changes nothing');
  for (const operation of change.ops) {
    const checked = checkOperation(operation, author);
    if (!checked.ok) return checked;
  }
  return ok(undefined);
}

function checkOperation(operation: Operation, author: MachineId): Result<undefined, string> {
  const { action, obj, key, value } = operation;
  if (action !== 'set' || typeof value !== 'string') return err('it does something else than to put values');
  const map = mapOfObject(obj);
  if (map === undefined || meaningOf({ map, key }) === undefined) return err('it writes where nothing belongs');
  if (isOversized(value)) return err('a value is too large');
  if (jsonDepth(value) > LIMITS.facetDepth) return err('a value is nested too deep');
  const envelope = decodeEnvelope(value);
  if (!envelope.ok) return err(`a value cannot be read: ${envelope.error}`);
  if (envelope.value.author !== author) return err('it writes in the name of another machine');
  return ok(undefined);
}
