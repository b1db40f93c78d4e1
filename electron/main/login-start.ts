/** Starting at login, into the tray: login items of macOS and Windows, and on Linux `autostart.ts`. */
import { homedir } from 'node:os';
import { app } from 'electron';
import { HIDDEN, type LoginStart, autostart, programWords } from '../decisions/autostart.ts';

export function loginStart(): LoginStart {
  if (process.platform === 'linux') {
    const words = programWords(process.env, process.execPath, app.isPackaged ? undefined : app.getAppPath());
    return autostart(process.env, homedir(), words);
  }
  return {
    isOn: () => app.getLoginItemSettings({ args: [HIDDEN] }).openAtLogin,
    set: (wanted) => app.setLoginItemSettings({ openAtLogin: wanted, args: [HIDDEN] }),
  };
}

/** macOS hands login items no words; it tells when it was at login. Once the app is ready. */
export function wasStartedAtLogin(): boolean {
  return process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin;
}
