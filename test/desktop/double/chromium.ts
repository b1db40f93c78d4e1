/** A headless Chromium, and a small client of its DevTools protocol (flat sessions) on Node's own WebSocket. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHROMIUM_ARGUMENTS, findChromium } from '../../../scripts/browser.mjs';

interface Reply {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: unknown;
  readonly sessionId?: string;
}

interface Waiting {
  readonly method: string;
  resolve(result: unknown): void;
  reject(fault: Error): void;
}

export class DevTools {
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #waiting = new Map<number, Waiting>();
  readonly #socket: WebSocket;
  #next = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(String(data)) as Reply));
    socket.addEventListener('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('Chromium is closed'));
      this.#waiting.clear();
    });
  }

  static async connect(address: string): Promise<DevTools> {
    const socket = new WebSocket(address);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('error', () => reject(new Error(`cannot reach ${address}`)));
    });
    return new DevTools(socket);
  }

  send<T = unknown>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    const id = this.#next;
    this.#next += 1;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { method, resolve: (result) => resolve(result as T), reject });
      this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
    });
  }

  on<T>(method: string, listener: (params: T) => void, sessionId = ''): void {
    this.#events.on(`${sessionId} ${method}`, listener);
  }

  #take({ id, result, error, method, params, sessionId = '' }: Reply): void {
    if (id === undefined) {
      this.#events.emit(`${sessionId} ${method ?? ''}`, params);
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(`${waiting.method}: ${error.message}`));
  }
}

export interface Chromium {
  readonly process: ChildProcess;
  /** Goes with it. */
  readonly profile: string;
  readonly tools: DevTools;
  close(): Promise<void>;
}

const CLOSE_MS = 3000;
const LISTENING_MS = 10_000;
const STARTS = 3;
const ARGUMENTS = [
  '--headless=new',
  '--remote-debugging-port=0',
  '--no-startup-window',
  '--no-default-browser-check',
  '--disable-gpu',
  '--disable-sync',
  '--disable-extensions',
  '--disable-default-apps',
  '--password-store=basic',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** Says on stderr where it listens, as Electron does: Playwright waits for that line. */
export async function launchChromium(): Promise<Chromium> {
  const executable = findChromium();
  if (executable === undefined) throw new Error('no Chromium found; see scripts/browser.mjs --require');
  const profile = mkdtempSync(join(tmpdir(), 'carillon-double-'));
  const words = [...ARGUMENTS, ...CHROMIUM_ARGUMENTS, `--user-data-dir=${profile}`];
  let started: ChildProcess | undefined;
  // Also while it starts: an app that cannot be started leaves none behind.
  process.once('exit', () => {
    started?.kill('SIGKILL');
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  });
  const { child, address } = await startListening(() => {
    started = spawn(executable, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    return started;
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const tools = await DevTools.connect(address);
  process.stderr.write(`DevTools listening on ${address}\n`);
  const close = async (): Promise<void> => {
    void tools.send('Browser.close').catch(() => undefined);
    const tooLong = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS);
    await gone;
    clearTimeout(tooLong);
  };
  return { process: child, profile, tools, close };
}

/** On a busy machine a Chromium was seen to hang before it listens: such a one is ended, and another one started. */
async function startListening(start: () => ChildProcess): Promise<{ child: ChildProcess; address: string }> {
  for (let tries = 1; ; tries += 1) {
    const child = start();
    const tooLong = setTimeout(() => child.kill('SIGKILL'), LISTENING_MS);
    try {
      return { child, address: await listeningAddress(child) };
    } catch (error) {
      if (tries === STARTS || child.signalCode === null) throw error;
    } finally {
      clearTimeout(tooLong);
    }
  }
}

function listeningAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      heard = (heard + chunk.toString()).slice(-4000);
      const address = /^DevTools listening on (ws:\/\/.*)\r?\n/m.exec(heard)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once('exit', (code) => reject(new Error(`Chromium ended with ${code ?? 'a signal'}: ${heard}`)));
  });
}
