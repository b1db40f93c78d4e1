/**
 * Joining in the simulated network: the one request that a stranger may make, over a connection of its own. It may come
 * to nothing on the way there, and its answer on the way back.
 */
import type { MachineId } from '../../core/domain/ids.ts';
import { decodeJoinAnswer, decodeJoinRequest, encodeJoinAnswer, encodeJoinRequest } from '../../core/protocol/codec.ts';
import type { JoinAnswer, JoinRequest } from '../../core/protocol/messages.ts';
import type { TransportHandlers } from '../../core/ports/transport.ts';
import { appError, type AppError } from '../../core/std/app-error.ts';
import { err, ok, type Result } from '../../core/std/result.ts';
import { leadsTo } from './sim-address.ts';
import type { SimNetwork } from './sim-network.ts';

/** Who asks. */
interface Stranger {
  readonly self: MachineId;
  readonly handlers: TransportHandlers | undefined;
  addresses(): readonly string[];
}

/** As the real transport's. */
const JOIN_TIMEOUT_MS = 10_000;

/** Asks a machine to be let in. Whoever stops meanwhile is told nothing any more. */
export function askToJoin(
  network: SimNetwork,
  stranger: Stranger,
  inviter: MachineId,
  addresses: readonly string[],
  request: JoinRequest,
): Promise<Result<JoinAnswer, AppError>> {
  const asked = decodeJoinRequest(encodeJoinRequest(request));
  if (!leadsTo(inviter, addresses) || !asked.ok) {
    return Promise.resolve(err(appError('PEER_UNREACHABLE', 'the inviting machine could not be asked')));
  }
  return new Promise((resolve) => {
    const answer = (outcome: Result<JoinAnswer, AppError>): void => {
      if (stranger.handlers !== undefined) resolve(outcome);
    };
    network.time.after(JOIN_TIMEOUT_MS, () => {
      answer(err(appError('PEER_TIMEOUT', 'no answer came in time')));
    });
    if (!network.passes(stranger.self, inviter) || !network.passes(inviter, stranger.self)) return;
    if (network.isDark(inviter)) return;
    network.time.after(3 * network.delayMs(network.link(stranger.self, inviter)), () => {
      const node = network.node(inviter);
      const handlers = node?.handlers;
      if (node === undefined || handlers === undefined || !network.passes(stranger.self, inviter)) {
        answer(err(appError('PEER_UNREACHABLE', 'nobody answers')));
        return;
      }
      void handlers.joinRequest(stranger.self, asked.value, stranger.addresses()[0] ?? '').then((welcome) => {
        // An answer into a cut is lost: the inviter has admitted a machine that does not know it.
        if (!network.passes(inviter, stranger.self) || node.handlers !== handlers) return;
        const told = decodeJoinAnswer(encodeJoinAnswer(welcome));
        network.time.after(network.delayMs(network.link(inviter, stranger.self)), () => {
          answer(told.ok ? ok(told.value) : err(appError('PEER_UNREACHABLE', 'no answer that can be read')));
        });
      });
    });
  });
}
