/**
 * Which addresses a notification may go to: machines of the LAN and of the internet. Never this machine itself nor what only
 * its own cable reaches: whoever defines channels would else speak to services that trust whoever stands on the machine,
 * such as the metadata service of a rented one.
 *
 * Mail without TLS is the other way round: it goes to this machine alone. Nothing is said there before the other side has
 * greeted as a mail server does, so that other services hear nothing.
 */
import { lookup as lookUp } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { NOT_ALLOWED } from './send-failure.ts';

const CLOSED = new BlockList();
// "This" network (RFC 1122), loopback, link-local, multicast, reserved and broadcast; RFC 6890.
CLOSED.addSubnet('0.0.0.0', 8, 'ipv4');
CLOSED.addSubnet('127.0.0.0', 8, 'ipv4');
CLOSED.addSubnet('169.254.0.0', 16, 'ipv4');
CLOSED.addSubnet('224.0.0.0', 4, 'ipv4');
CLOSED.addSubnet('240.0.0.0', 4, 'ipv4');
CLOSED.addAddress('::', 'ipv6');
CLOSED.addAddress('::1', 'ipv6');
CLOSED.addSubnet('fe80::', 10, 'ipv6');
CLOSED.addSubnet('ff00::', 8, 'ipv6');
// Addresses in which one of IPv4 is written: mapped ones are known to the list, these are not (RFC 6052, 8215, 3056, 4291).
CLOSED.addSubnet('64:ff9b::', 96, 'ipv6');
CLOSED.addSubnet('64:ff9b:1::', 48, 'ipv6');
CLOSED.addSubnet('2002::', 16, 'ipv6');
CLOSED.addSubnet('::', 96, 'ipv6');

/** False for what is no address at all. */
export function isReachable(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !CLOSED.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

const OWN = new BlockList();
OWN.addSubnet('127.0.0.0', 8, 'ipv4');
OWN.addAddress('::1', 'ipv6');

/** True for addresses of loopback. */
export function isOwnMachine(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && OWN.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Looks a name up as the system does, and leaves out the addresses that may not be reached. */
export function judgedLookup(mayReach: (address: string) => boolean): LookupFunction {
  return (name, options, answer) => {
    lookUp(name, { ...options, all: true }, (fault, found) => {
      if (fault !== null) return answer(fault, []);
      const allowed = found.filter(({ address }) => mayReach(address));
      const [first] = allowed;
      if (first === undefined) return answer(Object.assign(new Error(NOT_ALLOWED), { code: NOT_ALLOWED }), []);
      if (options.all === true) return answer(null, allowed);
      answer(null, first.address, first.family);
    });
  };
}
