/** The tray at a glance: which state wins, what the menu holds, and that it stays short. */
import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, it } from 'vitest';
import {
  type Facts,
  MOST_NEXT_SHOWN,
  MOST_RUNNING_SHOWN,
  glanceOf,
  offlineGlance,
  offlineText,
  tomorrow,
} from '../../electron/decisions/glance.ts';
import { trayMenu } from '../../electron/decisions/tray-menu.ts';

const NOW = Date.parse('2026-03-10T12:00:00');

/** Only what a glance looks at. */
function facts(overrides: object): Facts {
  const quiet = {
    status: { cluster: { name: 'bell tower' }, warnings: [] },
    running: [],
    failed: [],
    upcoming: [],
    asking: [],
    conflicts: [],
    policy: {},
  };
  return { ...quiet, ...overrides } as unknown as Facts;
}

function glance(overrides: object) {
  return glanceOf(facts(overrides), NOW, (taskId) => `name of ${taskId}`);
}

function menuOf(overrides: object): MenuItemConstructorOptions[] {
  const actions = { open: () => undefined, pause: () => undefined, openLogs: () => undefined, quit: () => undefined };
  return trayMenu(glance(overrides), actions, NOW);
}

const run = { id: 'r1', taskId: 'backup', machineName: 'desk' };

describe('a glance', () => {
  it.each([
    ['fine', {}],
    ['running', { running: [run] }],
    ['attention', { running: [run], failed: [run] }],
    ['attention', { asking: [{ id: 'm', name: 'new', digits: '123456' }] }],
    ['attention', { conflicts: [{ id: 'backup', name: 'Backup' }] }],
    ['attention', { status: { cluster: null, warnings: [{ code: 'X' }] } }],
  ])('is %s', (kind, overrides) => {
    expect(glance(overrides).kind).toBe(kind);
  });

  it('says what is wrong in words', () => {
    expect(glance({ failed: [run, run], running: [run] }).summary).toBe('bell tower · 2 failures · 1 running');
  });

  it('knows a pause only while it lasts', () => {
    expect(glance({ policy: { paused: NOW + 1 } }).pausedUntil).toBe(NOW + 1);
    expect(glance({ policy: { paused: NOW } }).pausedUntil).toBeUndefined();
    expect(glance({ policy: { paused: true } }).pausedUntil).toBe(true);
  });
});

describe('a core that is not there', () => {
  it('is told of with the reason, and with when it is tried again', () => {
    const text = offlineText({ kind: 'down', reason: 'Process 7 uses the data folder /a.', retryAt: NOW });
    expect(text).toMatch(/^Not running: Process 7 uses the data folder \/a\. Started again at \d+\D\d\d\D00/);
  });

  it.each(['starting', 'asleep', 'stopped'] as const)('has a word for being %s', (kind) => {
    expect(offlineText({ kind })).toMatch(/^\w+/);
  });
});

describe('the menu of the tray', () => {
  it('opens, shows logs and quits, whatever happens', () => {
    const actions = { open: () => undefined, pause: () => undefined, openLogs: () => undefined, quit: () => undefined };
    const ids = trayMenu(offlineGlance('Not running'), actions, NOW).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['open', 'tray-logs', 'quit']));
  });

  it('shows few of many', () => {
    const many = Array.from({ length: 40 }, (_, index) => ({ ...run, id: `r${index}` }));
    const upcoming = many.map(({ id }) => ({ taskId: id, taskName: id, at: '2026-03-10T13:00:00Z', machineIds: [] }));
    const ids = menuOf({ running: many, upcoming }).map(({ id }) => id ?? '');
    expect(ids.filter((id) => id.startsWith('running-'))).toHaveLength(MOST_RUNNING_SHOWN);
    expect(ids.filter((id) => id.startsWith('next-'))).toHaveLength(MOST_NEXT_SHOWN);
  });

  it('offers to end a pause in the place of beginning one', () => {
    const ids = (overrides: object): string[] => menuOf(overrides).map(({ id }) => id ?? '');
    expect(ids({})).toContain('pause');
    expect(ids({ policy: { paused: true } })).toContain('resume');
    expect(ids({ policy: { paused: true } })).not.toContain('pause');
  });

  it('pauses until the next morning', () => {
    expect(new Date(tomorrow(NOW)).toString()).toContain('Mar 11 2026 06:00:00');
  });
});
