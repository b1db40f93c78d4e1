/** Holds every page to `page-rules.ts`: it cannot leave, open windows, embed others, or be given what it has no use for. */
import { type IpcMainEvent, app, ipcMain, session, shell } from 'electron';
import { isAppAddress } from '../decisions/app-address.ts';
import { mayBeHeard, mayHave, mayOpenOutside } from '../decisions/page-rules.ts';

/** From now on every page is guarded, whoever makes it. */
export function guardPages(): void {
  const stay = (event: { readonly url: string; preventDefault(): void }): void => {
    if (!isAppAddress(event.url)) event.preventDefault();
  };
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', stay);
    contents.on('will-redirect', stay);
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      if (mayOpenOutside(url)) void shell.openExternal(url);
      return { action: 'deny' };
    });
  });
}

/** Once the app is ready. */
export function guardPermissions(): void {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((page, permission, answer) => answer(mayHave(permission, page.getURL())));
  defaultSession.setPermissionCheckHandler((page, permission) => mayHave(permission, page?.getURL()));
  defaultSession.setDevicePermissionHandler(() => false);
}

/** Hears a message of the page; what comes from elsewhere is not heard. */
export function onPageMessage(channel: string, listener: (event: IpcMainEvent) => void): void {
  ipcMain.on(channel, (event) => {
    if (mayBeHeard(event.senderFrame)) listener(event);
  });
}
