/** The connection's needs, met by a browser: sockets and the check of the key go to the origin that served the page. */
import type { ConnectionHost } from './connection.ts';

const CHECK_TIMEOUT_MS = 3000;

/** @param token goes as a sub-protocol, since a page can set no header on a socket. */
export function browserHost(token: string): ConnectionHost {
  return {
    openSocket: () =>
      new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/rpc`, [
        'carillon.v1',
        `token.${token}`,
      ]),
    isRefused: async () => {
      try {
        const answer = await fetch('/api/health', {
          headers: { Authorization: `Bearer ${token}` },
          signal: AbortSignal.timeout(CHECK_TIMEOUT_MS),
        });
        return answer.status === 401 || answer.status === 403;
      } catch {
        // Nobody answers at all: that is no refusal.
        return false;
      }
    },
    now: () => Date.now(),
    random: () => Math.random(),
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  };
}
