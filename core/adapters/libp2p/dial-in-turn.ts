/**
 * Several addresses of one machine, one after the other. An address that swallows what is sent to it may take only so
 * much of the time; the last one, and the only one, all that is left: a machine that is busy answers late.
 */
import type { Connection } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import { NETWORK } from './network-limits.ts';

/** Opens a connection to one address. */
export type DialAddress = (address: Multiaddr, signal: AbortSignal) => Promise<Connection>;

/**
 * The first connection that comes up. Rejects with the error of the only address, or an `AggregateError` of all that were
 * tried. @param targets at least one; @param signal ends the whole.
 */
export async function dialInTurn(
  dial: DialAddress,
  targets: readonly Multiaddr[],
  signal: AbortSignal,
  addressMs: number = NETWORK.addressDialMs,
): Promise<Connection> {
  const errors: unknown[] = [];
  for (const [index, target] of targets.entries()) {
    const isLast = index === targets.length - 1;
    try {
      return await dial(target, isLast ? signal : AbortSignal.any([signal, AbortSignal.timeout(addressMs)]));
    } catch (error) {
      errors.push(error);
      if (signal.aborted) break;
      // The library joins a dial to those of the same machine that it has not cleared away yet: it gets a turn to do so.
      await new Promise(setImmediate);
    }
  }
  if (errors.length === 1) throw errors[0];
  throw new AggregateError(errors, 'no address answered');
}
