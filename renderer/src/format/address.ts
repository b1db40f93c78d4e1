/** Addresses as people write them. */

/** `192.168.1.5:4001` of `/ip4/192.168.1.5/tcp/4001/p2p/…`; as it is when it is something else. */
export function shortAddress(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const match = /^\/(?:ip4|ip6|dns[46]?)\/([^/]+)\/(?:tcp|udp)\/(\d+)/.exec(address);
  if (match === null) return address;
  const [, host = '', port = ''] = match;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
