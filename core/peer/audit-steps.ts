/**
 * The audit log: what people did on this machine, and what it refused. Whoever decides calls `noteAudit`; what comes too
 * fast is counted, and told of later in one record. Records are written with the batch that they belong to, signed, and
 * told to all.
 */
import { AUDIT_SUBJECT_LENGTH, AUDIT_TEXT_LENGTH, type AuditAction } from '../domain/audit-record.ts';
import type { MachineId } from '../domain/ids.ts';
import { LATEST_INSTANT } from '../domain/instant.ts';
import type { AuditPace } from '../security/audit-pace.ts';
import { signAudit } from '../security/signed-audit.ts';
import { emit, type PeerState, type Turn } from './state.ts';

/** What is noted, in words for people. Texts are cut and cleaned of control characters here. */
export interface AuditFields {
  /** The machine on which a person did it, or that tried it; absent when it has no known name. */
  readonly by?: MachineId | undefined;
  /** What it was done to: a task, a machine, a run, a secret, an address. */
  readonly subject: string;
  readonly detail: string;
  /** What is counted together when it comes too fast; absent: the machine `by`, if the roster knows it. */
  readonly source?: string;
}

/** What a peer holds of the audit logs in memory. */
export interface AuditState {
  readonly pace: AuditPace<AuditFields>;
  /** Newest record held of each machine's log, and where those begin. */
  readonly vector: Map<MachineId, number>;
  readonly floors: Map<MachineId, number>;
  /** Logs of which more is to be fetched, and from whom. */
  readonly behind: Map<MachineId, MachineId>;
}

/** Notes it in the own audit log, unless too much of its kind has come: then it is counted. */
export function noteAudit(turn: Turn, action: AuditAction, fields: AuditFields): void {
  const { audit, timers, roster } = turn.state;
  // Strangers are counted together: each may have as many names as it likes.
  const known = fields.by !== undefined && roster.has(fields.by) ? fields.by : '';
  if (audit.pace.takes(action, fields.source ?? known, fields, turn.nowMs)) {
    return append(turn, action, fields, 0);
  }
  const { dueMs } = audit.pace;
  if (dueMs !== undefined) timers.setEarliest('audit', dueMs);
}

/** Tells of what was left out in windows that are over. */
export function onAuditTimer(turn: Turn): void {
  const { audit, timers } = turn.state;
  for (const { action, note, suppressed } of audit.pace.end(turn.nowMs)) append(turn, action, note, suppressed);
  const { dueMs } = audit.pace;
  if (dueMs !== undefined) timers.setEarliest('audit', dueMs);
}

/** Before the agent ends: what was counted is told of. */
export function endAudit(turn: Turn): void {
  for (const { action, note, suppressed } of turn.state.audit.pace.end(Infinity))
    append(turn, action, note, suppressed);
}

/** A member sent what nobody may send, or too much; the transport has cut it off. */
export function onOffence(turn: Turn, from: MachineId, reason: string): void {
  const isMember = turn.state.roster.has(from);
  if (isMember) turn.state.offenders.set(from, { reason, atMs: turn.nowMs });
  // Counted apart from the single messages that were refused before: that it was cut off is told at once.
  const source = `${isMember ? from : ''} cut off`;
  noteAudit(turn, rejectionOf(reason), { by: from, subject: nameOf(turn.state, from), detail: reason, source });
  emit(turn, { type: 'log', level: 'warn', message: 'peer dropped', fields: { machine: from, reason } });
}

/** What a refusal of the transport is called. */
export function rejectionOf(reason: string): AuditAction {
  return reason.startsWith('a heartbeat ') ? 'heartbeat-rejected' : 'message-rejected';
}

/** A machine as people call it, with its id when it has no name here. */
export function nameOf(state: PeerState, machine: MachineId): string {
  return state.roster.get(machine)?.name ?? machine;
}

function append(turn: Turn, action: AuditAction, fields: AuditFields, suppressed: number): void {
  const { state } = turn;
  const { by } = fields;
  const told = {
    action,
    ...(by === undefined ? {} : { by }),
    subject: clean(fields.subject, AUDIT_SUBJECT_LENGTH),
    detail: clean(fields.detail, AUDIT_TEXT_LENGTH),
    ...(suppressed === 0 ? {} : { suppressed }),
  };
  emit(turn, { type: 'log', level: 'info', message: 'audit', fields: told });
  // Before the start nothing is known of the own log; while nothing can be stored, there is no place for it.
  if (state.startedAt === 0 || state.storageTrouble !== undefined) return;
  const sequence = (state.audit.vector.get(state.self) ?? 0) + 1;
  const at = Math.min(turn.wallMs, LATEST_INSTANT);
  const record = signAudit(turn.signer, { recorderId: state.self, sequence, at, ...told });
  state.audit.vector.set(state.self, sequence);
  emit(turn, { type: 'write', write: { kind: 'audit', records: [record] } });
  const floor = state.audit.floors.get(state.self) ?? 0;
  for (const to of state.connected) {
    const page = { recorderId: state.self, floor, records: [record], more: false };
    emit(turn, { type: 'send', to, message: { type: 'audit-page', ...page } });
  }
}

/** One line of at most `length` characters, without anything that a terminal or a page takes for its own. */
function clean(text: string, length: number): string {
  const line = text.slice(0, length + 1).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
