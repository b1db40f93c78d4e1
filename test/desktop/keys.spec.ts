/** Keys at rest: wrapped by the keyring of the system where there is one, readable where an agent must read them. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { ElectronApplication } from 'playwright';
import { ask, corePid, createCluster, inDoubleOnly, livePage, test, trayLabels, trayState } from './desktop-test.ts';
import { ROOT, runtime } from './launch.ts';

const KEYRING = { DOUBLE_KEYRING: 'gnome_libsecret:of one user' };
const OTHER_KEYRING = { DOUBLE_KEYRING: 'gnome_libsecret:of another user' };

/** Each key file: `wrapped`, `plain`, or its fault. */
async function forms(folder: string): Promise<string[]> {
  const texts = await Promise.all(['key', 'sealing-key'].map((name) => readFile(join(folder, name), 'utf8')));
  return texts.map((text) =>
    / wrapped-by:keyring [\w-]{80}\n$/.test(text) ? 'wrapped' : text.length < 80 ? 'plain' : text,
  );
}

async function machineId(folder: string): Promise<string> {
  return ((await ask(folder, 'GET', '/health')) as { machineId: string }).machineId;
}

async function keyCheck(folder: string): Promise<string> {
  const { checks } = (await ask(folder, 'GET', '/health/checks')) as { checks: { name: string; detail: string }[] };
  return checks.find(({ name }) => name === 'keys')?.detail ?? '';
}

/** Chooses the item of the menu, and waits for the core that is started with the choice. */
async function chooseKeyring(app: ElectronApplication, folder: string): Promise<void> {
  const before = await corePid(folder);
  await app.evaluate(({ Menu }) => void Menu.getApplicationMenu()?.getMenuItemById('keyring')?.click());
  await expect.poll(() => corePid(folder)).not.toBe(before);
  await expect.poll(() => corePid(folder)).not.toBe(0);
  await expect.poll(() => trayState(app)).toBe('fine');
}

/** Runs a headless agent on the folder until it ends or serves; returns what it said. */
async function tryAgent(folder: string): Promise<{ code: number | null; said: string }> {
  const words = [
    'start',
    '--data',
    folder,
    '--no-mdns',
    '--listen',
    '/ip4/127.0.0.1/tcp/0',
    '--console',
    '0',
    '--json',
  ];
  const agent = spawn(process.execPath, [join(ROOT, 'agent', 'bin', 'carillon.mjs'), ...words]);
  let said = '';
  for (const stream of [agent.stdout, agent.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('"ready"')) agent.kill('SIGTERM');
    });
  }
  const code = await new Promise<number | null>((resolve) => agent.once('close', resolve));
  return { code, said };
}

test.describe(`the keys (${runtime.title})`, () => {
  test.beforeEach(() => inDoubleOnly('the keyring of a real system is its person’s'));

  test('are wrapped by the keyring from their first start on, and opened at the next', async ({ desktop }) => {
    const app = await desktop.start(['--hidden'], KEYRING);
    await expect.poll(() => trayState(app)).toBe('fine');
    expect(await forms(desktop.folder)).toEqual(['wrapped', 'wrapped']);
    expect(await keyCheck(desktop.folder)).toMatch(/^wrapped by the keyring of the system/);
    const id = await machineId(desktop.folder);
    await app.close();
    const again = await desktop.start(['--hidden'], KEYRING);
    await expect.poll(() => trayState(again)).toBe('fine');
    expect(await machineId(desktop.folder)).toBe(id);
  });

  test('are readable by their user where there is no keyring, and doctor says so', async ({ desktop }) => {
    const app = await desktop.start(['--hidden']);
    await expect.poll(() => trayState(app)).toBe('fine');
    expect(await forms(desktop.folder)).toEqual(['plain', 'plain']);
    expect(await keyCheck(desktop.folder)).toMatch(/^in files that this user alone can read: .*no keyring/);
    const item = await app.evaluate(({ Menu }) => {
      const { label, enabled } = Menu.getApplicationMenu()?.getMenuItemById('keyring') ?? {};
      return { label, enabled };
    });
    expect(item).toEqual({ label: expect.stringContaining('offers none'), enabled: false });
  });

  test('are told of in the settings', async ({ desktop }) => {
    const app = await desktop.start([], KEYRING);
    const page = await livePage(app);
    await createCluster(desktop.folder, page);
    await page.evaluate(() => (location.hash = '#/settings/about'));
    await expect(page.getByText('Wrapped by the keyring of the system')).toBeVisible();
    await chooseKeyring(app, desktop.folder);
    await expect(page.getByText('In files that this user alone can read')).toBeVisible();
  });

  test('of an agent stay as they are, until a person moves them in the menu, and back', async ({ desktop }) => {
    expect((await tryAgent(desktop.folder)).said).toContain('"ready"');
    const app = await desktop.start(['--hidden'], KEYRING);
    await expect.poll(() => trayState(app)).toBe('fine');
    const id = await machineId(desktop.folder);
    expect(await forms(desktop.folder)).toEqual(['plain', 'plain']);
    await chooseKeyring(app, desktop.folder);
    expect(await forms(desktop.folder)).toEqual(['wrapped', 'wrapped']);
    expect(await machineId(desktop.folder)).toBe(id);
    await chooseKeyring(app, desktop.folder);
    expect(await forms(desktop.folder)).toEqual(['plain', 'plain']);
    expect(await machineId(desktop.folder)).toBe(id);
  });

  test('that are wrapped are left alone by an agent, and by the keyring of another user', async ({ desktop }) => {
    const app = await desktop.start(['--hidden'], KEYRING);
    await expect.poll(() => trayState(app)).toBe('fine');
    await app.close();
    const before = await readFile(join(desktop.folder, 'key'), 'utf8');
    const { code, said } = await tryAgent(desktop.folder);
    expect(code).not.toBe(0);
    expect(said).toContain('wrapped by the keyring that the desktop app uses');
    expect(said).toContain('Keep keys in the keyring');
    const other = await desktop.start(['--hidden'], OTHER_KEYRING);
    await expect.poll(() => trayLabels(other)).toContainEqual(expect.stringContaining('is wrapped by the keyring'));
    expect(await readFile(join(desktop.folder, 'key'), 'utf8')).toBe(before);
  });
});
