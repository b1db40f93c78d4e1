/**
 * Serves the built console page. Only what lies inside its folder once every link is resolved; names with their hash in
 * them may be kept for ever, everything else is asked for again each time.
 */
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '../../core/ports/logger.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.wasm': 'application/wasm',
};

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Carillon</title>
<body><h1>Carillon runs</h1><p>The console page has not been built. Run <code>npm run build</code> and reload;
the command line (<code>carillon help</code>) works without it.</p></body></html>
`;

/** Answers GET and HEAD for a file of `folder`; 404 for what is not there, 405 for other methods. */
export async function serveFile(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
  logger: Logger,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return answerText(response, 405, 'only GET and HEAD');
  const path = requestedPath(request.url ?? '/');
  const file = path === undefined ? undefined : await locate(folder, path);
  if (file === undefined) {
    if (path === '/index.html') return answerText(response, 200, NOT_BUILT, 'text/html; charset=utf-8');
    return answerText(response, 404, 'not found');
  }
  const tag = `"${file.sizeBytes.toString(36)}-${Math.trunc(file.changedAt).toString(36)}"`;
  response.setHeader('ETag', tag);
  response.setHeader('Cache-Control', isHashed(path ?? '') ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': contentType(file.path), 'Content-Length': file.sizeBytes });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(createReadStream(file.path, { end: Math.max(0, file.sizeBytes - 1) }), response).catch(
    (fault: unknown) => {
      logger.log('debug', 'a file was not sent to its end', { path: file.path, reason: String(fault) });
      response.destroy();
    },
  );
}

/** A file of the page with its type, for carriers other than HTTP; undefined for what is not there. */
export async function readPageFile(
  folder: string,
  url: string,
): Promise<{ readonly content: Buffer; readonly type: string } | undefined> {
  const path = requestedPath(url);
  const file = path === undefined ? undefined : await locate(folder, path);
  return file === undefined ? undefined : { content: await readFile(file.path), type: contentType(file.path) };
}

/** No file of the page has such a name; whoever asks for one hopes that it is read in another way further on. */
const ENCODED_TWICE = /%(?:00|2e|2f|5c)/i;
const ONLY_DOTS = /^\.+$/;

/** The decoded path of a request, beginning with "/"; undefined when it is malformed or tries to leave. */
export function requestedPath(url: string): string | undefined {
  const raw = url.split(/[?#]/, 1)[0] ?? '/';
  let path: string;
  try {
    path = decodeURIComponent(raw);
  } catch {
    return undefined;
  }
  if (!path.startsWith('/') || path.includes('\0') || path.includes('\\')) return undefined;
  if (path.startsWith('//') || ENCODED_TWICE.test(path)) return undefined;
  if (path.split('/').some((part) => ONLY_DOTS.test(part))) return undefined;
  return path === '/' ? '/index.html' : path;
}

interface LocatedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly changedAt: number;
}

async function locate(folder: string, path: string): Promise<LocatedFile | undefined> {
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, path));
    if (!file.startsWith(root + sep)) return undefined;
    const found = await stat(file);
    return found.isFile() ? { path: file, sizeBytes: found.size, changedAt: found.mtimeMs } : undefined;
  } catch {
    return undefined;
  }
}

function isHashed(path: string): boolean {
  return path.startsWith('/assets/');
}

function contentType(path: string): string {
  return TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
}

function answerText(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  response.end(text);
}
