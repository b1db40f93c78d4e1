/**
 * The changes of the document in the order in which they were stored, which is an order in which they can be applied,
 * and the newest snapshot. Changes are never removed: the document's history is made of them.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ChangeVector, SealedChange } from '../../document/document-protocol.ts';
import type { MachineId } from '../../domain/ids.ts';
import { DamagedRowError } from './sqlite-errors.ts';

export interface Snapshot {
  readonly bytes: Uint8Array;
  readonly vector: ChangeVector;
}

interface Place {
  readonly position: number;
  readonly sizeBytes: number;
}

export class ChangeRows {
  readonly #insert: StatementSync;
  readonly #heads: StatementSync;
  readonly #places: StatementSync;
  readonly #read: StatementSync;
  readonly #count: StatementSync;
  readonly #putSnapshot: StatementSync;
  readonly #snapshot: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(`
      insert into changes (actor, sequence, hash, author, signature, bytes) values (?, ?, ?, ?, ?, ?)
      on conflict do nothing`);
    this.#heads = database.prepare('select actor, max(sequence) as head from changes group by actor order by actor');
    this.#places = database.prepare(`
      select position, length(bytes) as size from changes where actor = ? and sequence > ? order by sequence limit ?`);
    this.#read = database.prepare('select * from changes where position = ?');
    this.#count = database.prepare('select count(*) as count from changes');
    this.#putSnapshot = database.prepare('insert or replace into snapshots (id, bytes, vector) values (1, ?, ?)');
    this.#snapshot = database.prepare('select bytes, vector from snapshots where id = 1');
  }

  /** Stores a change, unless its actor's change of that number is stored. */
  add(change: SealedChange): void {
    this.#insert.run(change.actor, change.sequence, change.hash, change.author, change.signature, change.bytes);
  }

  count(): number {
    return Number(this.#count.get()?.['count'] ?? 0);
  }

  /** All that a holder of `vector` lacks. */
  allSince(vector: ChangeVector): SealedChange[] {
    return this.#placesSince(vector, -1).map((place) => this.#changeAt(place.position));
  }

  /** What a holder of `vector` lacks, within the limits; at least one change, when one is lacking. */
  since(vector: ChangeVector, maxChanges: number, maxBytes: number): { changes: SealedChange[]; more: boolean } {
    const places = this.#placesSince(vector, maxChanges + 1);
    const changes: SealedChange[] = [];
    let sizeBytes = 0;
    for (const place of places) {
      const fits = changes.length === 0 || (changes.length < maxChanges && sizeBytes + place.sizeBytes <= maxBytes);
      if (!fits) return { changes, more: true };
      changes.push(this.#changeAt(place.position));
      sizeBytes += place.sizeBytes;
    }
    return { changes, more: false };
  }

  putSnapshot(snapshot: Snapshot): void {
    this.#putSnapshot.run(snapshot.bytes, JSON.stringify(snapshot.vector));
  }

  snapshot(): Snapshot | undefined {
    const row = this.#snapshot.get();
    if (row === undefined) return undefined;
    const bytes = row['bytes'];
    if (!(bytes instanceof Uint8Array)) throw new DamagedRowError('the stored snapshot has no bytes');
    return { bytes, vector: parseVector(String(row['vector'])) };
  }

  /** In the order of storing, which holds for each actor's changes too: so the first of all are among the first of each. A negative limit is none. */
  #placesSince(vector: ChangeVector, limit: number): Place[] {
    const places: Place[] = [];
    for (const row of this.#heads.all()) {
      const actor = String(row['actor']);
      const known = vector[actor] ?? 0;
      if (Number(row['head']) <= known) continue;
      for (const place of this.#places.iterate(actor, known, limit)) {
        places.push({ position: Number(place['position']), sizeBytes: Number(place['size']) });
      }
    }
    places.sort((left, right) => left.position - right.position);
    return limit < 0 ? places : places.slice(0, limit);
  }

  #changeAt(position: number): SealedChange {
    const row = this.#read.get(position);
    const signature = row?.['signature'];
    const bytes = row?.['bytes'];
    if (row === undefined || !(signature instanceof Uint8Array) || !(bytes instanceof Uint8Array)) {
      throw new DamagedRowError('a stored change is incomplete');
    }
    return {
      actor: String(row['actor']),
      sequence: Number(row['sequence']),
      hash: String(row['hash']),
      author: String(row['author']) as MachineId,
      signature,
      bytes,
    };
  }
}

function parseVector(text: string): ChangeVector {
  try {
    return JSON.parse(text) as ChangeVector;
  } catch (error) {
    throw new DamagedRowError('the vector of the stored snapshot is not readable', { cause: error });
  }
}
