/** `BrowserWindow`: a page with what a window manager would know of it, as flags. */
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { app, openWindows } from './app-module.ts';
import { needsReady, preventable, state } from './double-state.ts';
import { WebContents, type WebPreferences } from './web-contents.ts';

interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface WindowOptions extends Partial<Bounds> {
  readonly show?: boolean;
  readonly title?: string;
  readonly icon?: string;
  readonly webPreferences?: WebPreferences;
}

export class BrowserWindow extends EventEmitter {
  static readonly #all: BrowserWindow[] = [];
  static #lastId = 0;
  readonly id: number;
  readonly webContents: WebContents;
  #bounds: Bounds;
  #title: string;
  #visible: boolean;
  #focused = false;
  #minimized = false;
  #maximized = false;
  #destroyed = false;

  constructor({ show = true, title = '', icon, webPreferences = {}, ...bounds }: WindowOptions = {}) {
    super();
    needsReady('BrowserWindow');
    if (icon !== undefined && !existsSync(icon)) throw new Error(`double: there is no icon ${icon}`);
    const { x = 100, y = 100, width = 800, height = 600 } = bounds;
    this.#bounds = { x, y, width, height };
    this.#visible = show;
    this.#title = title;
    BrowserWindow.#lastId += 1;
    this.id = BrowserWindow.#lastId;
    this.webContents = new WebContents(webPreferences, { width: this.#bounds.width, height: this.#bounds.height });
    this.webContents.on('did-finish-load', () => this.emit('ready-to-show'));
    BrowserWindow.#all.push(this);
    openWindows.push(this);
    state.bus.on('theme', (isDark: boolean) => WebContents.setDark(this.webContents, isDark));
  }

  static getAllWindows(): BrowserWindow[] {
    return [...BrowserWindow.#all];
  }

  static fromWebContents(contents: WebContents): BrowserWindow | null {
    return BrowserWindow.#all.find((window) => window.webContents === contents) ?? null;
  }

  static getFocusedWindow(): BrowserWindow | null {
    return BrowserWindow.#all.find((window) => window.#focused) ?? null;
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url);
  }

  show(): void {
    this.#visible = true;
    this.emit('show');
  }

  hide(): void {
    this.#visible = false;
    this.#focused = false;
    this.emit('hide');
  }

  focus(): void {
    for (const window of BrowserWindow.#all) window.#focused = window === this;
    this.emit('focus');
  }

  minimize(): void {
    this.#minimized = true;
    this.#focused = false;
  }

  restore(): void {
    this.#minimized = false;
  }

  maximize(): void {
    this.#maximized = true;
  }

  isVisible(): boolean {
    return this.#visible && !this.#minimized;
  }

  isFocused(): boolean {
    return this.#focused;
  }

  isMinimized(): boolean {
    return this.#minimized;
  }

  isMaximized(): boolean {
    return this.#maximized;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  getTitle(): string {
    return this.#title;
  }

  getBounds(): Bounds {
    return { ...this.#bounds };
  }

  getNormalBounds(): Bounds {
    return { ...this.#bounds };
  }

  setBounds(bounds: Partial<Bounds>): void {
    this.#bounds = { ...this.#bounds, ...bounds };
    this.emit('resize');
  }

  close(): void {
    if (this.#destroyed) return;
    const event = preventable({});
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    BrowserWindow.#all.splice(BrowserWindow.#all.indexOf(this), 1);
    openWindows.splice(openWindows.indexOf(this), 1);
    WebContents.drop(this.webContents);
    this.emit('closed');
    if (BrowserWindow.#all.length > 0) return;
    if (app.listenerCount('window-all-closed') > 0) app.emit('window-all-closed');
    else app.quit();
  }
}
