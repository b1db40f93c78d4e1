/** The icon in the tray, one for each state, with its menu. The tooltip says the same in words. */
import { join } from 'node:path';
import { Menu, type NativeImage, Tray, nativeImage } from 'electron';
import type { Glance, GlanceKind } from '../decisions/glance.ts';
import { type TrayActions, trayMenu } from '../decisions/tray-menu.ts';

const KINDS: readonly GlanceKind[] = ['fine', 'running', 'attention', 'offline'];

export class AppTray {
  readonly #tray: Tray;
  readonly #images: ReadonlyMap<GlanceKind, NativeImage>;
  readonly #actions: TrayActions;
  #shown = '';

  /** Once the app is ready. @param folder of the images. */
  constructor(folder: string, first: Glance, actions: TrayActions) {
    this.#images = new Map(KINDS.map((kind) => [kind, loadImage(folder, kind)]));
    this.#actions = actions;
    this.#tray = new Tray(this.#image(first.kind));
    // On Linux a click may open the menu instead; it holds the same as its first item.
    this.#tray.on('click', () => actions.open());
    this.show(first);
  }

  show(glance: Glance): void {
    // Menus that are open close when they are replaced: only what is new is set.
    const key = JSON.stringify(glance);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#tray.setImage(this.#image(glance.kind));
    this.#tray.setToolTip(`Carillon: ${glance.summary}`);
    this.#tray.setContextMenu(Menu.buildFromTemplate(trayMenu(glance, this.#actions, Date.now())));
  }

  #image(kind: GlanceKind): NativeImage {
    return this.#images.get(kind) ?? nativeImage.createEmpty();
  }
}

/** macOS colours template images itself; the others have colours of their own. Sharper ones (`@2x`) are found by name. */
function loadImage(folder: string, kind: GlanceKind): NativeImage {
  const isMac = process.platform === 'darwin';
  return nativeImage.createFromPath(join(folder, `${kind}${isMac ? 'Template' : ''}.png`));
}
