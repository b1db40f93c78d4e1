/** Pairing and invitations, as the peer in memory does them: whoever is nearby answers at once and shows the same digits. */
import { clusterIdOf } from '../../core/domain/ids.ts';
import type { CommandOf } from '../../core/peer/commands.ts';
import { appError } from '../../core/std/app-error.ts';
import { type Result, err, ok } from '../../core/std/result.ts';
import type { FakePeer } from './peer-handle.ts';

type PairingCommand = CommandOf<'pair' | 'confirm-pairing' | 'cancel-pairing' | 'approve-pairing' | 'refuse-pairing'>;

const DIGITS = '204817';
const OPEN_MS = 300_000;

export function pairAs(peer: FakePeer, command: PairingCommand): Result<unknown> {
  switch (command.kind) {
    case 'pair':
      return ask(peer, command.to);
    case 'confirm-pairing':
    case 'cancel-pairing':
      return answerOwn(peer, command.kind === 'confirm-pairing' && command.same);
    case 'approve-pairing':
    case 'refuse-pairing':
      return decide(peer, command);
  }
}

export function cancelInvitation(peer: FakePeer, id: string): Result<unknown> {
  const index = peer.invitations.findIndex((invitation) => invitation.id === id && invitation.state === 'open');
  const found = peer.invitations[index];
  if (found === undefined) return err(appError('INVITATION_NOT_FOUND', `there is no open invitation "${id}"`));
  peer.invitations[index] = { ...found, state: 'cancelled' };
  return ok({ id });
}

function ask(peer: FakePeer, to: string): Result<unknown> {
  const machine = peer.nearby.find(({ id, name }) => id === to || name === to);
  if (machine === undefined) return err(appError('MACHINE_NOT_FOUND', `no machine nearby is called "${to}"`));
  const cluster = machine.cluster ?? { id: clusterIdOf(machine.id), name: 'home' };
  const [name, expiresAt] = [machine.name ?? '', Date.now() + OPEN_MS];
  const known = { name, cluster, digits: DIGITS, expiresAt };
  peer.ownPairing = { ...known, asked: machine.id, state: 'waiting', confirmed: false, failure: undefined };
  peer.emit({ kind: 'cluster' });
  return ok({ id: machine.id, ...known });
}

function answerOwn(peer: FakePeer, same: boolean): Result<unknown> {
  const own = peer.ownPairing;
  if (own?.state !== 'waiting') return err(appError('PAIRING_NOT_FOUND', 'this machine asks nobody to be paired'));
  const failure = { code: 'PAIRING_MISMATCH', message: 'the two machines showed different digits' } as const;
  peer.ownPairing = same ? { ...own, confirmed: true } : { ...own, state: 'ended', failure };
  peer.emit({ kind: 'cluster' });
  return ok({ id: own.asked });
}

function decide(peer: FakePeer, { kind, id }: CommandOf<'approve-pairing' | 'refuse-pairing'>): Result<unknown> {
  const index = peer.pairings.findIndex((pairing) => pairing.id === id);
  const found = peer.pairings[index];
  if (found === undefined) return err(appError('PAIRING_NOT_FOUND', `no machine "${id}" asks to join here`));
  const state = kind === 'approve-pairing' && !found.confirmed ? 'approved' : 'admitted';
  if (kind === 'refuse-pairing' || found.confirmed) peer.pairings.splice(index, 1);
  else peer.pairings[index] = { ...found, approved: true };
  peer.emit({ kind: 'cluster' });
  return ok(kind === 'refuse-pairing' ? { id } : { id, state });
}
