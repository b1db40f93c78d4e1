/**
 * What a page may not do, whatever is in it: leave, open windows, embed others, ask for permissions, or speak to the main
 * process from anywhere but the top frame of the app's own address. Links to the web go to the browser of the system.
 */
import { type IpcMainEvent, app, ipcMain, session, shell } from 'electron';
import { isAppAddress } from './app-protocol.ts';

/** Copying a token or an address is all that the page needs of the system. */
const PERMISSIONS: readonly string[] = ['clipboard-sanitized-write'];

/** From now on every page is guarded, whoever makes it. */
export function guardPages(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => {
      if (!isAppAddress(event.url)) event.preventDefault();
    });
    contents.on('will-redirect', (event) => {
      if (!isAppAddress(event.url)) event.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      if (isWebAddress(url)) void shell.openExternal(url);
      return { action: 'deny' };
    });
  });
}

/** Once the app is ready. */
export function guardPermissions(): void {
  session.defaultSession.setPermissionRequestHandler((contents, permission, answer) =>
    answer(PERMISSIONS.includes(permission) && isAppAddress(contents.getURL())),
  );
  session.defaultSession.setPermissionCheckHandler(
    (contents, permission) => PERMISSIONS.includes(permission) && contents !== null && isAppAddress(contents.getURL()),
  );
  session.defaultSession.setDevicePermissionHandler(() => false);
}

/** Hears a message of the page; what comes from elsewhere is not heard. */
export function onPageMessage(channel: string, listener: (event: IpcMainEvent) => void): void {
  ipcMain.on(channel, (event) => {
    if (isOwnPage(event)) listener(event);
  });
}

function isOwnPage({ senderFrame }: IpcMainEvent): boolean {
  return senderFrame !== null && senderFrame.parent === null && isAppAddress(senderFrame.url);
}

function isWebAddress(address: string): boolean {
  return URL.canParse(address) && new URL(address).protocol === 'https:';
}
