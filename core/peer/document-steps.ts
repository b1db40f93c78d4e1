/** What the document says: tasks to plan, machines to trust, changes to store and to tell. */
import { DOCUMENT, LIMITS } from '../config/constants.ts';
import type { DocumentEdit, DocumentEvent, ProjectionDelta, SealedChange } from '../document/document-protocol.ts';
import type { TaskId } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import { policyKey, selectorKey } from '../ring/eligibility.ts';
import { ok, err } from '../std/result.ts';
import { applyCalendars } from './calendar-steps.ts';
import { applyChannels } from './channel-steps.ts';
import { compareDocument, onApplied } from './document-sync-steps.ts';
import { noteAudit } from './audit-steps.ts';
import { newActor, onDocumentOpened } from './life-steps.ts';
import { applyRoster } from './roster-steps.ts';
import { evaluateTaskSoon } from './occurrence-list.ts';
import { compileTask, forgetTask, planTask } from './planning-steps.ts';
import { countUnsaved, snapshotIfDue } from './snapshot-steps.ts';
import { applySecrets, lookAtSecretsSoon, onSecretRefused } from './secret-steps.ts';
import { emit, type PendingCommand, type Turn } from './state.ts';
import { watchTrial } from './trial-steps.ts';
import { hasOtherRoles } from './trust-steps.ts';
import { forgetVouched, onVouched, onVouchRefused } from './vouch-steps.ts';

type EventOf<T extends DocumentEvent['type']> = Extract<DocumentEvent, { type: T }>;

export function onDocument(turn: Turn, event: DocumentEvent): void {
  switch (event.type) {
    case 'projected':
      return applyDelta(turn, event.delta);
    case 'opened':
      Object.assign(turn.state.document, {
        opened: true,
        digest: event.digest,
        heads: event.heads,
        vector: event.vector,
      });
      onDocumentOpened(turn);
      return snapshotIfDue(turn);
    case 'changed':
      return onChanged(turn, event);
    case 'premature':
      onApplied(turn, event.from);
      return compareDocument(turn, event.from, true);
    case 'nothing-new':
      return onApplied(turn, event.from);
    case 'refused':
      return onRefused(turn, event);
    case 'rejected':
      onApplied(turn, event.from);
      noteAudit(turn, 'change-rejected', {
        by: event.from,
        subject: `change ${event.hash.slice(0, 12)}`,
        detail: event.reason,
      });
      return emit(turn, {
        type: 'log',
        level: 'warn',
        message: 'change of a peer rejected',
        fields: { machine: event.from, hash: event.hash, reason: event.reason },
      });
    case 'void':
      return noteAudit(turn, 'change-rejected', {
        by: event.author,
        subject: `change ${event.hash.slice(0, 12)}`,
        detail: voidWords(event.heldBefore),
      });
    case 'snapshot':
      turn.state.document.snapshotting = false;
      return emit(turn, { type: 'write', write: { kind: 'snapshot', bytes: event.bytes, vector: event.vector } });
    case 'vouched':
      if (event.signatures === undefined) return onVouched(turn, event);
      return emit(turn, { type: 'reply-document', requestId: event.requestId, outcome: ok(event.signatures) });
    case 'history':
      return emit(turn, { type: 'reply-document', requestId: event.requestId, outcome: ok(event.revisions) });
    case 'conflicts':
      return emit(turn, { type: 'reply-document', requestId: event.requestId, outcome: ok(event.values) });
    case 'failed':
      return onFailed(turn, event);
  }
}

function onRefused(turn: Turn, { requestId, error }: EventOf<'refused'>): void {
  if (onVouchRefused(turn, requestId) || onSecretRefused(turn, requestId, error)) return;
  turn.state.pending.delete(requestId);
  if (error.code === 'NOT_AUTHORIZED') {
    noteAudit(turn, 'api-refused', { by: turn.state.self, subject: 'an edit', detail: error.message });
  }
  emit(turn, { type: 'reply', requestId, outcome: err(error) });
  // The edit may have been an admission.
  const { code, message } = error;
  emit(turn, { type: 'answer-join', requestId, answer: { type: 'refused', code, message } });
}

const REOPEN_MAX = 5;

/** Opened anew, under a new actor: whatever the old one had begun, nobody else has seen it. */
function onFailed(turn: Turn, { error }: EventOf<'failed'>): void {
  const { document } = turn.state;
  const fields = { code: error.code, reason: error.message };
  emit(turn, { type: 'log', level: 'error', message: 'the document cannot be used', fields });
  document.opened = false;
  document.snapshotting = false;
  if (document.reopened >= REOPEN_MAX) return;
  document.reopened += 1;
  // What it was opened from may be damaged: once it is open, it is written anew.
  document.changesSinceSnapshot = DOCUMENT.changesPerSnapshot;
  reopenDocument(turn);
}

/** Opens what is stored once more, under a new actor. */
export function reopenDocument(turn: Turn): void {
  const { document } = turn.state;
  document.opened = false;
  document.snapshotting = false;
  forgetVouched(turn);
  emit(turn, { type: 'reopen-document', actor: newActor(turn) });
}

/** Sends an edit to the document; `pending` is finished when the change is made, failed when it is refused. */
export function editDocument(
  turn: Turn,
  requestId: string,
  edits: readonly DocumentEdit[],
  pending: PendingCommand,
): void {
  turn.state.pending.set(requestId, pending);
  emit(turn, { type: 'document', command: { type: 'edit', requestId, edits, at: turn.wallMs } });
}

/** Stored first; the author's machine then tells all others at once, and answers whoever asked for it. */
function onChanged(turn: Turn, event: EventOf<'changed'>): void {
  const { state } = turn;
  state.document.digest = event.digest;
  state.document.heads = event.heads;
  state.document.vector = event.vector;
  if (event.changes.length > 0) {
    emit(turn, { type: 'write', write: { kind: 'changes', changes: event.changes } });
    countUnsaved(turn, event.changes);
    if (event.from === undefined) announceChanges(turn, event.changes);
  }
  applyDelta(turn, event.delta);
  if (event.from !== undefined) onApplied(turn, event.from);
  if (event.requestId !== undefined) {
    const pending = state.pending.get(event.requestId);
    state.pending.delete(event.requestId);
    pending?.finish(turn);
  }
  snapshotIfDue(turn);
}

function announceChanges(turn: Turn, changes: readonly SealedChange[]): void {
  const bytes = changes.reduce((sum, change) => sum + change.bytes.length, 0);
  const fits = changes.length <= LIMITS.changesPerMessage && bytes <= LIMITS.changeBytesPerMessage;
  for (const to of turn.state.connected) {
    if (fits)
      emit(turn, { type: 'send', to, message: { type: 'document-changes', changes: [...changes], more: false } });
    else compareDocument(turn, to, true);
  }
}

function applyDelta(turn: Turn, delta: ProjectionDelta): void {
  const { state } = turn;
  const touched: TaskId[] = [];
  if (delta.cluster !== undefined) {
    state.cluster = delta.cluster;
    emit(turn, { type: 'tell', change: { kind: 'cluster' } });
  }
  const rolesChanged = delta.machines.some((entry) => hasOtherRoles(state.roster.get(entry.id), entry));
  for (const entry of delta.machines) state.roster.set(entry.id, entry);
  if (rolesChanged) forgetVouched(turn);
  if (delta.machines.length > 0) {
    applyRoster(turn);
    lookAtSecretsSoon(turn);
  }
  if (delta.channels !== undefined) applyChannels(turn, delta.channels);
  if (delta.calendars !== undefined) applyCalendars(turn, delta.calendars);
  if (delta.secrets !== undefined) applySecrets(turn, delta.secrets);
  for (const task of delta.tasks) {
    applyTask(turn, task);
    touched.push(task.id);
  }
  for (const id of delta.deletedTasks) {
    forgetTask(turn, id);
    evaluateTaskSoon(turn, id);
    touched.push(id);
  }
  if (touched.length > 0) emit(turn, { type: 'tell', change: { kind: 'tasks', ids: touched } });
}

/** Why changes count for nothing. @param heldBefore how many have counted until now; absent for one that has just come */
function voidWords(heldBefore: number | undefined): string {
  if (heldBefore === undefined) return 'it counts for nothing: its machine was removed, and it was not known then';
  const others = heldBefore === 1 ? '' : `, and so do ${heldBefore - 1} more`;
  return `it counts no longer${others}: its machine was removed by one that did not know it`;
}

function applyTask(turn: Turn, task: Task): void {
  const { state } = turn;
  const before = state.tasks.get(task.id);
  state.tasks.set(task.id, task);
  watchTrial(turn, task);
  if (before === undefined || placementKey(before) !== placementKey(task)) state.ring.taskChanged(task.id);
  const rescheduled =
    before?.origins.schedule.revision !== task.origins.schedule.revision ||
    before.origins.schedule.author !== task.origins.schedule.author ||
    before.about.suspended !== task.about.suspended;
  if (rescheduled) {
    compileTask(turn, task);
    planTask(turn, task);
  }
  evaluateTaskSoon(turn, task.id);
}

function placementKey(task: Task): string {
  return `${task.placement.mode} ${task.placement.count ?? ''} ${selectorKey(task.placement)} ${policyKey(task)}`;
}
