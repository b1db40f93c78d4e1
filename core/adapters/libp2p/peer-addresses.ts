/** Multiaddrs: checking those to listen on, choosing those to announce and to dial, and reading why a dial failed. */
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { LIMITS } from '../../config/constants.ts';
import type { MachineId } from '../../domain/ids.ts';
import { appError } from '../../std/app-error.ts';
import { err, ok, type Result } from '../../std/result.ts';

const HOST_PROTOCOLS: ReadonlySet<string> = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6']);

/** Addresses to listen on, such as `/ip4/0.0.0.0/tcp/4100`. INVALID_INPUT names the one that is malformed. */
export function checkListenAddresses(addresses: readonly string[]): Result<string[]> {
  if (addresses.length > LIMITS.addressesPerMachine) {
    return err(appError('INVALID_INPUT', `There are more than ${LIMITS.addressesPerMachine} addresses to listen on.`));
  }
  for (const address of addresses) {
    const parsed = parseTcp(address);
    if (parsed === undefined || parsed.machine !== undefined || !parsed.host.startsWith('ip')) {
      const message = `"${address}" is no address to listen on; one looks like /ip4/0.0.0.0/tcp/4100.`;
      return err(appError('INVALID_INPUT', message, { field: 'listen' }));
    }
  }
  return ok([...addresses]);
}

/**
 * The addresses to tell others: without loopback, because there the same address leads each machine to itself, unless
 * `withLoopback`, or when there is nothing else. Each ends in `/p2p/` and the machine.
 */
export function announcedAddresses(self: MachineId, listening: readonly Multiaddr[], withLoopback: boolean): string[] {
  const usable = listening.filter((address) => withLoopback || !isLoopback(address));
  const chosen = usable.length > 0 ? usable : listening;
  const texts = chosen.map((address) => withMachine(address, self).toString());
  return [...new Set(texts)].slice(0, LIMITS.addressesPerMachine);
}

/**
 * What to dial, in the given order but beginning `rotation` places later, so that addresses that swallow the whole time
 * of one dial do not hide the others for ever. Malformed addresses, and those of another machine, are left out.
 */
export function dialTargets(machine: MachineId, addresses: readonly string[], rotation: number): Multiaddr[] {
  const targets = new Map<string, Multiaddr>();
  for (const address of addresses.slice(0, LIMITS.addressesPerMachine)) {
    const parsed = parseTcp(address);
    if (parsed === undefined || (parsed.machine !== undefined && parsed.machine !== machine)) continue;
    const target = withMachine(parsed.address, machine);
    targets.set(target.toString(), target);
  }
  const list = [...targets.values()];
  const start = list.length === 0 ? 0 : rotation % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

/** Where a connected machine can be dialled: where we reached it, then where it says that it listens. */
export function knownAddresses(
  machine: MachineId,
  reachedAt: Multiaddr | undefined,
  said: readonly string[],
): string[] {
  const candidates = [...(reachedAt === undefined ? [] : [reachedAt.toString()]), ...said];
  return dialTargets(machine, candidates, 0).map((address) => address.toString());
}

/** True when every address was tried and a system answered each time that nobody listens there. */
export function wasRefused(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(wasRefused);
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
}

export function isLoopback(address: Multiaddr): boolean {
  const host = address.getComponents()[0]?.value ?? '';
  return host.startsWith('127.') || host === '::1' || host === 'localhost';
}

function withMachine(address: Multiaddr, machine: MachineId): Multiaddr {
  const named = address.getComponents().some((component) => component.name === 'p2p');
  return named ? address : address.encapsulate(`/p2p/${machine}`);
}

/** A TCP address with its parts, or undefined. */
function parseTcp(text: string): { address: Multiaddr; host: string; machine: string | undefined } | undefined {
  if (text.length > LIMITS.multiaddrLength) return undefined;
  let address: Multiaddr;
  let names: string[];
  try {
    address = multiaddr(text);
    names = address.getComponents().map((component) => component.name);
  } catch {
    // The library has no other way to say that a text is no multiaddr.
    return undefined;
  }
  const [host, tcp, p2p, ...others] = names;
  if (host === undefined || !HOST_PROTOCOLS.has(host) || tcp !== 'tcp' || others.length > 0) return undefined;
  if (p2p !== undefined && p2p !== 'p2p') return undefined;
  return { address, host, machine: address.getComponents()[2]?.value };
}
