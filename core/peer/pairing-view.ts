/** Pairings as people see them: those that ask this machine, and the one that it asks for. */
import type { Clock } from '../ports/clock.ts';
import { fingerprintOf } from '../security/fingerprint.ts';
import type { AskedPairingView, OwnPairingView } from './peer-view.ts';
import type { PeerState } from './state.ts';

/** Those that can be decided, oldest first. */
export function askedPairingViews({ admission }: PeerState, clock: Clock): AskedPairingView[] {
  const views: AskedPairingView[] = [];
  for (const { newcomer, remoteAddress, askedAt, expiresAtMs, stage } of admission.pairings.values()) {
    if (stage.kind !== 'shown') continue;
    const { id, name, labels } = newcomer;
    const { digits, confirmed, approval } = stage;
    const expiresAt = wallOf(expiresAtMs, clock);
    const fingerprint = fingerprintOf(id);
    const said = { id, fingerprint, name, labels, remoteAddress };
    views.push({ ...said, digits, confirmed, approved: approval !== undefined, askedAt, expiresAt });
  }
  return views.sort((a, b) => a.askedAt - b.askedAt || (a.id < b.id ? -1 : 1));
}

export function ownPairingView({ admission }: PeerState, clock: Clock): OwnPairingView | undefined {
  const own = admission.ownPairing;
  if (own === undefined) return undefined;
  const { asked, stage } = own;
  const expiresAt = wallOf(own.expiresAtMs, clock);
  const bare = { asked, name: undefined, cluster: undefined, digits: undefined, confirmed: false, failure: undefined };
  switch (stage.kind) {
    case 'asking':
    case 'revealing':
      return { ...bare, state: 'asking', expiresAt };
    case 'waiting': {
      const { name, cluster, digits, confirmed } = stage;
      return { ...bare, state: 'waiting', name, cluster, digits, confirmed, expiresAt };
    }
    case 'joined':
      return { ...bare, state: 'joined', cluster: stage.cluster, confirmed: true, expiresAt };
    case 'ended':
      return { ...bare, state: 'ended', failure: { code: stage.code, message: stage.message }, expiresAt };
  }
}

/** Epoch milliseconds of a monotonic instant. */
function wallOf(atMs: number, clock: Clock): number {
  return Math.round(clock.wallMs() + atMs - clock.monotonicMs());
}
