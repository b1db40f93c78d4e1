/** The menu of the app, as each platform has it: on macOS at the top of the screen, elsewhere in the window behind Alt. */
import type { MenuItemConstructorOptions } from 'electron';
import type { AppChoices, Choice } from './app-choices.ts';

export interface MenuActions {
  readonly choices: AppChoices;
  readonly updatesItself: boolean;
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
        { id: 'logs', label: 'Show logs', click: () => actions.openLogs() },
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

function choices({ choices: { startAtLogin, keepAwake, keysInKeyring } }: MenuActions): MenuItemConstructorOptions[] {
  const noKeyring = keysInKeyring === undefined ? ' (this system offers none)' : '';
  return [
    box('login', 'Start at login, in the tray', startAtLogin),
    box('awake', 'Keep this machine awake while tasks run', keepAwake),
    box('keyring', `Keep keys in the keyring${noKeyring}`, keysInKeyring),
    { type: 'separator' },
  ];
}

/** @param choice undefined where there is nothing to choose. */
function box(id: string, label: string, choice: Choice | undefined): MenuItemConstructorOptions {
  return {
    id,
    label,
    type: 'checkbox',
    enabled: choice !== undefined,
    checked: choice?.isOn === true,
    click: ({ checked }) => choice?.set(checked),
  };
}

function quit(actions: MenuActions, accelerator: string): MenuItemConstructorOptions[] {
  return [{ type: 'separator' }, { id: 'quit-app', label: 'Quit Carillon', accelerator, click: () => actions.quit() }];
}
