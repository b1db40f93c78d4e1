/**
 * Which places hold several concurrent values, and what these are. Asking Automerge about every place of a large
 * document takes long, so the answer is kept: a place is asked about only when a change touched it.
 */
import type { ConflictValue } from './document-protocol.ts';
import { canonicalJson } from './canonical-json.ts';
import { type Envelope, decodeEnvelope } from './envelope.ts';
import { type Candidate, type Replica, type TouchedPlace, placeName } from './replica.ts';
import type { Place } from './schema.ts';

export class ConflictIndex {
  readonly #places = new Map<string, Place>();

  /** Looks again at places that a change touched. */
  refresh(replica: Replica, touched: Iterable<TouchedPlace>): void {
    for (const { map, key, conflicted } of touched) {
      const place = { map, key };
      if (conflicted && replica.candidatesOf(place).length > 1) this.#places.set(placeName(place), place);
      else this.#places.delete(placeName(place));
    }
  }

  /** The places with several values. */
  places(): Place[] {
    return [...this.#places.values()];
  }

  /** All concurrent values of a place; empty when there is one value or none. */
  candidatesOf(replica: Replica, place: Place): Candidate[] {
    return this.#places.has(placeName(place)) ? replica.candidatesOf(place) : [];
  }
}

/** Concurrent values that can be read, with the envelopes in them. */
export function readCandidates(candidates: readonly Candidate[]): { key: string; text: string; envelope: Envelope }[] {
  const readable: { key: string; text: string; envelope: Envelope }[] = [];
  for (const { key, text } of candidates) {
    const envelope = decodeEnvelope(text);
    if (envelope.ok) readable.push({ key, text, envelope: envelope.value });
  }
  return readable;
}

/** True when the concurrent values differ: two people who did the same thing are not in conflict. */
export function isContested(candidates: readonly Candidate[]): boolean {
  const values = readCandidates(candidates).map(({ envelope }) => canonicalJson(envelope.value));
  return new Set(values).size > 1;
}

/** The concurrent values of a place as people choose among them. @param inForce the text in force. */
export function conflictValues(candidates: readonly Candidate[], inForce: string | undefined): ConflictValue[] {
  return readCandidates(candidates).map(({ key, text, envelope }) => ({
    key,
    value: canonicalJson(envelope.value),
    inForce: text === inForce,
    revision: envelope.revision,
    author: envelope.author,
    changedAt: envelope.changedAt,
  }));
}
