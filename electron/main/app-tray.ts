/** The icon in the tray, one for each state, with its menu. The tooltip says the same in words. */
import { join } from 'node:path';
import { Menu, Tray, nativeImage } from 'electron';
import { GLANCE_KINDS, type Glance } from '../decisions/glance.ts';
import { type TrayActions, trayImage, trayMenu } from '../decisions/tray-menu.ts';

/** Once the app is ready. @param folder of the images. Returns how to show another state. */
export function showTray(folder: string, first: Glance, actions: TrayActions): (glance: Glance) => void {
  // Sharper ones (`@2x`) are found by name.
  const load = (kind: Glance['kind']) => nativeImage.createFromPath(join(folder, trayImage(kind, process.platform)));
  const images = new Map(GLANCE_KINDS.map((kind) => [kind, load(kind)]));
  const tray = new Tray(load(first.kind));
  // On Linux a click may open the menu instead; it holds the same as its first item.
  tray.on('click', () => actions.open());
  let shown = '';
  const show = (glance: Glance): void => {
    // Menus that are open close when they are replaced: only what is new is set.
    const key = JSON.stringify(glance);
    if (key === shown) return;
    shown = key;
    tray.setImage(images.get(glance.kind) ?? nativeImage.createEmpty());
    tray.setToolTip(`Carillon: ${glance.summary}`);
    tray.setContextMenu(Menu.buildFromTemplate(trayMenu(glance, actions, Date.now())));
  };
  show(first);
  return show;
}
