/**
 * What one member may make this machine remember and do. An honest one stays far below; what another one says beyond its
 * share is not taken, and noted. How fast it may speak at all is the matter of the transport.
 */
import { LIMITS } from '../config/constants.ts';
import type { ClaimRequest } from '../claims/claim.ts';
import type { MachineId } from '../domain/ids.ts';
import type { RunRecord } from '../domain/run.ts';
import { TokenBucket } from '../protocol/message-rates.ts';
import { nameOf, noteAudit } from './audit-steps.ts';
import type { Turn } from './state.ts';

/** It asks for one claim more than anybody has a use for: each is settled by the run that it is for. */
export function hoardsClaims(turn: Turn, { claimant, occurrenceId, attempt }: ClaimRequest): boolean {
  const { claims } = turn.state;
  if (claims.countOf(claimant) < LIMITS.grantsPerClaimant) return false;
  if (claims.grant(occurrenceId, attempt)?.claimant === claimant) return false;
  noteShare(turn, claimant, 'it asks for claims and never uses them');
  return true;
}

/** It has more runs on record as going on than any machine has slots for. */
export function hoardsRuns(turn: Turn, { id, machineId, recorderId }: RunRecord): boolean {
  const { active, activeByMachine, self } = turn.state;
  if (machineId === self || active.has(id)) return false;
  if ((activeByMachine.get(machineId) ?? 0) < LIMITS.activeRunsPerMachine) return false;
  noteShare(turn, recorderId, 'its log tells of more runs at once than a machine can have');
  return true;
}

/**
 * It reads logs faster than anybody can check and keep what is in them: it is not answered, and an honest one asks again a
 * second later. What is read counts, not how often: one who takes in a long log asks for page after page of it.
 * @param head number of the newest record that is held of the log; `after` the one from which on it asks
 */
export function hoardsReads(turn: Turn, by: MachineId, head: number, after: number): boolean {
  const { readPaces } = turn.state;
  let pace = readPaces.get(by);
  if (pace === undefined) {
    const { recordsReadPerPeer: burst, recordsReadPerSecond: perSecond } = LIMITS;
    readPaces.set(by, (pace = new TokenBucket({ perSecond, burst })));
  }
  if (pace.takes(turn.nowMs, Math.min(Math.max(1, head - after), LIMITS.recordsPerMessage))) return false;
  noteShare(turn, by, 'it reads the same records of logs again and again');
  return true;
}

/** Begins something for a member, of which it may have so many at once; false: it has as many already. */
export function beginFor(underWay: Map<MachineId, number>, machine: MachineId, most: number): boolean {
  const count = underWay.get(machine) ?? 0;
  if (count >= most) return false;
  underWay.set(machine, count + 1);
  return true;
}

/** Ends what `beginFor` began. */
export function endFor(underWay: Map<MachineId, number>, machine: MachineId): void {
  const count = (underWay.get(machine) ?? 0) - 1;
  if (count > 0) underWay.set(machine, count);
  else underWay.delete(machine);
}

function noteShare(turn: Turn, by: MachineId, detail: string): void {
  noteAudit(turn, 'message-rejected', { by, subject: nameOf(turn.state, by), detail });
}
