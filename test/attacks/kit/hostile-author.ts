/** An author that asks nobody: it writes what it likes on top of whatever past it chooses, properly signed and sealed. */
import { canonicalJson } from '../../../core/document/canonical-json.ts';
import type { SealedChange } from '../../../core/document/document-protocol.ts';
import { decodeEnvelope, encodeEnvelope, type Envelope } from '../../../core/document/envelope.ts';
import { Replica } from '../../../core/document/replica.ts';
import type { Place } from '../../../core/document/schema.ts';
import type { ClusterId, MachineId } from '../../../core/domain/ids.ts';
import type { Signer } from '../../../core/ports/signer.ts';
import { sealChange } from '../../../core/security/sealed-change.ts';
import { signFacet } from '../../../core/security/signed-facet.ts';

export interface ForgedWrite {
  readonly place: Place;
  readonly value: unknown;
  /** What the envelope says instead of what is right. */
  readonly envelope?: Partial<Envelope>;
}

export interface HostileAuthorOptions {
  readonly signer: Signer;
  readonly clusterId: ClusterId;
  /** Automerge's actor of its changes, 32 hex digits. */
  readonly actor: string;
  /** The changes that it builds on. */
  readonly past: readonly SealedChange[];
  /** Epoch milliseconds that its values carry. */
  readonly at: number;
}

export class HostileAuthor {
  readonly signer: Signer;
  readonly #options: HostileAuthorOptions;
  readonly #replica: Replica;

  constructor(options: HostileAuthorOptions) {
    this.signer = options.signer;
    this.#options = options;
    this.#replica = Replica.create(options.actor);
    this.learn(options.past);
  }

  get self(): MachineId {
    return this.signer.self;
  }

  /** Takes more changes into its past. */
  learn(changes: readonly SealedChange[]): void {
    if (changes.length === 0) return;
    this.#replica.attempt(() => this.#replica.apply(changes.map(({ bytes }) => bytes)));
  }

  /** The envelope in force at a place. */
  read(place: Place): Envelope {
    const held = decodeEnvelope(this.#replica.read(place) ?? '');
    if (!held.ok) throw new Error(`${place.map}/${place.key}: ${held.error}`);
    return held.value;
  }

  /** Heads of what it holds, and the number of its last operation: what a change written by hand has to follow. */
  get standing(): { readonly heads: readonly string[]; readonly lastOperation: number } {
    const heads = this.#replica.heads();
    return { heads, lastOperation: Math.max(...heads.map((head) => this.#replica.lastOperationOf(head))) };
  }

  /** One change of some writes. */
  write(...writes: ForgedWrite[]): SealedChange {
    const { at } = this.#options;
    const texts = writes.map(({ place, value, envelope }) => ({
      ...place,
      text: this.#textOf(place, value, envelope),
    }));
    const { change } = this.#replica.attempt(() => this.#replica.commit(texts, at, ''));
    return sealChange(this.signer, change);
  }

  #textOf(place: Place, value: unknown, wrong: Partial<Envelope> | undefined): string {
    const { at, clusterId } = this.#options;
    const revisions = this.#replica.textsAt(place).map((text) => {
      const held = decodeEnvelope(text);
      return held.ok ? held.value.revision : 0;
    });
    const revision = Math.max(0, ...revisions) + 1;
    const origin = { revision, changedAt: at, createdAt: at };
    const statement = { clusterId, ...place, ...origin, valueText: canonicalJson(value) };
    const signature = signFacet(this.signer, statement);
    return encodeEnvelope({ value, author: this.self, ...origin, signature, ...wrong });
  }
}
