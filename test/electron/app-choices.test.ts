/** What a person chooses in the menu: what it shows, and what choosing brings about; starting at login on Linux among it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChoicesHost, appChoices } from '../../electron/decisions/app-choices.ts';
import { autostart, programWords } from '../../electron/decisions/autostart.ts';
import type { DesktopChoices } from '../../electron/decisions/desktop-settings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-choices-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function stage(before: DesktopChoices = {}, more: Partial<ChoicesHost> = {}) {
  const did: string[] = [];
  const kept = { ...before };
  const keyring = {
    isEncryptionAvailable: () => true,
    getSelectedStorageBackend: () => 'gnome_libsecret',
    encryptString: (text: string) => Buffer.from(text),
    decryptString: (bytes: Buffer) => bytes.toString(),
  };
  const choices = () =>
    appChoices({
      settings: { choices: kept, keep: (some) => void Object.assign(kept, some) },
      login: { isOn: () => false, set: (wanted) => void did.push(`login ${wanted}`) },
      keyring,
      platform: 'linux',
      dataFolder: folder,
      restartCore: () => void did.push('restart'),
      showAgain: () => void did.push('show again'),
      refused: (title) => void did.push(title),
      ...more,
    });
  return { choices, did, kept, keyring };
}

describe('what is chosen in the menu', () => {
  it('is as it stands, and as it is at the first start', () => {
    const { choices } = stage();
    expect(choices()).toMatchObject({
      startAtLogin: { isOn: false },
      keepAwake: { isOn: false },
      keysInKeyring: { isOn: true },
    });
    expect(stage({ keepAwake: true, keysInKeyring: false }).choices()).toMatchObject({
      keepAwake: { isOn: true },
      keysInKeyring: { isOn: false },
    });
  });

  it('shows keys of an agent as what they are: readable', () => {
    writeFileSync(join(folder, 'key'), 'a key as agents keep it\n');
    expect(stage().choices().keysInKeyring?.isOn).toBe(false);
  });

  it('is kept, and told to whom it concerns', () => {
    const { choices, did, kept } = stage();
    const { startAtLogin, keepAwake, keysInKeyring } = choices();
    startAtLogin.set(true);
    keepAwake.set(true);
    keysInKeyring?.set(false);
    expect(did).toEqual(['login true', 'show again', 'restart']);
    expect(kept).toEqual({ keepAwake: true, keysInKeyring: false });
  });

  it('is no keyring where there is none', () => {
    const none = { ...stage().keyring, isEncryptionAvailable: () => false };
    expect(stage({}, { keyring: none }).choices().keysInKeyring).toBeUndefined();
  });

  it('is told when the system refuses', () => {
    const set = (): never => {
      throw new Error('EACCES');
    };
    const { choices, did } = stage({}, { login: { isOn: () => false, set } });
    choices().startAtLogin.set(true);
    expect(did).toEqual(['Carillon cannot be started at login']);
  });
});

describe('starting at login, on Linux', () => {
  const entry = (): string => readFileSync(join(folder, 'autostart', 'carillon.desktop'), 'utf8');

  it('is a file of the desktop, made and removed', () => {
    const start = autostart({ XDG_CONFIG_HOME: folder }, '/nowhere', ['/opt/Carillon/carillon-desktop']);
    expect(start.isOn()).toBe(false);
    start.set(true);
    expect(start.isOn()).toBe(true);
    expect(entry()).toContain('\nExec="/opt/Carillon/carillon-desktop" --hidden\n');
    start.set(false);
    expect(start.isOn()).toBe(false);
    start.set(false);
  });

  it('is in the home folder where the environment names none', () => {
    const start = autostart({ XDG_CONFIG_HOME: 'relative' }, folder, ['app']);
    start.set(true);
    expect(readFileSync(join(folder, '.config', 'autostart', 'carillon.desktop'), 'utf8')).toContain('Exec="app"');
  });

  it('quotes words as desktops read them', () => {
    autostart({ XDG_CONFIG_HOME: folder }, '/nowhere', ['/a b/$x `y` "z" 100% \\', 'app']).set(true);
    const [, line] = /^Exec=(.*)$/m.exec(entry()) ?? [];
    // First the string of the file, then the quoted words in it: each has backslashes of its own.
    expect(line?.replaceAll('\\\\', '\\')).toBe('"/a b/\\$x \\`y\\` \\"z\\" 100%% \\\\" "app" --hidden');
  });

  it('says so when the file cannot be written', () => {
    writeFileSync(join(folder, 'autostart'), '');
    expect(() => autostart({ XDG_CONFIG_HOME: folder }, '/nowhere', ['app']).set(true)).toThrow(/EEXIST|ENOTDIR/);
  });

  it('is by the AppImage itself, which is there when it is unpacked no more', () => {
    expect(programWords({ APPIMAGE: '/apps/Carillon.AppImage' }, '/tmp/.mount/app', undefined)).toEqual([
      '/apps/Carillon.AppImage',
    ]);
    expect(programWords({}, '/opt/app', undefined)).toEqual(['/opt/app']);
    expect(programWords({ APPIMAGE: '' }, '/usr/bin/electron', '/src/app')).toEqual(['/usr/bin/electron', '/src/app']);
  });
});
