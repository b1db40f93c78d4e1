/** Handlers of the group `pairing`. */
import type { AskedPairingView, OwnPairingView, PeerView } from '../peer/peer-view.ts';
import { appError } from '../std/app-error.ts';
import type { ErrorCode } from '../std/error-codes.ts';
import { err, ok, type Result } from '../std/result.ts';
import { isoOf } from './api-values.ts';
import { namedBy } from './cluster-procedures.ts';
import { type ApiParts, valueOf } from './implementer.ts';
import type { OwnPairing, PairingList } from './pairing-schemas.ts';

export function pairingProcedures({ os, peer }: ApiParts) {
  const find = (reference: string) => valueOf(findPairing(peer.view, reference));
  return {
    nearby: os.pairing.nearby.handler(async () => {
      const { machines } = valueOf(await peer.execute({ kind: 'list-nearby' }));
      return {
        machines: machines.map((each) => ({
          ...each,
          name: each.name ?? null,
          cluster: each.cluster ?? null,
          addresses: [...each.addresses],
        })),
      };
    }),
    list: os.pairing.list.handler(() => listOf(peer.view)),
    ask: os.pairing.ask.handler(async ({ input }) => {
      const asked = valueOf(await peer.execute({ kind: 'pair', to: input.to, ...namedBy(input) }));
      return { ...asked, expiresAt: isoOf(asked.expiresAt) };
    }),
    confirm: os.pairing.confirm.handler(async ({ input }) =>
      valueOf(await peer.execute({ kind: 'confirm-pairing', same: input.same })),
    ),
    cancel: os.pairing.cancel.handler(async () => valueOf(await peer.execute({ kind: 'cancel-pairing' }))),
    approve: os.pairing.approve.handler(async ({ input: { machine, roles, labels } }) => {
      const { id, name } = find(machine);
      const bound = labels === undefined ? {} : { labels };
      const { state } = valueOf(await peer.execute({ kind: 'approve-pairing', id, roles, ...bound }));
      return { id, name, state };
    }),
    clear: os.pairing.clear.handler(async () => valueOf(await peer.execute({ kind: 'clear-pairings' }))),
    refuse: os.pairing.refuse.handler(async ({ input }) =>
      valueOf(await peer.execute({ kind: 'refuse-pairing', id: find(input.machine).id })),
    ),
  };
}

function listOf(view: PeerView): PairingList {
  return {
    asked: view.pairings.map((each) => ({
      ...each,
      askedAt: isoOf(each.askedAt),
      expiresAt: isoOf(each.expiresAt),
    })),
    own: view.ownPairing === undefined ? null : ownOf(view.ownPairing),
    addresses: [...view.addresses],
  };
}

function ownOf(own: OwnPairingView): OwnPairing {
  const { failure } = own;
  return {
    ...own,
    name: own.name ?? null,
    cluster: own.cluster ?? null,
    digits: own.digits ?? null,
    expiresAt: isoOf(own.expiresAt),
    failure: failure === undefined ? null : appError(failure.code, failure.message, adviceForAsker(failure.code)),
  };
}

/** The catalogue advises whoever is asked; where the asker can do something else, this says so. */
function adviceForAsker(code: ErrorCode): { advice?: string } {
  const isOver = code === 'PAIRING_NOT_FOUND' || code === 'PAIRING_CANCELLED';
  return isOver ? { advice: 'Ask again: `carillon pair MACHINE`.' } : {};
}

/** The machine that asks and is meant: PAIRING_NOT_FOUND, or INVALID_INPUT when several fit. */
function findPairing({ pairings }: PeerView, reference: string): Result<AskedPairingView> {
  const wanted = reference.toLowerCase();
  const exact = pairings.filter(
    ({ id, name, fingerprint }) => id === reference || [name.toLowerCase(), fingerprint.toLowerCase()].includes(wanted),
  );
  const matches =
    exact.length > 0 ? exact : pairings.filter(({ id }) => reference.length > 8 && id.startsWith(reference));
  const [first, second] = matches;
  if (first === undefined) return err(appError('PAIRING_NOT_FOUND', `no machine "${reference}" asks to join here`));
  if (second === undefined) return ok(first);
  const ids = matches.map(({ id }) => id).join(', ');
  return err(appError('INVALID_INPUT', `"${reference}" fits several machines: ${ids}`, { field: 'machine' }));
}
