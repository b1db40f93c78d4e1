/**
 * The values that options offer, for commands that must start quickly: the domain's own lists come with its schemas.
 * The compiler refuses a list that lacks one or has one too many.
 */
import type { AuditAction } from '../../core/domain/audit-record.ts';
import type { Role } from '../../core/domain/machine.ts';
import type { RunState } from '../../core/domain/run.ts';

const roles: Record<Role, true> = { admin: true, editor: true, executor: true, viewer: true };
export const ROLES = Object.keys(roles) as Role[];

const runStates: Record<RunState, true> = {
  due: true,
  queued: true,
  withheld: true,
  starting: true,
  running: true,
  succeeded: true,
  failed: true,
  'timed-out': true,
  cancelled: true,
  lost: true,
  skipped: true,
  refused: true,
};
export const RUN_STATES = Object.keys(runStates) as RunState[];

const auditActions: Record<AuditAction, true> = {
  'cluster-created': true,
  'task-changed': true,
  'task-deleted': true,
  'task-restored': true,
  'machine-admitted': true,
  'machine-changed': true,
  'machine-removed': true,
  'roles-changed': true,
  recovered: true,
  'run-by-hand': true,
  'run-cancelled': true,
  'backup-downloaded': true,
  'run-refused': true,
  'policy-refused': true,
  'policy-changed': true,
  'secret-changed': true,
  'calendar-changed': true,
  'channel-changed': true,
  'pairing-asked': true,
  'pairing-approved': true,
  'pairing-refused': true,
  'invitation-made': true,
  'invitation-used': true,
  'join-refused': true,
  'stranger-refused': true,
  'change-rejected': true,
  'record-rejected': true,
  'heartbeat-rejected': true,
  'message-rejected': true,
  'api-refused': true,
};
export const AUDIT_ACTIONS = Object.keys(auditActions) as AuditAction[];
