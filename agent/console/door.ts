/**
 * The places at which the console listens: always loopback, plain, for this machine alone; and, only where a person gives
 * a certificate, an address of the network, by TLS alone. A door answers under its own names only.
 */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { LIMITS } from '../../core/config/constants.ts';
import { appError } from '../../core/std/app-error.ts';
import { type Result, err, ok } from '../../core/std/result.ts';
import type { DoorFacts } from './access.ts';

/** Where the console is shown to the network. */
export interface NetworkDoor {
  /** An address of this machine, or `0.0.0.0` or `::` for all. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface Door extends DoorFacts {
  readonly server: Server;
  readonly port: number;
}

const LOOPBACK = '127.0.0.1';
/**
 * What takes longer is answered 408; how often that is looked at. A request without a host comes through, so that it is
 * refused, and noted, like one with a wrong host.
 */
const SERVER = {
  headersTimeout: 5000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 1000,
  requireHostHeader: false,
};

/** PORT_IN_USE, INVALID_INPUT. @param port 0: any free one. */
export async function openLoopback(port: number): Promise<Result<Door>> {
  const server = createServer(SERVER);
  const listening = await listen(server, LOOPBACK, port, 'console');
  if (!listening.ok) return listening;
  const hosts = [`${LOOPBACK}:${listening.value}`, `localhost:${listening.value}`];
  return ok({
    kind: 'loopback',
    scheme: 'http',
    origin: `http://${LOOPBACK}:${listening.value}`,
    answersFor: (host) => hosts.includes(host),
    server,
    port: listening.value,
  });
}

/** PORT_IN_USE, FILE_NOT_READABLE, INVALID_INPUT. It answers under the names of its certificate. */
export async function openNetwork(options: NetworkDoor): Promise<Result<Door>> {
  const files = await readFiles(options);
  if (!files.ok) return files;
  const { certificate, cert, key } = files.value;
  const server = createTlsServer({ ...SERVER, cert, key, minVersion: 'TLSv1.2' });
  const listening = await listen(server, options.host, options.port, 'consoleListen');
  if (!listening.ok) return listening;
  const port = listening.value;
  return ok({
    kind: 'network',
    scheme: 'https',
    origin: `https://${bracketed(nameOf(certificate, options.host))}${port === 443 ? '' : `:${port}`}`,
    answersFor: (host) => isNamed(certificate, host, port),
    server,
    port,
  });
}

async function readFiles({ certificateFile, keyFile }: NetworkDoor) {
  const read: Record<string, Buffer> = {};
  for (const [field, path] of Object.entries({ consoleCert: certificateFile, consoleKey: keyFile })) {
    try {
      read[field] = await readFile(path);
    } catch (fault) {
      return err(appError('FILE_NOT_READABLE', `cannot read ${path}: ${(fault as Error).message}`, { field }));
    }
  }
  const { consoleCert: cert = Buffer.alloc(0), consoleKey: key = Buffer.alloc(0) } = read;
  try {
    createSecureContext({ cert, key });
    return ok({ certificate: new X509Certificate(cert), cert, key });
  } catch (fault) {
    const why = `${certificateFile} and ${keyFile} are no certificate with its key in PEM`;
    return err(appError('INVALID_INPUT', `${why}: ${(fault as Error).message}`, { field: 'consoleCert' }));
  }
}

/** Whether a `Host` header names this door: a name or address of the certificate, and the port. */
function isNamed(certificate: X509Certificate, host: string, port: number): boolean {
  const [, bracketedName, plainName, portText] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(host) ?? [];
  const name = bracketedName ?? plainName;
  if (name === undefined || Number(portText ?? 443) !== port) return false;
  return (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
}

/** The first name that the certificate is for, for links; else the address that is listened on. */
function nameOf({ subjectAltName = '' }: X509Certificate, address: string): string {
  const names = subjectAltName.split(', ').map((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1]);
  return names.find((name) => name !== undefined && !name.startsWith('*')) ?? address;
}

function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function listen(server: Server, host: string, port: number, field: string): Promise<Result<number>> {
  server.maxConnections = LIMITS.consoleConnections;
  return new Promise((resolve) => {
    server.once('error', (fault: NodeJS.ErrnoException) => {
      const inUse = fault.code === 'EADDRINUSE';
      const message = inUse
        ? `port ${port} of ${host} is in use`
        : `cannot listen on ${host}, port ${port}: ${fault.message}`;
      resolve(err(appError(inUse ? 'PORT_IN_USE' : 'INVALID_INPUT', message, { field })));
    });
    server.listen(port, host, () => resolve(ok((server.address() as AddressInfo).port)));
  });
}
