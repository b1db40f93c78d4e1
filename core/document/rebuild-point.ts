/**
 * What a document can be built again from when Automerge has failed on it: bytes that were saved, and copies of the
 * changes since. Kept small by saving again now and then.
 */
import * as Automerge from '@automerge/automerge';
import { DOCUMENT } from '../config/constants.ts';
import { assert } from '../std/assert.ts';
import { type DocumentContent, createGenesis } from './schema.ts';

/** Documents that Automerge may fail on before this is no accident any more, and the host has to start anew. */
const MAX_REBUILDS = 8;

export class RebuildPoint {
  readonly #actor: string;
  #saved: Uint8Array | undefined;
  #changes: Uint8Array[] = [];
  #sizeBytes = 0;
  /** Kept, because freeing the memory of a document in which Automerge failed can fail as well. */
  readonly #broken: Automerge.Doc<DocumentContent>[] = [];

  /** @param saved the document's bytes; undefined: the genesis alone. */
  constructor(actor: string, saved: Uint8Array | undefined) {
    this.#actor = actor;
    this.#saved = saved;
  }

  /** The document was saved. */
  moveTo(saved: Uint8Array): void {
    this.#saved = new Uint8Array(saved);
    this.#changes = [];
    this.#sizeBytes = 0;
  }

  /** Changes were made; true when the document should be saved, because many were made since it was last. */
  add(changes: readonly Uint8Array[]): boolean {
    for (const change of changes) {
      this.#changes.push(new Uint8Array(change));
      this.#sizeBytes += change.length;
    }
    return this.#changes.length > 2 * DOCUMENT.changesPerSnapshot || this.#sizeBytes > DOCUMENT.unsavedBytes;
  }

  /** The document as it was after the last changes that were added. @param broken the one that Automerge failed on. */
  rebuild(broken: Automerge.Doc<DocumentContent>): Automerge.Doc<DocumentContent> {
    this.#broken.push(broken);
    assert(this.#broken.length <= MAX_REBUILDS, 'Automerge fails on what was checked only by accident');
    const saved =
      this.#saved === undefined
        ? createGenesis(this.#actor)
        : Automerge.load<DocumentContent>(this.#saved, { actor: this.#actor });
    return this.#changes.length === 0 ? saved : Automerge.applyChanges(saved, this.#changes)[0];
  }
}
