/**
 * Which addresses a notification may go to: machines of the LAN and of the internet. Never this machine itself nor what only
 * its own cable reaches: whoever defines channels would else speak to services that trust whoever stands on the machine,
 * such as the metadata service of a rented one.
 */
import { BlockList, isIP } from 'node:net';

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
// Addresses in which one of IPv4 is written: mapped ones are known to the list, these are not (RFC 6052, 3056, 4291).
CLOSED.addSubnet('64:ff9b::', 96, 'ipv6');
CLOSED.addSubnet('2002::', 16, 'ipv6');
CLOSED.addSubnet('::', 96, 'ipv6');

/** False for what is no address at all. */
export function isReachable(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !CLOSED.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
