/**
 * Whether a task may be run: each of its facets must be signed by its author, and the author must be an editor by the
 * roster in force now. A removed machine keeps the roles that it had: what it wrote before counts, what it wrote after is
 * not read at all. Asked for before a run, and remembered, so that opening a large document checks no signature.
 */
import type { ClusterId, MachineId, TaskId } from '../domain/ids.ts';
import type { RosterEntry } from '../domain/machine.ts';
import { FACET_NAMES, type FacetName, type Task } from '../domain/task.ts';
import type { ChangeVerifier } from '../security/sealed-change.ts';
import { verifyFacet } from '../security/signed-facet.ts';
import { canonicalJson } from './canonical-json.ts';
import type { FacetSignature, VouchProblem } from './document-protocol.ts';
import { type Envelope, decodeEnvelope } from './envelope.ts';
import { type TaskSource, readTask } from './facets.ts';
import { placeName } from './replica.ts';
import { type Place, facetPlace } from './schema.ts';

/** What was found about a task in its present form. */
export interface Vouched {
  /** Names the form: see `originsKey`. */
  readonly origins: string;
  /** Absent when the task may be run. */
  readonly problem?: VouchProblem;
}

/** What vouching needs of the document. */
export interface VouchSource extends TaskSource {
  readonly clusterId: ClusterId | undefined;
  machine(id: MachineId): RosterEntry | undefined;
}

/** Places whose signature is remembered as good. */
const REMEMBERED_PLACES = 100_000;

/** Asked for before every claim and every run; origins never change, another form of the task has others. */
const keys = new WeakMap<Task['origins'], string>();

/** Names the present form of a task: revision, author and time of every facet. A form that was vouched for keeps its key. */
export function originsKey({ origins }: Pick<Task, 'origins'>): string {
  const known = keys.get(origins);
  if (known !== undefined) return known;
  const key = FACET_NAMES.map((facet) => {
    const { revision, author, changedAt } = origins[facet];
    return `${facet}:${revision}:${author}:${changedAt}`;
  }).join(' ');
  keys.set(origins, key);
  return key;
}

export class Voucher {
  readonly #verifier: ChangeVerifier;
  /** Per place the text that was found to be signed by its author. */
  readonly #sound = new Map<string, string>();
  /** Signatures that were found to be nobody's, by place. */
  readonly #forged = new Map<string, string>();

  constructor(verifier: ChangeVerifier) {
    this.#verifier = verifier;
  }

  /** Looks at the facets of a task; undefined when there is no such task that can be read. */
  vouchFor(source: VouchSource, id: TaskId): Vouched | undefined {
    const reading = readTask(source, id);
    if (reading.kind !== 'live') return undefined;
    const origins = originsKey(reading.task);
    for (const facet of FACET_NAMES) {
      const problem = this.#problemOf(source, id, facet);
      if (problem !== undefined) return { origins, problem };
    }
    return { origins };
  }

  /** What is known of every facet of a task that was ever written. */
  signaturesOf(source: VouchSource, id: TaskId): FacetSignature[] {
    const signatures: FacetSignature[] = [];
    for (const facet of FACET_NAMES) {
      const text = source.read(facetPlace(id, facet));
      const envelope = text === undefined ? undefined : decodeEnvelope(text);
      if (envelope?.ok !== true) continue;
      const { revision, author, changedAt } = envelope.value;
      const problem = this.#problemOf(source, id, facet);
      signatures.push({ facet, revision, author, changedAt, ...(problem === undefined ? {} : { problem }) });
    }
    return signatures;
  }

  /** Was a text at a place, now or once, signed by its author? */
  isSigned(source: VouchSource, place: Place, text: string): boolean {
    const envelope = decodeEnvelope(text);
    if (!envelope.ok || envelope.value.signature === undefined) return false;
    if (this.#sound.get(placeName(place)) === text) return true;
    return this.#verifies(source, place, { ...envelope.value, signature: envelope.value.signature });
  }

  /** True when a value was looked at, and is not signed by its author: it has to be written again. */
  isForged(place: Place, { signature }: Envelope): boolean {
    return signature !== undefined && this.#forged.get(placeName(place)) === signature;
  }

  #problemOf(source: VouchSource, id: TaskId, facet: FacetName): VouchProblem | undefined {
    const place = facetPlace(id, facet);
    const text = source.read(place);
    const envelope = text === undefined ? undefined : decodeEnvelope(text);
    if (text === undefined || envelope?.ok !== true) return undefined;
    const { author, signature } = envelope.value;
    const machine = source.machine(author);
    const by = machine === undefined ? author : `"${machine.name}" (${author})`;
    const what = `The part "${facet}" of task "${id}"`;
    if (signature === undefined) {
      return { facet, author, code: 'FACET_UNSIGNED', text: `${what} is not signed by its author ${by}. ${REMEDY}` };
    }
    if (!this.#isSound(source, place, text, { ...envelope.value, signature })) {
      return {
        facet,
        author,
        code: 'FACET_FORGED',
        text: `${what} carries a signature that is not ${by}’s. ${REMEDY}`,
      };
    }
    if (machine?.roles.includes('editor') === true) return undefined;
    const why = machine === undefined ? 'which is not in the roster' : `which is no editor`;
    return { facet, author, code: 'AUTHOR_NOT_EDITOR', text: `${what} was written by ${by}, ${why}. ${REMEDY}` };
  }

  #isSound(source: VouchSource, place: Place, text: string, envelope: Envelope & { signature: string }): boolean {
    const name = placeName(place);
    if (this.#sound.get(name) === text) return true;
    if (source.clusterId === undefined) return false;
    if (!this.#verifies(source, place, envelope)) {
      remember(this.#forged, name, envelope.signature);
      return false;
    }
    remember(this.#sound, name, text);
    return true;
  }

  #verifies({ clusterId }: VouchSource, place: Place, envelope: Envelope & { signature: string }): boolean {
    if (clusterId === undefined) return false;
    const { author, revision, changedAt, createdAt, value, signature } = envelope;
    const statement = { clusterId, ...place, revision, changedAt, createdAt, valueText: canonicalJson(value) };
    return verifyFacet(this.#verifier, author, statement, signature);
  }
}

/** Its facets are then signed anew. */
const REMEDY = 'It runs once an editor has applied the task again.';

function remember(map: Map<string, string>, name: string, text: string): void {
  const oldest = map.size >= REMEMBERED_PLACES && !map.has(name) ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
  map.set(name, text);
}
