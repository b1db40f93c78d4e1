/** When the document is written whole: opening a snapshot is quicker than applying the changes that led to it. */
import { DOCUMENT } from '../config/constants.ts';
import type { SealedChange } from '../document/document-protocol.ts';
import { emit, type Turn } from './state.ts';

/** Counts changes that only their rows hold. */
export function countUnsaved({ state }: Turn, changes: readonly SealedChange[]): void {
  state.document.changesSinceSnapshot += changes.length;
  for (const change of changes) state.document.changeBytesSinceSnapshot += change.bytes.length;
}

export function snapshotIfDue(turn: Turn): void {
  const { document } = turn.state;
  const due =
    document.changesSinceSnapshot >= DOCUMENT.changesPerSnapshot ||
    document.changeBytesSinceSnapshot >= DOCUMENT.snapshotAfterBytes;
  if (document.snapshotting || !due) return;
  document.snapshotting = true;
  document.changesSinceSnapshot = 0;
  document.changeBytesSinceSnapshot = 0;
  emit(turn, { type: 'document', command: { type: 'snapshot' } });
}
