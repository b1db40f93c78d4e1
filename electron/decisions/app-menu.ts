/** The menu of the app, as each platform has it: on macOS at the top of the screen, elsewhere in the window behind Alt. */
import type { MenuItemConstructorOptions } from 'electron';

export interface MenuActions {
  readonly startsAtLogin: boolean;
  readonly keepsAwake: boolean;
  /** Whether the keys are kept in the keyring of the system; undefined where it has none. */
  readonly keysInKeyring: boolean | undefined;
  readonly updatesItself: boolean;
  setStartAtLogin(wanted: boolean): void;
  setKeepAwake(wanted: boolean): void;
  setKeysInKeyring(wanted: boolean): void;
  open(hash: string): void;
  openLogs(): void;
  checkUpdates(): void;
  quit(): void;
}

const PLACES = ['overview', 'machines', 'tasks', 'runs', 'statistics', 'settings'] as const;

/** @param platform as `process.platform` has it. */
export function appMenu(actions: MenuActions, platform: string): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  return [
    isMac ? macMenu(actions) : { label: '&File', submenu: [...choices(actions), ...quit(actions, 'Ctrl+Q')] },
    { role: 'editMenu' },
    {
      label: '&Go',
      submenu: PLACES.map((place, index) => ({
        id: `go-${place}`,
        label: place.slice(0, 1).toUpperCase() + place.slice(1),
        accelerator: `CmdOrCtrl+${index + 1}`,
        click: () => actions.open(`#/${place}`),
      })),
    },
    {
      label: '&View',
      submenu: [
        { role: 'reload' },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        { id: 'logs', label: 'Open the folder of logs', click: () => actions.openLogs() },
        {
          id: 'updates',
          label: actions.updatesItself ? 'Look for updates …' : 'Why this copy is not updated by itself …',
          click: () => actions.checkUpdates(),
        },
      ],
    },
  ];
}

function macMenu(actions: MenuActions): MenuItemConstructorOptions {
  return {
    label: 'Carillon',
    submenu: [
      { role: 'about' },
      { type: 'separator' },
      ...choices(actions),
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      ...quit(actions, 'Cmd+Q'),
    ],
  };
}

function choices(actions: MenuActions): MenuItemConstructorOptions[] {
  return [
    {
      id: 'login',
      label: 'Start at login, in the tray',
      type: 'checkbox',
      checked: actions.startsAtLogin,
      click: ({ checked }) => actions.setStartAtLogin(checked),
    },
    {
      id: 'awake',
      label: 'Keep this machine awake while tasks run',
      type: 'checkbox',
      checked: actions.keepsAwake,
      click: ({ checked }) => actions.setKeepAwake(checked),
    },
    {
      id: 'keyring',
      label:
        actions.keysInKeyring === undefined
          ? 'Keep keys in the keyring (this system offers none)'
          : 'Keep keys in the keyring',
      type: 'checkbox',
      enabled: actions.keysInKeyring !== undefined,
      checked: actions.keysInKeyring === true,
      click: ({ checked }) => actions.setKeysInKeyring(checked),
    },
    { type: 'separator' },
  ];
}

function quit(actions: MenuActions, accelerator: string): MenuItemConstructorOptions[] {
  return [{ type: 'separator' }, { id: 'quit-app', label: 'Quit Carillon', accelerator, click: () => actions.quit() }];
}
