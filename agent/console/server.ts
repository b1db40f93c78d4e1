/**
 * The console: the local API and the page. On loopback always, on the network only by TLS and when told to. It answers
 * nobody without a key: the token in `console.json`, which only this user can read, or a session that a login link gave.
 * All connections are counted and bounded, and `close` ends whatever is still open.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { PolicyAccess } from '../../core/api/api-host.ts';
import type { Wire } from '../../core/carrier/port-socket.ts';
import { createRouter } from '../../core/api/router.ts';
import { LIMITS } from '../../core/config/constants.ts';
import type { PeerHandle } from '../../core/peer/peer-handle.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { type AppError, appError } from '../../core/std/app-error.ts';
import { type Result, ok } from '../../core/std/result.ts';
import { SOCKET_PROTOCOL, offeredKey, refuseKey, refuseOrigin } from './access.ts';
import { type Carriers, createCarriers } from './carriers.ts';
import { removeConsoleFile, writeConsoleFile } from './console-file.ts';
import { ConsoleKeys } from './console-keys.ts';
import { type Door, type NetworkDoor, openLoopback, openNetwork } from './door.ts';
import { answerError, setSecurityHeaders, statusOf } from './http-answers.ts';
import { LOGIN_PATH, answerLogin } from './login.ts';
import { createNodeHost } from './node-host.ts';
import { requestedPath, serveFile } from './static-files.ts';

const PING_MS = 15_000;
/** RFC 6455: the connection violates a policy; here its session has ended. */
const NOT_LET_IN = 1008;

export interface ConsoleOptions {
  readonly peer: PeerHandle;
  /** On loopback. 0: any free port. */
  readonly port: number;
  /** Also shown to the network. */
  readonly network?: NetworkDoor;
  readonly dataFolder: string;
  readonly policy: PolicyAccess;
  /** Why the keys are kept as they are, where the host has a say in that. */
  readonly keyReason?: string;
  /** The built page; it may be missing. */
  readonly rendererFolder: string;
  readonly logger: Logger;
}

export interface Console {
  readonly port: number;
  readonly token: string;
  /** Login links for a browser, one for each door: `http://127.0.0.1:7420/#code=…`. Good once, and for some minutes. */
  loginLinks(): readonly string[];
  /** Serves the API to a window of this very program, which needs no key. Returns how to end it. */
  attachPort(wire: Wire): () => void;
  /** Ends every connection; bounded in time. */
  close(): Promise<void>;
}

interface Parts {
  readonly options: ConsoleOptions;
  readonly carriers: Carriers;
  readonly keys: ConsoleKeys;
  readonly sockets: WebSocketServer;
  /** By which key, and where, each socket came in. */
  readonly origins: WeakMap<WebSocket, { readonly key: string; readonly door: Door }>;
}

/** PORT_IN_USE, FOLDER_NOT_WRITABLE, STORAGE_FULL, FILE_NOT_READABLE, INVALID_INPUT. */
export async function startConsole(options: ConsoleOptions): Promise<Result<Console>> {
  const parts = await createParts(options);
  const { keys, sockets } = parts;
  const doors: Door[] = [];
  const stopPings = pingSockets(parts);
  const close = async (): Promise<void> => {
    stopPings();
    const closed = doors.map(({ server }) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const socket of sockets.clients) socket.terminate();
    for (const { server } of doors) server.closeAllConnections();
    await Promise.all(closed);
    if (doors.length > 0) await keys.save();
    await removeConsoleFile(options.dataFolder, keys.token);
  };
  const opened = await openDoors(parts, doors);
  if (!opened.ok) {
    await close();
    return opened;
  }
  const port = opened.value;
  const tell = (token: string) => writeConsoleFile(options.dataFolder, { port, token, pid: process.pid });
  keys.openedAt(doors.map((door) => door.origin));
  keys.onChange(
    async (token) => void (await tell(token)),
    () => endSockets(parts),
  );
  const written = await tell(keys.token);
  if (!written.ok) {
    await close();
    return written;
  }
  return ok({
    port,
    get token() {
      return keys.token;
    },
    loginLinks: () => keys.loginLinks().urls,
    attachPort: (wire) => parts.carriers.attachPort(wire),
    close,
  });
}

async function createParts(options: ConsoleOptions): Promise<Parts> {
  const { peer, dataFolder, policy, logger, keyReason } = options;
  const { version } = peer.view;
  const keys = await ConsoleKeys.open({ dataFolder, logger, now: () => Date.now() });
  return {
    options,
    keys,
    carriers: createCarriers(
      createRouter(
        peer,
        createNodeHost({
          version,
          dataFolder,
          logger,
          console: keys,
          policy,
          ...(keyReason === undefined ? {} : { keyReason }),
        }),
      ),
      version,
    ),
    sockets: new WebSocketServer({
      noServer: true,
      maxPayload: LIMITS.requestBodyBytes,
      handleProtocols: (offered) => (offered.has(SOCKET_PROTOCOL) ? SOCKET_PROTOCOL : false),
    }),
    origins: new WeakMap(),
  };
}

/** The port on loopback. What was opened is in `doors`, also when another one could not be. */
async function openDoors(parts: Parts, doors: Door[]): Promise<Result<number>> {
  const { port, network } = parts.options;
  const loopback = await openLoopback(port);
  if (!loopback.ok) return loopback;
  doors.push(loopback.value);
  if (network !== undefined) {
    const open = await openNetwork(network);
    if (!open.ok) return open;
    doors.push(open.value);
  }
  for (const door of doors) {
    door.server.on('request', (request, response) => void answer(parts, door, request, response));
    door.server.on('upgrade', (request, socket, head) => upgrade(parts, door, request, socket, head));
    door.server.on('connect', (request, socket: Duplex) => {
      noteRefusal(parts.options, request, appError('INVALID_INPUT', 'this is no proxy'));
      socket.destroy();
    });
    door.server.on('clientError', (fault: NodeJS.ErrnoException, socket) => onBrokenRequest(parts, fault, socket));
  }
  return ok(loopback.value.port);
}

async function answer(parts: Parts, door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { carriers, keys, options } = parts;
  setSecurityHeaders(response);
  try {
    const path = (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/';
    const refused = refuseOrigin(request, door) ?? (carriers.owns(path) ? refuseKey(request, door, keys) : undefined);
    if (refused !== undefined) {
      noteRefusal(options, request, refused);
      return answerError(response, refused);
    }
    if (path === LOGIN_PATH) {
      const failed = await answerLogin(request, response, keys);
      if (failed !== undefined) noteRefusal(options, request, failed);
      return;
    }
    const compressed = carriers.owns(path) ? refuseCompressed(request) : undefined;
    if (compressed !== undefined) {
      noteRefusal(options, request, compressed);
      return answerError(response, compressed, 415);
    }
    if (carriers.owns(path)) return await carriers.handle(request, response, path);
    const noFile = refuseFile(request, path);
    if (noFile !== undefined) noteRefusal(options, request, noFile);
    await serveFile(options.rendererFolder, request, response, options.logger);
  } catch (fault) {
    const reason = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
    options.logger.log('error', 'a request to the console failed', { reason });
    if (response.headersSent) response.destroy();
    else answerError(response, appError('INTERNAL', 'the request failed unexpectedly'));
  }
}

function upgrade(parts: Parts, door: Door, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { carriers, options, sockets } = parts;
  const dropped = (fault: Error): void => options.logger.log('debug', 'a socket broke', { reason: fault.message });
  socket.on('error', dropped);
  const refused = refuseUpgrade(parts, door, request);
  if (refused !== undefined) {
    noteRefusal(options, request, refused);
    const body = JSON.stringify({ error: refused });
    socket.end(
      `HTTP/1.1 ${statusOf(refused)} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
    return;
  }
  sockets.handleUpgrade(request, socket, head, (opened) => {
    opened.on('error', (fault: NodeJS.ErrnoException) => {
      dropped(fault);
      noteBrokenMessage(options, request, fault);
    });
    opened.on('pong', () => heard.add(opened));
    heard.add(opened);
    parts.origins.set(opened, { key: offeredKey(request) ?? '', door });
    carriers.attach(opened);
  });
}

function refuseUpgrade({ keys, sockets }: Parts, door: Door, request: IncomingMessage): AppError | undefined {
  const refused = refuseOrigin(request, door) ?? refuseKey(request, door, keys);
  if (refused !== undefined) return refused;
  if ((request.url ?? '').split('?', 1)[0] !== '/rpc')
    return appError('INVALID_INPUT', 'sockets are answered at /rpc only');
  if (sockets.clients.size < LIMITS.consoleSockets) return undefined;
  return appError('BUSY', `${LIMITS.consoleSockets} sockets are open already`);
}

/** Nothing is inflated here, so that no small body becomes a large one. */
function refuseCompressed({ headers }: IncomingMessage): AppError | undefined {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return undefined;
  return appError('INVALID_INPUT', 'bodies are not compressed', { advice: 'Send the body without Content-Encoding.' });
}

/** What nobody asks of a page in good faith. It is answered like any file that is not there. */
function refuseFile({ method }: IncomingMessage, path: string): AppError | undefined {
  if (method !== 'GET' && method !== 'HEAD') return appError('INVALID_INPUT', 'files are only read');
  if (requestedPath(path) !== undefined) return undefined;
  return appError('INVALID_INPUT', 'the path would lead out of the folder of the page');
}

/** Whoever tried to get in with a wrong key, or from elsewhere, stands in the audit log. */
function noteRefusal({ peer }: ConsoleOptions, request: IncomingMessage, refused: AppError): void {
  const { method = '', url = '', socket } = request;
  const path = url.split(/[?#]/, 1)[0] ?? '';
  peer.noteAudit('api-refused', {
    subject: `${method} ${path}`,
    detail: `${refused.code}: ${refused.message} (from ${socket.remoteAddress ?? 'a socket that is gone'})`,
  });
}

/** Frames that keep to no rule of WebSockets, compressed ones among them: nobody has agreed to those. */
function noteBrokenMessage(
  { peer }: ConsoleOptions,
  { socket }: IncomingMessage,
  { code = '' }: NodeJS.ErrnoException,
): void {
  if (!code.startsWith('WS_ERR_')) return;
  const detail = `${code} (from ${socket.remoteAddress ?? 'a socket that is gone'})`;
  peer.noteAudit('api-refused', { subject: 'a broken message', detail });
}

const STATUS_OF_FAULT: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
};

/** What is no request, or did not come in time. Who just went away is not told of. */
function onBrokenRequest({ options }: Parts, { code = 'unknown' }: NodeJS.ErrnoException, socket: Duplex): void {
  if (code === 'ECONNRESET' || code === 'EPIPE') return void socket.destroy();
  const status = STATUS_OF_FAULT[code] ?? '400 Bad Request';
  const from = 'remoteAddress' in socket ? String(socket.remoteAddress) : 'a socket';
  options.peer.noteAudit('api-refused', { subject: 'a broken request', detail: `${status} (${code}, from ${from})` });
  if (!socket.writable) return void socket.destroy();
  // Written and cut: whoever sends slowly also reads slowly.
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

/** Sockets that have been heard since the last ping. */
const heard = new WeakSet<object>();

/** Ends sockets whose other side is gone without a word, and those whose session has ended. Returns how to stop. */
function pingSockets(parts: Parts): () => void {
  const timer = setInterval(() => {
    endSockets(parts);
    for (const socket of parts.sockets.clients) {
      if (!heard.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, PING_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Closes the sockets whose key is not good any more. */
function endSockets({ keys, origins, sockets }: Parts): void {
  for (const socket of sockets.clients) {
    const origin = origins.get(socket);
    if (origin !== undefined && !keys.isGood(origin.key, origin.door.kind)) socket.close(NOT_LET_IN, 'session ended');
  }
}
