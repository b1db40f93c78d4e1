/** What people did on this machine, in the words of the audit log. Called when it is done, not when it was asked for. */
import { AUDIT } from '../config/constants.ts';
import type { DocumentEdit } from '../document/document-protocol.ts';
import type { AuditAction } from '../domain/audit-record.ts';
import type { TaskId } from '../domain/ids.ts';
import type { ParameterValues } from '../domain/parameter.ts';
import type { RunRecord } from '../domain/run.ts';
import type { FacetName, Task } from '../domain/task.ts';
import { nameOf, noteAudit } from './audit-steps.ts';
import type { BulkAct } from './commands.ts';
import type { Turn } from './state.ts';

/** A task that was put: as it was before, if it was, and as it is. */
export interface PutTask {
  readonly before: Task | undefined;
  readonly after: Task;
}

/** Tasks were created or changed: a record each, or one for all when there are many. */
export function notePutTasks(turn: Turn, tasks: readonly PutTask[]): void {
  const by = turn.state.self;
  if (tasks.length <= AUDIT.namesPerRecord) {
    for (const put of tasks) {
      noteAudit(turn, 'task-changed', { by, subject: put.after.id, detail: wordsOf(put) });
    }
    return;
  }
  const named = tasks.slice(0, AUDIT.namesPerRecord).map(({ after }) => after.id);
  const detail = `${named.join(', ')} and ${tasks.length - named.length} more`;
  noteAudit(turn, 'task-changed', { by, subject: `${tasks.length} tasks`, detail });
}

function wordsOf({ before, after }: PutTask): string {
  if (before === undefined) return 'created';
  return `changed ${changedFacets(before, after).join(', ')}`;
}

/** Facets of which another value is in force. */
export function changedFacets(before: Task, after: Task): FacetName[] {
  return (Object.keys(after.origins) as FacetName[]).filter((facet) => {
    const [old, now] = [before.origins[facet], after.origins[facet]];
    // What was never written has no author of its own.
    return old.revision !== now.revision || (now.revision > 0 && old.author !== now.author);
  });
}

/** The same was done to several tasks: a record each, or one for all when there are many. */
export function noteEdits(turn: Turn, act: BulkAct, ids: readonly TaskId[], edits: readonly DocumentEdit[]): void {
  if (ids.length <= AUDIT.namesPerRecord) return edits.forEach((edit) => noteEdit(turn, edit));
  const [action, word] = WORDS_OF_ACT[act];
  const named = `${ids.slice(0, AUDIT.namesPerRecord).join(', ')} and ${ids.length - AUDIT.namesPerRecord} more`;
  noteAudit(turn, action, { by: turn.state.self, subject: `${ids.length} tasks`, detail: `${word}: ${named}` });
}

const WORDS_OF_ACT: Readonly<Record<BulkAct, readonly [AuditAction, string]>> = {
  suspend: ['task-changed', 'suspended'],
  resume: ['task-changed', 'resumed'],
  delete: ['task-deleted', 'deleted'],
  restore: ['task-restored', 'brought back'],
};

/** Any other edit that a command makes. */
export function noteEdit(turn: Turn, edit: DocumentEdit): void {
  const by = turn.state.self;
  switch (edit.kind) {
    case 'delete-task':
      return noteAudit(turn, 'task-deleted', { by, subject: edit.id, detail: 'deleted' });
    case 'restore-task':
      return noteAudit(turn, 'task-restored', { by, subject: edit.id, detail: 'brought back' });
    case 'suspend-task':
      return noteAudit(turn, 'task-changed', {
        by,
        subject: edit.id,
        detail: edit.suspended ? 'suspended' : 'resumed',
      });
    case 'settle-conflict': {
      const detail = `settled a conflict of its ${edit.facet}`;
      return noteAudit(turn, 'task-changed', { by, subject: edit.id, detail });
    }
    case 'patch-machine':
      return notePatch(turn, edit);
    default:
      return;
  }
}

function notePatch(turn: Turn, { id, patch }: Extract<DocumentEdit, { kind: 'patch-machine' }>): void {
  const fields = { by: turn.state.self, subject: nameOf(turn.state, id) };
  if (patch.removed === true) return noteAudit(turn, 'machine-removed', { ...fields, detail: `removed ${id}` });
  if (patch.roles !== undefined) {
    return noteAudit(turn, 'roles-changed', { ...fields, detail: `roles are now ${patch.roles.join(', ')}` });
  }
  noteAudit(turn, 'machine-changed', { ...fields, detail: `set ${JSON.stringify(patch)}` });
}

/** @param given what the person said of its parameters; the rest is what it always is */
export function noteRunByHand(turn: Turn, task: Task, count: number, given: ParameterValues = {}): void {
  const values = Object.entries(given).map(([name, value]) => `${name}=${value}`);
  const said = values.length === 0 ? '' : ` with ${values.join(', ')}`;
  const detail = (count === 1 ? 'run by hand' : `run by hand on ${count} machines`) + said;
  noteAudit(turn, 'run-by-hand', { by: turn.state.self, subject: task.id, detail });
}

export function noteCancelled(turn: Turn, run: RunRecord): void {
  const detail = `run ${run.id} on ${nameOf(turn.state, run.machineId)}`;
  noteAudit(turn, 'run-cancelled', { by: turn.state.self, subject: run.taskId, detail });
}
