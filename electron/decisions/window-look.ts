/** How the window is made: what its page may not do, and how it looks before the page is there. */
import type { BrowserWindowConstructorOptions, WebPreferences } from 'electron';
import { LEAST_SIZE } from './window-place.ts';

/** All that Electron asks of pages that it is to keep in a sandbox, said aloud, whatever it takes for granted. */
export const PAGE_SETTINGS: WebPreferences = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  spellcheck: false,
};

const DARK = '#14161a';
const LIGHT = '#f6f7f9';

/** Not shown until it is wanted, and as light or dark as its page will be. */
export function windowLook(isDark: boolean): BrowserWindowConstructorOptions {
  return {
    title: 'Carillon',
    minWidth: LEAST_SIZE.width,
    minHeight: LEAST_SIZE.height,
    show: false,
    autoHideMenuBar: true,
    backgroundColor: isDark ? DARK : LIGHT,
  };
}
