/**
 * The console: the local API and the page, on loopback only. It answers nobody without the token in `console.json`,
 * which only this user can read. All connections are counted and bounded, and `close` ends whatever is still open.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { createRouter } from '../../core/api/router.ts';
import { LIMITS } from '../../core/config/constants.ts';
import type { PeerHandle } from '../../core/peer/peer-handle.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { type AppError, appError } from '../../core/std/app-error.ts';
import { type Result, err, ok } from '../../core/std/result.ts';
import { SOCKET_PROTOCOL, refuseOrigin, refuseToken } from './access.ts';
import { type Carriers, createCarriers } from './carriers.ts';
import { loadOrMakeToken, removeConsoleFile, writeConsoleFile } from './console-file.ts';
import { answerError, setSecurityHeaders, statusOf } from './http-answers.ts';
import { createNodeHost } from './node-host.ts';
import { serveFile } from './static-files.ts';

const LOOPBACK = '127.0.0.1';
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
const PING_MS = 15_000;

export interface ConsoleOptions {
  readonly peer: PeerHandle;
  /** 0: any free port. */
  readonly port: number;
  readonly dataFolder: string;
  /** The built page; it may be missing. */
  readonly rendererFolder: string;
  readonly logger: Logger;
}

export interface Console {
  /** With the token, for a browser: `http://127.0.0.1:7420/#token=…`. */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** Ends every connection; bounded in time. */
  close(): Promise<void>;
}

interface Parts {
  readonly options: ConsoleOptions;
  readonly carriers: Carriers;
  readonly sockets: WebSocketServer;
  readonly token: string;
}

/** PORT_IN_USE, FOLDER_NOT_WRITABLE, STORAGE_FULL. */
export async function startConsole(options: ConsoleOptions): Promise<Result<Console>> {
  const { peer, dataFolder, logger } = options;
  const { version } = peer.view;
  const parts: Parts = {
    options,
    carriers: createCarriers(createRouter(peer, createNodeHost({ version, dataFolder, logger })), version),
    sockets: new WebSocketServer({
      noServer: true,
      maxPayload: LIMITS.requestBodyBytes,
      handleProtocols: (offered) => (offered.has(SOCKET_PROTOCOL) ? SOCKET_PROTOCOL : false),
    }),
    token: await loadOrMakeToken(dataFolder),
  };
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS });
  server.maxConnections = LIMITS.consoleConnections;
  const listening = await listen(server, options.port);
  if (!listening.ok) return listening;
  const port = listening.value;
  server.on('request', (request, response) => void answer(parts, port, request, response));
  server.on('upgrade', (request, socket, head) => upgrade(parts, port, request, socket, head));

  const stopPings = pingSockets(parts.sockets);
  const close = async (): Promise<void> => {
    stopPings();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of parts.sockets.clients) socket.terminate();
    server.closeAllConnections();
    await closed;
    await removeConsoleFile(dataFolder, parts.token);
  };
  const written = await writeConsoleFile(dataFolder, { port, token: parts.token, pid: process.pid });
  if (!written.ok) {
    await close();
    return written;
  }
  return ok({ url: `http://${LOOPBACK}:${port}/#token=${parts.token}`, port, token: parts.token, close });
}

async function answer(parts: Parts, port: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { carriers, options, token } = parts;
  setSecurityHeaders(response, port);
  try {
    const path = (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/';
    const refused = refuseOrigin(request, port) ?? (carriers.owns(path) ? refuseToken(request, token) : undefined);
    if (refused !== undefined) return answerError(response, refused);
    if (carriers.owns(path)) return await carriers.handle(request, response, path);
    await serveFile(options.rendererFolder, request, response, options.logger);
  } catch (fault) {
    const reason = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
    options.logger.log('error', 'a request to the console failed', { reason });
    if (response.headersSent) response.destroy();
    else answerError(response, appError('INTERNAL', 'the request failed unexpectedly'));
  }
}

function upgrade(parts: Parts, port: number, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { carriers, options, sockets, token } = parts;
  const dropped = (fault: Error): void => options.logger.log('debug', 'a socket broke', { reason: fault.message });
  socket.on('error', dropped);
  const refused = refuseUpgrade(request, port, token, sockets.clients.size);
  if (refused !== undefined) {
    const body = JSON.stringify({ error: refused });
    socket.end(
      `HTTP/1.1 ${statusOf(refused)} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
    return;
  }
  sockets.handleUpgrade(request, socket, head, (opened) => {
    opened.on('error', dropped);
    opened.on('pong', () => heard.add(opened));
    heard.add(opened);
    carriers.attach(opened);
  });
}

function refuseUpgrade(request: IncomingMessage, port: number, token: string, open: number): AppError | undefined {
  const refused = refuseOrigin(request, port) ?? refuseToken(request, token);
  if (refused !== undefined) return refused;
  if ((request.url ?? '').split('?', 1)[0] !== '/rpc')
    return appError('INVALID_INPUT', 'sockets are answered at /rpc only');
  if (open < LIMITS.consoleSockets) return undefined;
  return appError('BUSY', `${LIMITS.consoleSockets} sockets are open already`);
}

/** Sockets that have been heard since the last ping. */
const heard = new WeakSet<object>();

/** Ends sockets whose other side is gone without a word. Returns how to stop. */
function pingSockets(sockets: WebSocketServer): () => void {
  const timer = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!heard.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, PING_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function listen(server: Server, port: number): Promise<Result<number>> {
  return new Promise((resolve) => {
    server.once('error', (fault: NodeJS.ErrnoException) => {
      const inUse = fault.code === 'EADDRINUSE';
      const message = inUse
        ? `port ${port} of ${LOOPBACK} is in use`
        : `cannot listen on port ${port}: ${fault.message}`;
      resolve(err(appError(inUse ? 'PORT_IN_USE' : 'INVALID_INPUT', message, { field: 'console' })));
    });
    server.listen(port, LOOPBACK, () => resolve(ok((server.address() as AddressInfo).port)));
  });
}
