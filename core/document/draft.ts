/**
 * A list of edits while it is worked out: what it would write, over what the document holds. Nothing reaches the
 * document before the whole list is found good, so a list is carried out whole or not at all. Later edits of a list see
 * the earlier ones. Only values that differ are written.
 */
import { LIMITS } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import { appError } from '../std/app-error.ts';
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

export class Draft {
  readonly #source: DraftSource;
  readonly #author: MachineId;
  readonly #at: number;
  readonly #pending = new Map<string, Envelope>();
  #groups: Write[][] = [];
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

  /** What is to be written, one group for each edit that writes anything. */
  get groups(): readonly (readonly Write[])[] {
    return this.#groups.filter((group) => group.length > 0);
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
    this.#groups.push([]);
  }

  /** True when anything is at a place, readable or not. */
  has(place: Place): boolean {
    return this.#pending.has(placeName(place)) || this.#source.read(place) !== undefined;
  }

  /** What is at a place; undefined when nothing is, or when it cannot be read. */
  read(place: Place): Envelope | undefined {
    const pending = this.#pending.get(placeName(place));
    if (pending !== undefined) return pending;
    const text = this.#source.read(place);
    if (text === undefined) return undefined;
    const envelope = decodeEnvelope(text);
    return envelope.ok ? envelope.value : undefined;
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
    const known = readCandidates(this.candidatesOf(place)).map(({ envelope }) => envelope);
    if (current !== undefined) known.push(current);
    const envelope: Envelope = {
      value,
      revision: known.reduce((newest, { revision }) => Math.max(newest, revision), 0) + 1,
      author: this.#author,
      changedAt: this.#at,
      createdAt:
        options.fresh === true
          ? this.#at
          : known.reduce((first, { createdAt }) => Math.min(first, createdAt), this.#at),
    };
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
    this.#pending.set(placeName(place), envelope);
    this.#groups.at(-1)?.push({ ...place, text });
    return ok(undefined);
  }
}
