/**
 * Changes of a few hundred kilobytes that come to hundreds of megabytes once they are decoded, in every way that the
 * format knows: compressed as a whole, compressed column by column, a text that a run repeats, a long name of an actor
 * that is written out with each operation, and a compressed document in the place of a change.
 *
 * Source: the binary format specification of Automerge (chunks, columns, run-length encoding, compression).
 */
import { deflateRawSync } from 'node:zlib';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { SealedChange } from '../../../core/document/document-protocol.ts';
import type { Signer } from '../../../core/ports/signer.ts';
import { sealChange } from '../../../core/security/sealed-change.ts';

const MAGIC = [0x85, 0x6f, 0x4a, 0x83];
const CHECKSUM_END = 8;
const DOCUMENT = 0;
const CHANGE = 1;
const COMPRESSED_CHANGE = 2;
/** The bit of a column's specification that says that it is compressed. */
const COMPRESSED_COLUMN = 8;
const ROOT_ACTOR = new Uint8Array(16);
const SWOLLEN_BYTES = 256 * 1024 * 1024;

/** Columns of a change: of objects (actor, number), keys, insertions, actions, sizes of values, counts of predecessors. */
const COLUMN = { objectActor: 0x01, object: 0x02, key: 0x15, insert: 0x34, action: 0x42, size: 0x56, preceding: 0x70 };
const SET = 1;
const EMPTY_TEXT = 6;

/** A change that puts empty texts, so often, at one place. @param actors names of those whose numbers it uses */
export function repeatingChange(actor: string, rows: number, key: string, other: Uint8Array = ROOT_ACTOR): Uint8Array {
  const run = (value: readonly number[]): number[] => [...signedLeb(rows), ...value];
  const columns: readonly (readonly [number, Uint8Array])[] = [
    [COLUMN.objectActor, Uint8Array.from(run([1]))],
    [COLUMN.object, Uint8Array.from(run([1]))],
    [COLUMN.key, Buffer.concat([Uint8Array.from([...signedLeb(rows), ...leb(key.length)]), Buffer.from(key)])],
    [COLUMN.insert, Uint8Array.from(leb(rows))],
    [COLUMN.action, Uint8Array.from(run([SET]))],
    [COLUMN.size, Uint8Array.from(run([EMPTY_TEXT]))],
    [COLUMN.preceding, Uint8Array.from(run([0]))],
  ];
  return chunk(CHANGE, bodyOf(actor, other, columns));
}

/** Every bomb, by what is wrong with it. @param actor of the change, 32 hex digits */
export const BOMBS: Readonly<Record<string, (actor: string) => Uint8Array>> = {
  'a change that is compressed as a whole': (actor) => {
    const whole = bodyOf(actor, ROOT_ACTOR, [[COLUMN.key, zeros()]]);
    return chunk(COMPRESSED_CHANGE, deflateRawSync(whole, { level: 9 }));
  },
  'a change with a compressed column': (actor) => {
    const column = deflateRawSync(zeros(), { level: 9 });
    return chunk(CHANGE, bodyOf(actor, ROOT_ACTOR, [[COLUMN.key | COMPRESSED_COLUMN, column]]));
  },
  'a change that repeats one long key': (actor) => repeatingChange(actor, 4000, 'k'.repeat(400_000)),
  'a change of an actor with a long name': (actor) => repeatingChange(actor, 4000, 'k', new Uint8Array(200_000)),
  'a compressed document instead of a change': (actor) => {
    const column = deflateRawSync(zeros(), { level: 9 });
    const own = Buffer.from(actor, 'hex');
    const head = new Uint8Array(32);
    const columns = [1, ...leb(COLUMN.key | COMPRESSED_COLUMN), ...leb(column.length), 0];
    const names = [Uint8Array.from([1, own.length]), own, Uint8Array.of(1), head];
    return chunk(DOCUMENT, Buffer.concat([...names, Uint8Array.from(columns), column, Uint8Array.of(0)]));
  },
};

/** Seals bytes as the change of an actor, with the hash that belongs to them. */
export function sealBomb(signer: Signer, actor: string, bytes: Uint8Array): SealedChange {
  return sealChange(signer, { actor, sequence: 1, hash: bytesToHex(sha256(bytes.subarray(CHECKSUM_END))), bytes });
}

function zeros(): Uint8Array {
  return new Uint8Array(SWOLLEN_BYTES);
}

/** Everything of a change after its length: no dependencies, sequence 1, operations from 2 on, time 0, no message. */
function bodyOf(actor: string, other: Uint8Array, columns: readonly (readonly [number, Uint8Array])[]): Uint8Array {
  const own = Buffer.from(actor, 'hex');
  const heads = columns.flatMap(([specification, data]) => [...leb(specification), ...leb(data.length)]);
  return Buffer.concat([
    Uint8Array.from([0, ...leb(own.length)]),
    own,
    Uint8Array.from([1, 2, 0, 0, 1, ...leb(other.length)]),
    other,
    Uint8Array.from([columns.length, ...heads]),
    ...columns.map(([, data]) => data),
  ]);
}

/** Magic, checksum, type, length and body. */
function chunk(type: number, body: Uint8Array): Uint8Array {
  const hashed = Buffer.concat([Uint8Array.from([type, ...leb(body.length)]), body]);
  return new Uint8Array(Buffer.concat([Uint8Array.from(MAGIC), sha256(hashed).subarray(0, 4), hashed]));
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...leb(Math.floor(value / 128))];
}

/** A positive number in signed LEB128. */
function signedLeb(value: number): number[] {
  return value < 64 ? [value] : [(value % 128) + 128, ...signedLeb(Math.floor(value / 128))];
}
