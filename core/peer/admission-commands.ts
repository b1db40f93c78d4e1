/** Commands by which machines come into a cluster, and who carries each out. */
import { unreachable } from '../std/assert.ts';
import type { Command, CommandKind, CommandOf } from './commands.ts';
import { cancelInvitation, invite, listInvitations } from './invitation-steps.ts';
import { createCluster, join } from './join-steps.ts';
import { listNearby } from './nearby-steps.ts';
import { cancelPairing, confirmPairing, pair } from './own-pairing-steps.ts';
import { approvePairing, clearPairings, refusePairing } from './pairing-steps.ts';
import { recover, showRecoveryKit } from './recovery-kit-steps.ts';
import type { Turn } from './state.ts';

const KINDS = [
  'create-cluster',
  'join',
  'recovery-kit',
  'recover',
  'invite',
  'list-invitations',
  'cancel-invitation',
  'list-nearby',
  'pair',
  'confirm-pairing',
  'cancel-pairing',
  'approve-pairing',
  'refuse-pairing',
  'clear-pairings',
] as const satisfies readonly CommandKind[];
const KNOWN: ReadonlySet<CommandKind> = new Set(KINDS);

export type AdmissionCommand = CommandOf<(typeof KINDS)[number]>;

/** By these a machine comes to belong to a cluster: one that belongs is refused them. */
export const FOUNDING: ReadonlySet<CommandKind> = new Set(['create-cluster', 'join', 'pair']);
/** These are for machines in a cluster and outside alike. */
export const ANYWHERE: ReadonlySet<CommandKind> = new Set(['list-nearby', 'confirm-pairing', 'cancel-pairing']);

export function isAdmission(command: Command): command is AdmissionCommand {
  return KNOWN.has(command.kind);
}

export function carryOutAdmission(turn: Turn, requestId: string, command: AdmissionCommand): void {
  switch (command.kind) {
    case 'create-cluster':
      return createCluster(turn, requestId, command);
    case 'join':
      return join(turn, requestId, command);
    case 'recovery-kit':
      return showRecoveryKit(turn, requestId, command);
    case 'recover':
      return recover(turn, requestId, command);
    case 'invite':
      return invite(turn, requestId, command);
    case 'list-invitations':
      return listInvitations(turn, requestId);
    case 'cancel-invitation':
      return cancelInvitation(turn, requestId, command);
    case 'list-nearby':
      return listNearby(turn, requestId);
    case 'pair':
      return pair(turn, requestId, command);
    case 'confirm-pairing':
      return confirmPairing(turn, requestId, command);
    case 'cancel-pairing':
      return cancelPairing(turn, requestId);
    case 'approve-pairing':
      return approvePairing(turn, requestId, command);
    case 'refuse-pairing':
      return refusePairing(turn, requestId, command);
    case 'clear-pairings':
      return clearPairings(turn, requestId);
    default:
      return unreachable(command);
  }
}
