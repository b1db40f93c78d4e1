/**
 * The values that options offer, for commands that must start quickly: the domain's own lists come with its schemas.
 * The compiler refuses a list that lacks one or has one too many.
 */
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
