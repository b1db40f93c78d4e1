/** The menu of each platform: the same acts, where people look for them. */
import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, it } from 'vitest';
import { type MenuActions, appMenu } from '../../electron/decisions/app-menu.ts';

function menuOn(platform: string, more: Partial<MenuActions> = {}) {
  const did: string[] = [];
  const note =
    (what: string) =>
    (value?: string | boolean): void =>
      void did.push(value === undefined ? what : `${what} ${value}`);
  const actions: MenuActions = {
    choices: {
      startAtLogin: { isOn: true, set: note('login') },
      keepAwake: { isOn: false, set: note('awake') },
      keysInKeyring: { isOn: false, set: note('keyring') },
    },
    updatesItself: true,
    open: note('open'),
    openLogs: note('logs'),
    checkUpdates: note('updates'),
    quit: note('quit'),
    ...more,
  };
  const all = (items: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
    items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? all(item.submenu) : [])]);
  const template = appMenu(actions, platform);
  const items = all(template);
  const click = (id: string, checked = true): void => {
    const item = items.find((candidate) => candidate.id === id);
    (item?.click as ((item: { checked: boolean }) => void) | undefined)?.({ checked });
  };
  return { template, items, did, click };
}

describe('the menu', () => {
  it('begins with the app itself on macOS, and with File elsewhere', () => {
    expect(menuOn('darwin').template[0]?.label).toBe('Carillon');
    expect(menuOn('linux').template[0]?.label).toBe('&File');
    expect(menuOn('win32').template[0]?.label).toBe('&File');
  });

  it.each(['darwin', 'linux', 'win32'])('does all that can be done, on %s', (platform) => {
    const { items, did, click } = menuOn(platform);
    const ids = items.flatMap(({ id }) => id ?? []);
    for (const id of ids) click(id);
    expect(did.sort()).toEqual(
      ['awake true', 'keyring true', 'login true', 'logs', 'quit', 'updates']
        .concat(['machines', 'overview', 'runs', 'settings', 'statistics', 'tasks'].map((place) => `open #/${place}`))
        .sort(),
    );
    const accelerators = items.flatMap(({ accelerator }) => accelerator ?? []);
    expect(new Set(accelerators).size).toBe(accelerators.length);
  });

  it('shows what is chosen', () => {
    const checked = menuOn('linux').items.flatMap(({ id, checked: isChecked }) => (isChecked === true ? [id] : []));
    expect(checked).toEqual(['login']);
  });

  it('says that there is no keyring where there is none', () => {
    const choice = { isOn: true, set: () => undefined };
    const choices = { startAtLogin: choice, keepAwake: choice, keysInKeyring: undefined };
    const { items } = menuOn('linux', { choices });
    const item = items.find(({ id }) => id === 'keyring');
    expect(item).toMatchObject({ enabled: false, checked: false, label: expect.stringContaining('offers none') });
  });

  it('offers no updates where this copy is not updated by itself', () => {
    const labelOf = (updatesItself: boolean) =>
      menuOn('linux', { updatesItself }).items.find(({ id }) => id === 'updates')?.label;
    expect(labelOf(true)).toBe('Look for updates …');
    expect(labelOf(false)).toBe('Why this copy is not updated by itself …');
  });
});
