/**
 * Who may talk to the console. Three doors, all of them closed unless opened: the `Host` must be one under which this
 * very door answers (against DNS rebinding), an `Origin`, where a browser sends one, must be the door's own (against
 * other pages), and everything but static files and the login needs a key. There is no CORS.
 */
import type { IncomingMessage } from 'node:http';
import { type AppError, appError } from '../../core/std/app-error.ts';
import type { ConsoleKeys, DoorKind, Refused } from './console-keys.ts';

/** A page offers its key as a WebSocket sub-protocol, since it can set no header there and addresses end up in logs. */
export const SOCKET_PROTOCOL = 'carillon.v1';
const TOKEN_PROTOCOL_PREFIX = 'token.';
const BEARER = /^Bearer ([A-Za-z0-9_-]{1,256})$/i;

/** One place at which the console listens. */
export interface DoorFacts {
  readonly kind: DoorKind;
  readonly scheme: 'http' | 'https';
  /** Such as `http://127.0.0.1:7420`. */
  readonly origin: string;
  /** Whether the door answers under this `Host`, in lower case, with its port. */
  answersFor(host: string): boolean;
}

/** Why a request of any kind is turned away before its path is looked at; undefined when it may go on. */
export function refuseOrigin(request: IncomingMessage, door: DoorFacts): AppError | undefined {
  const { host, origin } = request.headers;
  if (host === undefined || !door.answersFor(host.toLowerCase())) {
    return appError('ORIGIN_REFUSED', `requests for the host "${shown(host)}" are not answered here`);
  }
  if (origin !== undefined && origin.toLowerCase() !== `${door.scheme}://${host.toLowerCase()}`) {
    return appError('ORIGIN_REFUSED', `pages of "${shown(origin)}" may not use this console`);
  }
  return undefined;
}

/** Why a request lacks the right to use the API; undefined when it has it. */
export function refuseKey(request: IncomingMessage, door: DoorFacts, keys: ConsoleKeys): AppError | undefined {
  const offered = offeredKey(request);
  if (offered === undefined) return appError('UNAUTHENTICATED', 'the request carries no token');
  const refused = keys.refuses(offered, door.kind);
  return refused === undefined ? undefined : wrongKey(refused, 'the token is not that of this agent, nor of a session');
}

/** The key that a request carries: as a bearer token, or as a WebSocket sub-protocol. */
export function offeredKey(request: IncomingMessage): string | undefined {
  return BEARER.exec(request.headers.authorization ?? '')?.[1] ?? protocolToken(request);
}

export function wrongKey(refused: Refused, text: string): AppError {
  if (refused === 'wrong') return appError('UNAUTHENTICATED', text);
  const advice = 'Wait a minute, and use a new login link: `carillon console link`.';
  return appError('TOO_MANY_ATTEMPTS', 'too many wrong keys were offered', { advice });
}

function protocolToken(request: IncomingMessage): string | undefined {
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim());
  return protocols.find((text) => text.startsWith(TOKEN_PROTOCOL_PREFIX))?.slice(TOKEN_PROTOCOL_PREFIX.length);
}

function shown(text: string | undefined): string {
  return (text ?? '').slice(0, 100);
}
