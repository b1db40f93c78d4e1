/** What of an address is counted: the host of IPv4, the network of IPv6. */
import { expect, test } from 'vitest';
import { addressShare } from '../../../core/security/stranger-address.ts';

test.each([
  ['/ip4/10.0.0.7/tcp/41000', '10.0.0.7'],
  ['/ip4/10.0.0.7/tcp/41001/p2p/12D3KooW', '10.0.0.7'],
  ['/ip6/2001:db8:1:2:3:4:5:6/tcp/1', '2001:db8:1:2::/64'],
  ['/ip6/2001:DB8:0001:2::9/tcp/1', '2001:db8:1:2::/64'],
  ['/ip6/fe80::1/tcp/1', 'fe80:0:0:0:0:0:0:1'],
  ['/ip6zone/eth0/ip6/fe80::2/tcp/1', 'fe80:0:0:0:0:0:0:2'],
  ['/ip6/fe80::1:2:3/tcp/1', 'fe80:0:0:0:0:1:2:3'],
  ['/ip6/::1/tcp/1', '0:0:0:0::/64'],
  ['/ip6/::ffff:10.0.0.7/tcp/1', '10.0.0.7'],
  ['/dns4/laptop.lan/tcp/1', 'dns4/laptop.lan'],
  ['', '/'],
])('of %s it is %s', (address, share) => {
  expect(addressShare(address)).toBe(share);
});

test('of what is no address it is short', () => {
  expect(addressShare(`/x/${'a'.repeat(10_000)}`).length).toBeLessThanOrEqual(64);
});
