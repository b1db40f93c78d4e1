/** The menu of the tray, from what is known at a glance. Plain data, so that it can be looked at without a tray. */
import type { MenuItemConstructorOptions } from 'electron';
import { type Glance, type GlanceKind, timeText, tomorrow } from './glance.ts';

export interface TrayActions {
  open(hash?: string): void;
  /** @param until epoch milliseconds, or undefined to end the pause. */
  pause(until: number | undefined): void;
  /** What a person sends who reports that something is wrong. */
  openLogs(): void;
  quit(): void;
}

const HOUR_MS = 3_600_000;

/** The file of the icon. macOS colours template images itself; the others have colours of their own. */
export function trayImage(kind: GlanceKind, platform: string): string {
  return `${kind}${platform === 'darwin' ? 'Template' : ''}.png`;
}

/** @param wallMs now, epoch milliseconds. */
export function trayMenu(glance: Glance, actions: TrayActions, wallMs: number): MenuItemConstructorOptions[] {
  return [
    { id: 'open', label: 'Open Carillon', click: () => actions.open() },
    { id: 'summary', label: glance.summary, enabled: false },
    { type: 'separator' },
    ...runningItems(glance, actions),
    ...nextItems(glance, actions),
    ...pauseItems(glance, actions, wallMs),
    { type: 'separator' },
    { id: 'tray-logs', label: 'Show logs', click: () => actions.openLogs() },
    { id: 'quit', label: 'Quit Carillon', click: () => actions.quit() },
  ];
}

function runningItems({ running }: Glance, actions: TrayActions): MenuItemConstructorOptions[] {
  if (running.length === 0) return [];
  return [
    { label: 'Running', enabled: false },
    ...running.map(({ runId, text }, index) => ({
      id: `running-${index}`,
      label: `  ${text}`,
      click: () => actions.open(`#/runs/${encodeURIComponent(runId)}`),
    })),
    { type: 'separator' },
  ];
}

function nextItems({ next }: Glance, actions: TrayActions): MenuItemConstructorOptions[] {
  if (next.length === 0) return [];
  return [
    { label: 'Next', enabled: false },
    ...next.map(({ taskId, text }, index) => ({
      id: `next-${index}`,
      label: `  ${text}`,
      click: () => actions.open(`#/tasks/${encodeURIComponent(taskId)}`),
    })),
    { type: 'separator' },
  ];
}

function pauseItems({ kind, pausedUntil }: Glance, actions: TrayActions, wallMs: number): MenuItemConstructorOptions[] {
  const enabled = kind !== 'offline';
  if (pausedUntil !== undefined) {
    const label = pausedUntil === true ? 'Resume' : `Resume (paused until ${timeText(pausedUntil, wallMs)})`;
    return [{ id: 'resume', label, enabled, click: () => actions.pause(undefined) }];
  }
  return [
    {
      id: 'pause',
      label: 'Pause this machine',
      enabled,
      submenu: [
        { id: 'pause-hour', label: 'For an hour', click: () => actions.pause(Date.now() + HOUR_MS) },
        { id: 'pause-tomorrow', label: 'Until tomorrow', click: () => actions.pause(tomorrow(Date.now())) },
      ],
    },
  ];
}
