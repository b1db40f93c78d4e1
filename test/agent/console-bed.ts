/** A real console around a fake peer, in a temporary folder; everything is gone when it is closed. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NetworkDoor } from '../../agent/console/door.ts';
import { type Console, startConsole } from '../../agent/console/server.ts';
import { openLocalPolicy } from '../../agent/local-policy.ts';
import { type FakePeer, createFakePeer } from '../fakes/peer-handle.ts';

export interface ConsoleBed extends AsyncDisposable {
  readonly peer: FakePeer;
  readonly console: Console;
  readonly folder: string;
  readonly logged: string[];
  /** A raw request, so that every header can be chosen; with the token unless `authorization` says otherwise. */
  ask(path: string, options?: AskOptions): Promise<Answer>;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly anonymous?: true;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** @param network also opens a door to the network, on loopback all the same. */
export async function startConsoleBed(network?: NetworkDoor): Promise<ConsoleBed> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-console-'));
  const rendererFolder = join(folder, 'renderer');
  await mkdir(join(rendererFolder, 'assets'), { recursive: true });
  await writeFile(join(rendererFolder, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(rendererFolder, 'assets', 'app-1a2b.js'), 'export {};');
  const peer = createFakePeer(['beta', 'gamma']);
  const logged: string[] = [];
  const logger = {
    log: (level: string, message: string, fields?: object) =>
      void logged.push(`${level} ${message} ${JSON.stringify(fields)}`),
  };
  const started = await startConsole({
    policy: openLocalPolicy(folder),
    peer,
    port: 0,
    ...(network === undefined ? {} : { network }),
    dataFolder: folder,
    rendererFolder,
    logger,
  });
  if (!started.ok) throw new Error(started.error.message);
  const console = started.value;
  return {
    peer,
    console,
    folder,
    logged,
    ask: (path, options = {}) => {
      const { method = 'GET', headers = {}, body, anonymous } = options;
      const token: Record<string, string> = anonymous === true ? {} : { authorization: `Bearer ${console.token}` };
      return askRaw({ host: '127.0.0.1', port: console.port, path, method, headers: { ...token, ...headers } }, body);
    },
    [Symbol.asyncDispose]: async () => {
      await console.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function askRaw(options: RequestOptions, body: string | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, agent: false, timeout: 10_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject);
    sent.end(body);
  });
}
