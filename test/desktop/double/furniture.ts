/** Tray, menus, notifications, dialogs: nothing is drawn; what would be seen is in the journal, and can be clicked. */
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { needsReady, note, state } from './double-state.ts';

interface ItemOptions {
  readonly id?: string;
  readonly label?: string;
  readonly type?: string;
  readonly role?: string;
  readonly enabled?: boolean;
  readonly checked?: boolean;
  readonly accelerator?: string;
  readonly submenu?: readonly ItemOptions[];
  click?(item: MenuItem): void;
}

class MenuItem {
  readonly id: string;
  readonly label: string;
  readonly type: string;
  readonly enabled: boolean;
  readonly accelerator: string | undefined;
  readonly submenu: Menu | undefined;
  checked: boolean;
  readonly #options: ItemOptions;

  constructor(options: ItemOptions) {
    if ((options.label ?? options.role ?? options.type) === undefined) {
      throw new Error('a menu item needs a label, a role or a type');
    }
    this.#options = options;
    this.id = options.id ?? '';
    this.label = options.label ?? '';
    this.type = options.type ?? (options.submenu === undefined ? 'normal' : 'submenu');
    this.enabled = options.enabled ?? true;
    this.accelerator = options.accelerator;
    this.checked = options.checked ?? false;
    this.submenu = options.submenu === undefined ? undefined : Menu.buildFromTemplate(options.submenu);
  }

  click(): void {
    if (!this.enabled) throw new Error(`double: "${this.label}" is not enabled`);
    if (this.type === 'checkbox') this.checked = !this.checked;
    this.#options.click?.(this);
  }
}

export class Menu {
  static #application: Menu | null = null;
  readonly items: MenuItem[];

  private constructor(items: MenuItem[]) {
    this.items = items;
  }

  static buildFromTemplate(template: readonly ItemOptions[]): Menu {
    return new Menu(template.map((options) => new MenuItem(options)));
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.#application = menu;
  }

  static getApplicationMenu(): Menu | null {
    return Menu.#application;
  }

  getMenuItemById(id: string): MenuItem | null {
    for (const item of this.items) {
      const found = item.id === id ? item : item.submenu?.getMenuItemById(id);
      if (found !== undefined && found !== null) return found;
    }
    return null;
  }
}

class Image {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  isEmpty(): boolean {
    return this.path === '';
  }
}

export const nativeImage = {
  createFromPath(path: string): Image {
    if (!existsSync(path)) throw new Error(`double: there is no image ${path}`);
    return new Image(path);
  },
  createEmpty: (): Image => new Image(''),
};

export class Tray extends EventEmitter {
  constructor(image: Image) {
    super();
    needsReady('Tray');
    Object.assign(state, { tray: this });
    this.setImage(image);
  }

  setImage(image: Image): void {
    if (image.isEmpty()) throw new Error('double: the image of the tray is empty');
    Object.assign(state, { trayImage: image.path });
    note('tray.setImage', image.path);
  }

  setToolTip(text: string): void {
    Object.assign(state, { trayText: text });
  }

  setContextMenu(menu: Menu | null): void {
    Object.assign(state, { trayMenu: menu });
  }
}

const notifications: Notification[] = [];

export class Notification extends EventEmitter {
  readonly title: string;
  readonly body: string;

  constructor({ title = '', body = '' }: { readonly title?: string; readonly body?: string } = {}) {
    super();
    this.title = title;
    this.body = body;
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {
    needsReady('Notification');
    notifications.push(this);
  }
}
Object.assign(state, { notifications });

export const dialog = {
  /** Answers with the first button, at once: nobody is there to choose. */
  showMessageBox: (...values: readonly unknown[]): Promise<{ response: number; checkboxChecked: boolean }> => {
    needsReady('dialog');
    note('dialog.showMessageBox', values.at(-1));
    return Promise.resolve({ response: 0, checkboxChecked: false });
  },
  showErrorBox: (title: string, content: string): void => {
    note('dialog.showErrorBox', title, content);
    console.error(`${title}: ${content}`);
  },
};

export const shell = {
  openExternal: (url: string): Promise<void> => {
    note('shell.openExternal', url);
    return Promise.resolve();
  },
  openPath: (path: string): Promise<string> => {
    note('shell.openPath', path);
    return Promise.resolve('');
  },
};
