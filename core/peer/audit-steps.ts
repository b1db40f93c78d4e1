/**
 * The audit log: what people did on this machine, and what it refused. Whoever decides calls `noteAudit`; what comes too
 * fast is counted, and told of later in one record.
 */
import { AUDIT_SUBJECT_LENGTH, AUDIT_TEXT_LENGTH, type AuditAction } from '../domain/audit-record.ts';
import type { MachineId } from '../domain/ids.ts';
import { emit, type PeerState, type Turn } from './state.ts';

/** What is noted, in words for people. Texts are cut and cleaned of control characters here. */
export interface AuditFields {
  /** The machine on which a person did it, or that tried it; absent when it has no known name. */
  readonly by?: MachineId | undefined;
  /** What it was done to: a task, a machine, a run, a secret, an address. */
  readonly subject: string;
  readonly detail: string;
  /** What is counted together when it comes too fast; absent: the machine `by`, or all of the action. */
  readonly source?: string;
}

/** Notes it in the own audit log, unless too much of its kind has come: then it is counted. */
export function noteAudit(turn: Turn, action: AuditAction, fields: AuditFields): void {
  const { auditPace, timers } = turn.state;
  if (auditPace.takes(action, fields.source ?? fields.by ?? '', fields, turn.nowMs))
    return append(turn, action, fields, 0);
  const dueMs = auditPace.dueMs;
  if (dueMs !== undefined) timers.setEarliest('audit', dueMs);
}

/** Tells of what was left out in windows that are over. */
export function onAuditTimer(turn: Turn): void {
  const { auditPace, timers } = turn.state;
  for (const { action, note, suppressed } of auditPace.end(turn.nowMs)) append(turn, action, note, suppressed);
  const dueMs = auditPace.dueMs;
  if (dueMs !== undefined) timers.setEarliest('audit', dueMs);
}

/** A member sent what nobody may send; the transport has dropped it. */
export function onOffence(turn: Turn, from: MachineId, reason: string): void {
  noteAudit(turn, 'message-rejected', { by: from, subject: nameOf(turn.state, from), detail: reason });
  emit(turn, { type: 'log', level: 'warn', message: 'peer dropped', fields: { machine: from, reason } });
}

/** A machine as people call it, with its id when it has no name here. */
export function nameOf(state: PeerState, machine: MachineId): string {
  return state.roster.get(machine)?.name ?? machine;
}

function append(turn: Turn, action: AuditAction, fields: AuditFields, suppressed: number): void {
  const { by } = fields;
  emit(turn, {
    type: 'log',
    level: 'info',
    message: 'audit',
    fields: {
      action,
      ...(by === undefined ? {} : { by }),
      subject: clean(fields.subject, AUDIT_SUBJECT_LENGTH),
      detail: clean(fields.detail, AUDIT_TEXT_LENGTH),
      ...(suppressed === 0 ? {} : { suppressed }),
    },
  });
}

/** One line of at most `length` characters, without anything that a terminal or a page takes for its own. */
function clean(text: string, length: number): string {
  const line = text.slice(0, length + 1).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
