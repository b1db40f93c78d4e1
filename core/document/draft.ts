/**
 * A list of edits while it is worked out: what it would write, over what the document holds. Nothing reaches the
 * document before the whole list is found good, so a list is carried out whole or not at all. Later edits of a list see
 * the earlier ones. Only values that differ are written.
 */
import { LIMITS } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import { appError } from '../std/app-error.ts';
import { assert } from '../std/assert.ts';
import { type Result, err, ok } from '../std/result.ts';
import { canonicalJson } from './canonical-json.ts';
import { readCandidates } from './conflicts.ts';
import { type Envelope, decodeEnvelope, encodeEnvelope, isOversized } from './envelope.ts';
import { type Candidate, type Write, placeName } from './replica.ts';
import type { Place } from './schema.ts';

/** What a draft needs of the document. */
export interface DraftSource {
  read(place: Place): string | undefined;
  candidatesOf(place: Place): Candidate[];
}

/** Tasks that there are, live and deleted. */
export interface TaskCounts {
  readonly live: number;
  readonly deleted: number;
}

export interface PutOptions {
  /** What is put begins anew: its creation is now, whatever was there before. */
  readonly fresh?: boolean;
  /** Written even when it is equal to what is in force: it settles a conflict. */
  readonly always?: boolean;
}

const MAX_REVISION = Number.MAX_SAFE_INTEGER;

export class Draft {
  readonly #source: DraftSource;
  readonly #author: MachineId;
  readonly #at: number;
  readonly #pending = new Map<string, { readonly envelope: Envelope; readonly group: Map<string, Write> }>();
  readonly #groups: Map<string, Write>[] = [];
  #bytes = 0;
  #live: number;
  #deleted: number;

  /** @param at epoch milliseconds of the edit. */
  constructor(source: DraftSource, author: MachineId, at: number, counts: TaskCounts) {
    this.#source = source;
    this.#author = author;
    this.#at = at;
    this.#live = counts.live;
    this.#deleted = counts.deleted;
  }

  /** What is to be written, one group for each edit that writes anything; each place once, as the last edit left it. */
  get groups(): readonly (readonly Write[])[] {
    return this.#groups.filter((group) => group.size > 0).map((group) => [...group.values()]);
  }

  get counts(): TaskCounts {
    return { live: this.#live, deleted: this.#deleted };
  }

  /** Notes that tasks come or go. */
  count(live: number, deleted: number): void {
    this.#live += live;
    this.#deleted += deleted;
  }

  /** Begins the next edit of the list. */
  begin(): void {
    this.#groups.push(new Map());
  }

  /** True when anything is at a place, readable or not. */
  has(place: Place): boolean {
    return this.#pending.has(placeName(place)) || this.#source.read(place) !== undefined;
  }

  /** What is at a place; undefined when nothing is, or when it cannot be read. */
  read(place: Place): Envelope | undefined {
    const pending = this.#pending.get(placeName(place));
    if (pending !== undefined) return pending.envelope;
    return this.#readSource(place);
  }

  /** Concurrent values of a place; none when this list writes there, because that settles them. */
  candidatesOf(place: Place): Candidate[] {
    return this.#pending.has(placeName(place)) ? [] : this.#source.candidatesOf(place);
  }

  /** Puts a value, as the next revision. Refuses values beyond the limits. @param label names the value to people. */
  put(place: Place, value: unknown, label: string, options: PutOptions = {}): Result<undefined> {
    const current = this.read(place);
    const equal = current !== undefined && canonicalJson(current.value) === canonicalJson(value);
    if (equal && options.always !== true && options.fresh !== true) return ok(undefined);
    const envelope = this.#envelopeOf(place, value, options.fresh === true);
    const text = encodeEnvelope(envelope);
    if (isOversized(text)) {
      return err(
        appError('LIMIT_EXCEEDED', `The ${label} is larger than ${LIMITS.facetBytes} bytes.`, { field: label }),
      );
    }
    this.#bytes += text.length;
    if (this.#bytes > LIMITS.editBytes) {
      return err(appError('LIMIT_EXCEEDED', `The edits are larger than ${LIMITS.editBytes} bytes together.`));
    }
    this.#write({ ...place, text }, envelope);
    return ok(undefined);
  }
  /** The next revision after all that the document holds at a place. */
  #envelopeOf(place: Place, value: unknown, fresh: boolean): Envelope {
    const known = readCandidates(this.#source.candidatesOf(place)).map(({ envelope }) => envelope);
    const current = this.#readSource(place);
    if (current !== undefined) known.push(current);
    const first = known.reduce((earliest, { createdAt }) => Math.min(earliest, createdAt), this.#at);
    return {
      value,
      // Someone may have written the largest number that there is: it is kept, so that the value can be read.
      revision: Math.min(known.reduce((newest, { revision }) => Math.max(newest, revision), 0) + 1, MAX_REVISION),
      author: this.#author,
      changedAt: this.#at,
      createdAt: fresh ? this.#at : first,
    };
  }

  #write(write: Write, envelope: Envelope): void {
    const name = placeName(write);
    const group = this.#groups.at(-1);
    assert(group !== undefined, 'an edit was begun');
    this.#pending.get(name)?.group.delete(name);
    this.#pending.set(name, { envelope, group });
    group.set(name, write);
  }

  #readSource(place: Place): Envelope | undefined {
    const text = this.#source.read(place);
    const envelope = text === undefined ? undefined : decodeEnvelope(text);
    return envelope?.ok === true ? envelope.value : undefined;
  }
}
