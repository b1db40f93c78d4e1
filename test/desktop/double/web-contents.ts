/**
 * `webContents` and `ipcMain`: a page of Chromium with the preload in a real isolated world. Requests are paused, so that the
 * app's own scheme can be answered and its guards are asked before a page leaves.
 */
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { cloned, note, preventable, state } from './double-state.ts';
import type { Chromium, DevTools } from './chromium.ts';
import { app } from './app-module.ts';
import { MessagePortMain, nextPortNumber } from './message-ports.ts';
import { POST_BINDING, WORLD, mainWorldSource, preloadSource } from './page-worlds.ts';
import { handlerFor, toApp, toChromium } from './pages.ts';

export interface WebPreferences {
  readonly preload?: string;
  readonly [name: string]: unknown;
}

interface FromPage {
  readonly kind: 'send' | 'port' | 'port-close' | 'preload-error';
  readonly id: number;
  readonly channel: string;
  readonly value: unknown;
  readonly values: unknown[];
  readonly message: string;
}

interface Paused {
  readonly requestId: string;
  readonly frameId: string;
  readonly resourceType: string;
  readonly request: { readonly url: string; readonly method: string; readonly headers: Record<string, string> };
}

/** What Electron allows and no app should. */
const REFUSED: readonly (readonly [string, boolean])[] = [
  ['contextIsolation', false],
  ['sandbox', false],
  ['nodeIntegration', true],
  ['webSecurity', false],
  ['webviewTag', true],
];

type OpenHandler = (details: { readonly url: string }) => { readonly action: string };

export const ipcMain = new EventEmitter();

export class WebContents extends EventEmitter {
  static readonly #byTarget = new Map<string, WebContents>();
  #target = '';
  #sessionId = '';
  #frame = '';
  #url = '';
  #expected = '';
  #world: number | undefined;
  #destroyed = false;
  #openHandler: OpenHandler = () => ({ action: 'allow' });
  readonly #preferences: WebPreferences;
  readonly #ports = new Map<number, MessagePortMain>();
  readonly #channel = `bridge-${randomBytes(8).toString('hex')}`;
  readonly #started: Promise<void>;

  constructor(preferences: WebPreferences, size: { readonly width: number; readonly height: number }) {
    super();
    for (const [name, bad] of REFUSED) {
      if (preferences[name] === bad) throw new Error(`double: refuses webPreferences.${name} = ${String(bad)}`);
    }
    const { preload } = preferences;
    if (preload !== undefined && !isAbsolute(preload)) throw new Error('preload script must have absolute path');
    this.#preferences = preferences;
    this.#started = this.#start(size);
    this.#started.catch((fault: unknown) => {
      if (!this.#destroyed) console.error('double: the window could not be made:', String(fault));
    });
    queueMicrotask(() => app.emit('web-contents-created', {}, this));
  }

  static fromDevToolsTargetId(target: string): WebContents | undefined {
    return WebContents.#byTarget.get(target);
  }

  getURL(): string {
    return this.#url;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler;
  }

  async loadURL(url: string): Promise<void> {
    await this.#started;
    this.#expected = url;
    const { errorText } = await this.#send<{ errorText?: string }>('Page.navigate', { url: toChromium(url) });
    if (errorText !== undefined) throw new Error(`${errorText} loading '${url}'`);
  }

  reload(): void {
    this.#expected = this.#url;
    void this.#send('Page.reload').catch(() => undefined);
  }

  forcefullyCrashRenderer(): void {
    // Nobody is left to answer.
    void this.#send('Page.crash').catch(() => undefined);
  }

  send(channel: string, ...values: unknown[]): void {
    this.#toPage({ kind: 'send', channel, values: cloned(values), ports: [] });
  }

  postMessage(channel: string, message: unknown, transfer: readonly MessagePortMain[] = []): void {
    const numbered = transfer.map((port) => ({ port, id: nextPortNumber() }));
    this.#toPage({ kind: 'send', channel, values: [cloned(message)], ports: numbered.map(({ id }) => id) });
    for (const { port, id } of numbered) {
      this.#ports.set(id, port);
      MessagePortMain.transfer(port, {
        deliver: (value) => this.#toPage({ kind: 'port', id, values: [value] }),
        closed: () => this.#toPage({ kind: 'port-close', id }),
      });
    }
  }

  /** For the specs: what the app would do with a window that a page opens. */
  static asked(contents: WebContents, url: string): string {
    return contents.#openHandler({ url }).action;
  }

  /** The window is gone. */
  static drop(contents: WebContents): void {
    if (contents.#destroyed) return;
    contents.#destroyed = true;
    contents.#closePorts();
    void state.chromium?.tools.send('Target.closeTarget', { targetId: contents.#target }).catch(() => undefined);
    contents.emit('destroyed');
  }

  static setDark(contents: WebContents, isDark: boolean): void {
    void contents.#started.then(() => contents.#emulateTheme(isDark)).catch(() => undefined);
  }

  get #tools(): DevTools {
    return (state.chromium as Chromium).tools;
  }

  #send<T = unknown>(method: string, params: object = {}): Promise<T> {
    return this.#tools.send<T>(method, params, this.#sessionId);
  }

  #on<T>(method: string, listener: (params: T) => void): void {
    this.#tools.on<T>(method, listener, this.#sessionId);
  }

  async #start(size: object): Promise<void> {
    const created = { url: 'about:blank', newWindow: true, ...size };
    this.#target = (await this.#tools.send<{ targetId: string }>('Target.createTarget', created)).targetId;
    WebContents.#byTarget.set(this.#target, this);
    const attached = { targetId: this.#target, flatten: true };
    this.#sessionId = (await this.#tools.send<{ sessionId: string }>('Target.attachToTarget', attached)).sessionId;
    this.#listen();
    await this.#tools.send('Target.setDiscoverTargets', { discover: true });
    await Promise.all(['Page.enable', 'Runtime.enable', 'Inspector.enable'].map((method) => this.#send(method)));
    type Tree = { frameTree: { frame: { id: string } } };
    this.#frame = (await this.#send<Tree>('Page.getFrameTree')).frameTree.frame.id;
    await this.#send('Page.addScriptToEvaluateOnNewDocument', { source: mainWorldSource(this.#channel) });
    await this.#addPreload();
    await this.#emulateTheme(false);
    await this.#send('Fetch.enable', { patterns: [{ urlPattern: '*' }] });
  }

  async #addPreload(): Promise<void> {
    const { preload } = this.#preferences;
    if (preload === undefined) return;
    await this.#send('Runtime.addBinding', { name: POST_BINDING, executionContextName: WORLD });
    let source: string;
    try {
      source = readFileSync(preload, 'utf8');
    } catch (fault) {
      this.emit('preload-error', {}, preload, fault);
      console.error(`Unable to load preload script: ${preload}`);
      return;
    }
    const script = { source: preloadSource(source, this.#channel), worldName: WORLD };
    await this.#send('Page.addScriptToEvaluateOnNewDocument', script);
  }

  #listen(): void {
    type Context = { context: { id: number; name: string; auxData: { frameId: string } } };
    this.#on<Context>('Runtime.executionContextCreated', ({ context: { id, name, auxData } }) => {
      if (name === WORLD && auxData.frameId === this.#frame) this.#world = id;
    });
    this.#on('Runtime.executionContextsCleared', () => {
      this.#world = undefined;
      this.#closePorts();
    });
    this.#on<{ name: string; payload: string }>('Runtime.bindingCalled', ({ name, payload }) => {
      if (name === POST_BINDING) this.#fromPage(JSON.parse(payload) as FromPage);
    });
    this.#on<Paused>('Fetch.requestPaused', (paused) => {
      this.#request(paused).catch((fault: unknown) => {
        if (!this.#destroyed) note('request failed', String(fault));
      });
    });
    type Navigated = { frame: { parentId?: string; url: string; urlFragment?: string } };
    this.#on<Navigated>('Page.frameNavigated', ({ frame: { parentId, url, urlFragment = '' } }) => {
      if (parentId === undefined) this.#url = toApp(url + urlFragment);
    });
    this.#on<{ frameId: string; url: string }>('Page.navigatedWithinDocument', ({ frameId, url }) => {
      if (frameId === this.#frame) this.#url = toApp(url);
    });
    this.#on('Page.loadEventFired', () => {
      if (this.#url !== 'about:blank') this.emit('did-finish-load');
    });
    this.#on<{ url: string }>('Page.windowOpen', ({ url }) => {
      const { action } = this.#openHandler({ url: toApp(url) });
      note('window.open', toApp(url), action);
    });
    this.#on('Inspector.targetCrashed', () => {
      this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 });
    });
    type Created = { targetInfo: { targetId: string; openerId?: string } };
    this.#tools.on<Created>('Target.targetCreated', ({ targetInfo: { targetId, openerId } }) => {
      if (openerId === this.#target) this.#closeOpened(targetId).catch(() => undefined);
    });
  }

  /**
   * Chromium has made the window before anybody could refuse it, so it is closed again. Not at once: Playwright has all that
   * is new wait for it, and until it lets the new page go its opener stands still in `window.open`; were the new page closed
   * then, the opener would stand there for ever. Commands are answered meanwhile, but timers do not run: so one must.
   */
  async #closeOpened(targetId: string): Promise<void> {
    const expression = 'new Promise((resolve) => setTimeout(resolve))';
    await this.#send('Runtime.evaluate', { expression, awaitPromise: true });
    await this.#tools.send('Target.closeTarget', { targetId });
  }

  async #request({ requestId, frameId, resourceType, request }: Paused): Promise<void> {
    const url = toApp(request.url);
    const refuse = (errorReason: string): Promise<unknown> =>
      this.#send('Fetch.failRequest', { requestId, errorReason });
    if (resourceType === 'Document' && frameId === this.#frame && !this.#isExpected(url)) {
      const event = preventable({ url, isMainFrame: true });
      this.emit('will-navigate', event, url);
      if (event.defaultPrevented) {
        note('navigation prevented', url);
        await refuse('Aborted');
        return;
      }
    }
    const handler = handlerFor(url);
    if (handler === undefined) {
      note('network refused', url);
      await refuse('InternetDisconnected');
      return;
    }
    const { method, headers } = request;
    const response = await handler(new Request(url, { method, headers }));
    await this.#send('Fetch.fulfillRequest', {
      requestId,
      responseCode: response.status,
      responseHeaders: [...response.headers].map(([name, value]) => ({ name, value })),
      body: Buffer.from(await response.arrayBuffer()).toString('base64'),
    });
  }

  #isExpected(url: string): boolean {
    const isExpected = url.split('#', 1)[0] === this.#expected.split('#', 1)[0];
    this.#expected = '';
    if (isExpected) this.emit('did-start-loading');
    return isExpected;
  }

  #fromPage({ kind, id, channel, value, values, message }: FromPage): void {
    if (kind === 'preload-error') {
      this.emit('preload-error', {}, this.#preferences.preload, new Error(message));
      console.error(`Unable to load preload script: ${this.#preferences.preload ?? ''}\n${message}`);
    } else if (kind === 'send') {
      const senderFrame = { url: this.#url, origin: /^[^:]*:\/\/[^/]*/.exec(this.#url)?.[0] ?? 'null', parent: null };
      ipcMain.emit(channel, { sender: this, senderFrame, ports: [] }, ...values);
    } else {
      const port = this.#ports.get(id);
      if (port === undefined) return;
      if (kind === 'port') MessagePortMain.fromElsewhere(port, value);
      else port.close();
    }
  }

  #toPage(message: object): void {
    if (this.#world === undefined || this.#destroyed) {
      note('message lost: there is no page', message);
      return;
    }
    void this.#send('Runtime.callFunctionOn', {
      functionDeclaration: 'function (message) { globalThis.fromMainProcess(message); }',
      arguments: [{ value: message }],
      executionContextId: this.#world,
    }).catch(() => undefined);
  }

  #emulateTheme(isDark: boolean): Promise<unknown> {
    const features = [{ name: 'prefers-color-scheme', value: isDark ? 'dark' : 'light' }];
    return this.#send('Emulation.setEmulatedMedia', { features });
  }

  #closePorts(): void {
    for (const port of this.#ports.values()) port.close();
    this.#ports.clear();
  }
}

Object.assign(state, { askedToOpen: (contents: WebContents, url: string) => WebContents.asked(contents, url) });

export const webContents = {
  fromDevToolsTargetId: (target: string): WebContents | undefined => WebContents.fromDevToolsTargetId(target),
};
