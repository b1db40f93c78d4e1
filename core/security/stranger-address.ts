/**
 * Whose address counts as one when strangers are counted by where they come from. A key costs nothing, an address on the
 * network somewhat more; of IPv6 a machine has as many as it likes within its network, so that counts as a whole. Addresses of
 * the link alone (fe80::/10) are all of one network, that of every neighbour: each of those counts by itself.
 */

/** Groups of 16 bits of an IPv6 address that name its network. */
const NETWORK_GROUPS = 4;
const ALL_GROUPS = 8;
const LINK_LOCAL = /^fe[89ab][0-9a-f]:/;
/** A bound for what is no address at all. */
const MAX_LENGTH = 64;

/**
 * The part of a multiaddr that is counted: of `/ip4/10.0.0.7/tcp/41000` it is `10.0.0.7`, of IPv6 the network of 64 bits
 * or an address of the link, of others the first two parts.
 */
export function addressShare(multiaddr: string): string {
  const parts = multiaddr.split('/').slice(1);
  const zone = parts[0] === 'ip6zone' ? 2 : 0;
  const [kind = '', host = ''] = parts.slice(zone);
  // An IPv4 address within IPv6 counts as that address.
  const mapped = kind === 'ip6' ? /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1] : undefined;
  if (kind === 'ip6' && mapped === undefined) return shareOfIp6(host.toLowerCase()).slice(0, MAX_LENGTH);
  return (mapped ?? (kind === 'ip4' ? host : `${kind}/${host}`)).slice(0, MAX_LENGTH);
}

function shareOfIp6(address: string): string {
  if (LINK_LOCAL.test(address)) return groupsOf(address, ALL_GROUPS);
  return `${groupsOf(address, NETWORK_GROUPS)}::/64`;
}

/** The first groups, written out: of `fd00::1` the first four are `fd00:0:0:0`. */
function groupsOf(address: string, count: number): string {
  const [head = '', tail] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? 0 : tail.split(':').length;
  while (tail !== undefined && groups.length < ALL_GROUPS - after) groups.push('0');
  if (tail !== undefined && tail !== '') groups.push(...tail.split(':'));
  return groups
    .slice(0, count)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
