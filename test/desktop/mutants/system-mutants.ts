/** Faults in what the shell asks of the system that it runs on: starts at login, links, whose notifications are shown. */
import type { ShellMutant } from './shell-mutant.ts';

export const SYSTEM_MUTANTS: readonly ShellMutant[] = [
  {
    name: 'macOS opens a window at login',
    file: 'electron/main/desktop-app.ts',
    from: 'hidden || wasStartedAtLogin()',
    to: 'hidden',
    caughtBy: 'macOS: a start at login',
  },
  {
    name: 'Windows does not know whose notifications are',
    file: 'electron/main/shell.ts',
    from: "if (process.platform === 'win32') app.setAppUserModelId(APP_ID);",
    to: 'void APP_ID;',
    caughtBy: 'Windows: notifications are shown',
  },
  {
    name: 'Windows opens a window at login',
    file: 'electron/main/login-start.ts',
    from: 'openAtLogin: wanted, args: [HIDDEN] }',
    to: 'openAtLogin: wanted }',
    caughtBy: 'Windows: is started at login',
  },
  {
    name: 'an installed copy is not asked to open links',
    file: 'electron/main/shell.ts',
    from: 'if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);',
    to: 'void LINK_SCHEME;',
    caughtBy: 'are for an installed copy to open',
  },
  {
    name: 'links that macOS hands over are not heard',
    file: 'electron/main/desktop-app.ts',
    from: "app.on('open-url',",
    to: "app.on('did-become-active',",
    caughtBy: 'goes to the place that a deep link names',
  },
];
