/** What machines outside the roster ask on the one protocol that is open to them, and who answers it. */
import type { MachineId } from '../domain/ids.ts';
import type { JoinRequest } from '../protocol/messages.ts';
import { unreachable } from '../std/assert.ts';
import { onJoinRequest } from './invitation-steps.ts';
import { onHello } from './nearby-steps.ts';
import { onPairAsk, onPairCancel, onPairReveal, onPairWait } from './pairing-steps.ts';
import type { Turn } from './state.ts';

/** @param remoteAddress as seen from here; the id in it is that of the machine, and said elsewhere. */
export function onStranger(
  turn: Turn,
  requestId: string,
  from: MachineId,
  request: JoinRequest,
  remoteAddress: string,
): void {
  const at = remoteAddress.split('/p2p/', 1)[0] ?? '';
  switch (request.type) {
    case 'join-request':
      return onJoinRequest(turn, requestId, from, request, at);
    case 'join-hello':
      return onHello(turn, requestId);
    case 'pair-ask':
      return onPairAsk(turn, requestId, from, request, at);
    case 'pair-reveal':
      return onPairReveal(turn, requestId, from, request);
    case 'pair-wait':
      return onPairWait(turn, requestId, from, request);
    case 'pair-cancel':
      return onPairCancel(turn, requestId, from, request);
    default:
      return unreachable(request);
  }
}
