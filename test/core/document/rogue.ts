/** The hostile author of the tests of the document: machine number `index` of their cluster. */
import type { SealedChange } from '../../../core/document/document-protocol.ts';
import { createSigner } from '../../../core/adapters/keys/ed25519.ts';
import { type ForgedWrite, HostileAuthor } from '../../attacks/kit/hostile-author.ts';
import { actorOf, CLUSTER, founding, seedOf, START } from './document-builders.ts';

export type RogueWrite = ForgedWrite;

export class Rogue extends HostileAuthor {
  /** @param past the changes that it builds on. */
  constructor(index: number, past: readonly SealedChange[] = founding(), actor = actorOf(index)) {
    super({ signer: createSigner(seedOf(index)), clusterId: CLUSTER, actor, past, at: START });
  }
}
