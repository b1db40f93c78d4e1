/** The same for many tasks, as one edit. */
import type { DocumentEdit } from '../document/document-protocol.ts';
import type { TaskId } from '../domain/ids.ts';
import { ok } from '../std/result.ts';
import { noteEdits } from './audit-notes.ts';
import type { BulkAct, CommandOf } from './commands.ts';
import { editDocument } from './document-steps.ts';
import { failWith } from './join-steps.ts';
import { emit, type Turn } from './state.ts';

/** One change for all of them: the others see all or nothing of it. */
export function editTasks(turn: Turn, requestId: string, { act, ids }: CommandOf<'edit-tasks'>): void {
  const edits = ids.map((id) => editOf(act, id));
  editDocument(turn, requestId, edits, {
    finish: (later) => {
      noteEdits(later, act, ids, edits);
      emit(later, { type: 'reply', requestId, outcome: ok({ ids }) });
    },
    fail: failWith(requestId),
  });
}

function editOf(act: BulkAct, id: TaskId): DocumentEdit {
  switch (act) {
    case 'suspend':
    case 'resume':
      return { kind: 'suspend-task', id, suspended: act === 'suspend' };
    case 'delete':
      return { kind: 'delete-task', id };
    case 'restore':
      return { kind: 'restore-task', id };
  }
}
