/** `app`: order of events from start to quit, the lock of the single instance, folders. */
import { execFileSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { note, preventable, state } from './double-state.ts';
import { endUtilityProcesses } from './utility-process.ts';

interface Closable {
  close(): void;
  isDestroyed(): boolean;
}

interface LoginItem {
  readonly openAtLogin: boolean;
  /** Of the command line, on Windows. */
  readonly args?: readonly string[];
}

/** The windows tell the app of themselves, so that neither file needs the other. */
export const openWindows: Closable[] = [];

/** Says to whoever holds the lock what this instance was started with; exits with 0 when somebody heard it. */
const TELL_HOLDER = `require('net').connect(process.argv[1])
  .on('connect', function () { this.end(process.argv[2]); })
  .on('error', () => process.exit(1)).on('close', () => process.exit(0));`;

class App extends EventEmitter {
  readonly #ready = new Promise<void>((resolve) => state.bus.once('ready', () => resolve()));
  #name = '';
  #quitting = false;
  #loginItem: LoginItem = { openAtLogin: false };
  #releaseLock: () => void = () => undefined;

  get isPackaged(): boolean {
    return state.appFolder.endsWith('.asar');
  }

  whenReady(): Promise<void> {
    return this.#ready;
  }

  isReady(): boolean {
    return state.ready;
  }

  getName(): string {
    return this.#name === '' ? (state.manifest.name ?? '') : this.#name;
  }

  setName(name: string): void {
    this.#name = name;
  }

  getVersion(): string {
    return state.manifest.version ?? '';
  }

  getAppPath(): string {
    return state.appFolder;
  }

  getPath(name: string): string {
    if (name === 'userData' || name === 'sessionData') return state.userData;
    if (name === 'home') return homedir();
    throw new Error(`double: the path ${name} is not known`);
  }

  setPath(name: string, path: string): void {
    if (!isAbsolute(path)) throw new Error('Path must be absolute');
    if (!existsSync(path)) throw new Error(`double: ${path} does not exist`);
    if (name !== 'userData') throw new Error(`double: the path ${name} is not known`);
    if (state.ready) throw new Error('double: userData is set too late');
    state.userData = path;
  }

  enableSandbox(): void {
    if (state.ready) throw new Error('app.enableSandbox() can only be called before app is ready');
    note('app.enableSandbox');
  }

  setAsDefaultProtocolClient(scheme: string): boolean {
    note('app.setAsDefaultProtocolClient', scheme);
    return true;
  }

  setAppUserModelId(id: string): void {
    if (process.platform !== 'win32') throw new Error('double: Windows alone has such names');
    note('app.setAppUserModelId', id);
  }

  setLoginItemSettings(item: LoginItem): void {
    note('app.setLoginItemSettings', item);
    this.#loginItem = item;
  }

  /** Windows knows an item by its words, too; macOS has no words, and alone tells how the app was opened. */
  getLoginItemSettings({ args = [] }: Pick<LoginItem, 'args'> = {}): {
    openAtLogin: boolean;
    wasOpenedAtLogin: boolean | undefined;
  } {
    const { openAtLogin, args: words = [] } = this.#loginItem;
    const isMeant = process.platform !== 'win32' || isDeepStrictEqual(words, args);
    const wasOpenedAtLogin = process.env['DOUBLE_AT_LOGIN'] === '1';
    return {
      openAtLogin: openAtLogin && isMeant,
      wasOpenedAtLogin: process.platform === 'darwin' ? wasOpenedAtLogin : undefined,
    };
  }

  requestSingleInstanceLock(): boolean {
    const path = join(state.userData, 'instance.sock');
    if (existsSync(path) && wasHeard(path)) return false;
    rmSync(path, { force: true });
    const server = createServer((socket) => {
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('end', () => {
        const { words, folder } = JSON.parse(text) as { words: string[]; folder: string };
        this.emit('second-instance', preventable({}), words, folder, undefined);
      });
    });
    server.listen(path).unref();
    this.#releaseLock = () => {
      server.close();
      rmSync(path, { force: true });
    };
    process.once('exit', () => this.#releaseLock());
    return true;
  }

  releaseSingleInstanceLock(): void {
    this.#releaseLock();
    this.#releaseLock = () => undefined;
  }

  quit(): void {
    if (this.#quitting) return;
    const before = preventable({});
    this.emit('before-quit', before);
    if (before.defaultPrevented) return;
    for (const window of [...openWindows]) {
      window.close();
      if (!window.isDestroyed()) return;
    }
    const will = preventable({});
    this.emit('will-quit', will);
    if (will.defaultPrevented) return;
    this.#quitting = true;
    setImmediate(() => this.exit(0));
  }

  exit(code = 0): void {
    this.emit('quit', {}, code);
    endUtilityProcesses();
    void (state.chromium?.close() ?? Promise.resolve()).then(() => process.exit(code));
  }
}

export const app = new App();
state.bus.once('ready', () => app.emit('ready', {}, {}));

function wasHeard(path: string): boolean {
  const told = JSON.stringify({ words: process.argv, folder: process.cwd() });
  try {
    execFileSync(process.execPath, ['-e', TELL_HOLDER, path, told], { stdio: 'ignore' });
    return true;
  } catch {
    // The holder is gone without having cleaned up.
    return false;
  }
}
