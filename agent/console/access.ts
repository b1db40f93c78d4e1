/**
 * Who may talk to the console. Three doors, all of them closed unless opened: the `Host` must be this very address
 * (against DNS rebinding), an `Origin`, where a browser sends one, must be the console's own (against other pages),
 * and everything but static files needs the token. There is no CORS.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type AppError, appError } from '../../core/std/app-error.ts';

/** A page offers its token as a WebSocket sub-protocol, since it can set no header there and addresses end up in logs. */
export const SOCKET_PROTOCOL = 'carillon.v1';
const TOKEN_PROTOCOL_PREFIX = 'token.';
const BEARER = /^Bearer ([A-Za-z0-9_-]{1,256})$/i;

/** Why a request of any kind is turned away before its path is looked at; undefined when it may go on. */
export function refuseOrigin(request: IncomingMessage, port: number): AppError | undefined {
  const { host, origin } = request.headers;
  const allowed = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (host === undefined || !allowed.includes(host.toLowerCase())) {
    return appError('ORIGIN_REFUSED', `requests for the host "${shown(host)}" are not answered here`);
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return appError('ORIGIN_REFUSED', `pages of "${shown(origin)}" may not use this console`);
  }
  return undefined;
}

/** Why a request lacks the right to use the API; undefined when it has it. */
export function refuseToken(request: IncomingMessage, token: string): AppError | undefined {
  const offered = BEARER.exec(request.headers.authorization ?? '')?.[1] ?? protocolToken(request);
  if (offered === undefined) return appError('UNAUTHENTICATED', 'the request carries no token');
  return sameText(offered, token) ? undefined : appError('UNAUTHENTICATED', 'the token is not that of this agent');
}

function protocolToken(request: IncomingMessage): string | undefined {
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim());
  return protocols.find((text) => text.startsWith(TOKEN_PROTOCOL_PREFIX))?.slice(TOKEN_PROTOCOL_PREFIX.length);
}

/** Compares in a time that does not depend on where the texts differ, nor on their lengths. */
function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

function shown(text: string | undefined): string {
  return (text ?? '').slice(0, 100);
}
