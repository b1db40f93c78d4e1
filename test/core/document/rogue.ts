/** An author that asks nobody: it writes what it likes on top of whatever past it chooses, properly signed and sealed. */
import { canonicalJson } from '../../../core/document/canonical-json.ts';
import type { SealedChange } from '../../../core/document/document-protocol.ts';
import { decodeEnvelope, encodeEnvelope, type Envelope } from '../../../core/document/envelope.ts';
import { Replica } from '../../../core/document/replica.ts';
import type { Place } from '../../../core/document/schema.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import type { Signer } from '../../../core/ports/signer.ts';
import { createSigner } from '../../../core/adapters/keys/ed25519.ts';
import { sealChange } from '../../../core/security/sealed-change.ts';
import { signFacet } from '../../../core/security/signed-facet.ts';
import { actorOf, CLUSTER, founding, seedOf, START } from './document-builders.ts';

export interface RogueWrite {
  readonly place: Place;
  readonly value: unknown;
  /** What the envelope says instead of what is right. */
  readonly envelope?: Partial<Envelope>;
}

export class Rogue {
  readonly signer: Signer;
  readonly #replica: Replica;

  /** @param past the changes that it builds on. */
  constructor(index: number, past: readonly SealedChange[] = founding(), actor = actorOf(index)) {
    this.signer = createSigner(seedOf(index));
    this.#replica = Replica.create(actor);
    this.learn(past);
  }

  get self(): MachineId {
    return this.signer.self;
  }

  /** Takes more changes into its past. */
  learn(changes: readonly SealedChange[]): void {
    if (changes.length === 0) return;
    this.#replica.attempt(() => this.#replica.apply(changes.map(({ bytes }) => bytes)));
  }

  /** One change of some writes. */
  write(...writes: RogueWrite[]): SealedChange {
    const texts = writes.map(({ place, value, envelope }) => ({
      ...place,
      text: this.#textOf(place, value, envelope),
    }));
    const { change } = this.#replica.attempt(() => this.#replica.commit(texts, START, ''));
    return sealChange(this.signer, change);
  }

  #textOf(place: Place, value: unknown, wrong: Partial<Envelope> | undefined): string {
    const revisions = this.#replica.textsAt(place).map((text) => {
      const held = decodeEnvelope(text);
      return held.ok ? held.value.revision : 0;
    });
    const revision = Math.max(0, ...revisions) + 1;
    const origin = { revision, changedAt: START, createdAt: START };
    const statement = { clusterId: CLUSTER, ...place, ...origin, valueText: canonicalJson(value) };
    return encodeEnvelope({
      value,
      author: this.self,
      ...origin,
      signature: signFacet(this.signer, statement),
      ...wrong,
    });
  }
}
