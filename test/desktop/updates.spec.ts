/**
 * An installed copy is updated by the real electron-updater: looked for on a server, fetched, checked against its hash, and put in the
 * place of an AppImage, each when a person agrees, and not while tasks run. What is fetched is a script that says that it was started.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { ElectronApplication, JSHandle } from 'playwright';
import {
  type DoubleView,
  ask,
  corePid,
  createCluster,
  define,
  inDoubleOnly,
  livePage,
  onLinuxOnly,
  runsOf,
  test,
  trayState,
} from './desktop-test.ts';
import { makeInstalledCopy } from './installed-copy.ts';
import { runtime } from './launch.ts';

const VERSION = '99.0.0';
const FILE = `Carillon-${VERSION}-linux-x64.AppImage`;

/** The place for updates: has none until it is told to. */
class Releases {
  readonly asked: string[] = [];
  program: string | undefined;
  /** What the program is said to be. */
  told: string | undefined;
  readonly #server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://releases').pathname;
    this.asked.push(path);
    const text = path === '/latest-linux.yml' ? this.#index() : path === `/${FILE}` ? this.program : undefined;
    response.writeHead(text === undefined ? 404 : 200).end(text);
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #index(): string | undefined {
    if (this.program === undefined) return undefined;
    const hash = createHash('sha512')
      .update(this.told ?? this.program)
      .digest('base64');
    const size = Buffer.byteLength(this.program);
    return `version: ${VERSION}\nfiles:\n  - url: ${FILE}\n    sha512: ${hash}\n    size: ${size}\npath: ${FILE}\nsha512: ${hash}\n`;
  }
}

interface Copy {
  /** The folder that Electron takes for the archive. */
  readonly app: string;
  readonly image: string;
  /** Written by the next copy when it is started. */
  readonly mark: string;
  readonly environment: Record<string, string>;
}

/** A copy as an AppImage holds it, made for a place of updates. */
async function install(folder: string, url: string): Promise<Copy> {
  const app = await makeInstalledCopy(folder);
  await writeFile(
    join(app, '..', 'app-update.yml'),
    `provider: generic\nurl: ${url}\nupdaterCacheDirName: carillon-updater\n`,
  );
  const image = join(folder, 'Carillon.AppImage');
  await writeFile(image, 'the old one', { mode: 0o755 });
  return {
    app,
    image,
    mark: join(folder, 'started'),
    environment: { APPIMAGE: image, XDG_CACHE_HOME: join(folder, 'cache') },
  };
}

/** Agrees to every question, and keeps them. */
function agree(app: ElectronApplication): Promise<JSHandle<string[]>> {
  return app.evaluateHandle(({ dialog }) => {
    const asked: string[] = [];
    dialog.showMessageBox = (...values: unknown[]) => {
      asked.push((values.at(-1) as { message: string }).message);
      return Promise.resolve({ response: 0, checkboxChecked: false });
    };
    return asked;
  });
}

/** Once more: while the app looks by itself it hears nobody. */
async function lookForUpdates(app: ElectronApplication, releases: Releases): Promise<void> {
  await expect(async () => {
    await app.evaluate(({ Menu }) => void Menu.getApplicationMenu()?.getMenuItemById('updates')?.click());
    expect(releases.asked.length).toBeGreaterThan(1);
  }).toPass();
}

function told(app: ElectronApplication): Promise<string[]> {
  return app.evaluate(() =>
    (globalThis as unknown as { electronDouble: DoubleView }).electronDouble.notifications.map(({ body }) => body),
  );
}

test.describe(`updates (${runtime.title})`, () => {
  test.beforeEach(() => {
    inDoubleOnly('the real program puts nothing in place of itself unless it was installed');
    onLinuxOnly('an AppImage is what is put in place here');
  });

  test('are fetched, wait for the runs of this machine, and take its place when its core has taken leave', async ({
    desktop,
  }) => {
    const releases = new Releases();
    try {
      const copy = await install(desktop.folder, await releases.start());
      const app = await desktop.start([], copy.environment, copy.app);
      const page = await livePage(app);
      await createCluster(desktop.folder, page);
      // By itself it looks at its start; that there is none is nobody's concern.
      await expect.poll(() => releases.asked).toEqual(['/latest-linux.yml']);
      await define(desktop.folder, 'long-one', ['sleep', '600']);
      await ask(desktop.folder, 'POST', '/tasks/long-one/run', {});
      await expect
        .poll(() =>
          app.evaluate(() => (globalThis as unknown as { electronDouble: DoubleView }).electronDouble.trayText),
        )
        .toContain('1 running');
      const questions = await agree(app);
      releases.program = `#!/bin/sh\ncat '${join(desktop.folder, 'agent.pid')}' > '${copy.mark}' 2>&1\n`;
      await lookForUpdates(app, releases);
      await expect.poll(() => releases.asked.slice(1)).toEqual(['/latest-linux.yml', `/${FILE}`]);
      expect(await questions.jsonValue()).toEqual([`Carillon ${VERSION} can be had.`]);
      const [run] = await runsOf(desktop.folder);
      const closed = app.waitForEvent('close');
      await ask(desktop.folder, 'POST', `/runs/${run?.id ?? ''}/cancel`, {});
      await closed;
      expect(await readFile(copy.image, 'utf8')).toBe(releases.program);
      expect(await corePid(desktop.folder)).toBe(0);
      // The next copy found the data folder free.
      await expect.poll(() => readFile(copy.mark, 'utf8').catch(() => '')).toContain('No such file');
    } finally {
      releases.stop();
    }
  });

  test('wait for a core that was killed, since its runs live on without it', async ({ desktop }) => {
    const releases = new Releases();
    try {
      const copy = await install(desktop.folder, await releases.start());
      const app = await desktop.start([], copy.environment, copy.app);
      await createCluster(desktop.folder, await livePage(app));
      await expect.poll(() => releases.asked).toEqual(['/latest-linux.yml']);
      await define(desktop.folder, 'long-one', ['sleep', '600']);
      await ask(desktop.folder, 'POST', '/tasks/long-one/run', {});
      await expect.poll(() => trayState(app)).toBe('running');
      const [run] = await runsOf(desktop.folder);
      const questions = await agree(app);
      // The machine sleeps before the core is started again: it stays away until that wakes.
      process.kill(await corePid(desktop.folder), 'SIGKILL');
      await expect.poll(() => trayState(app)).toBe('offline');
      await app.evaluate(({ powerMonitor }) => powerMonitor.emit('suspend'));
      releases.program = '#!/bin/sh\n';
      await lookForUpdates(app, releases);
      const log = (): Promise<string> => readFile(join(desktop.folder, 'desktop.log'), 'utf8');
      await expect.poll(log).toMatch(/an update waits: .* cannot be told/);
      const closed = app.waitForEvent('close');
      await app.evaluate(({ powerMonitor }) => powerMonitor.emit('resume'));
      await expect.poll(log).toMatch(/an update waits: Tasks run on this machine/);
      expect(await questions.jsonValue()).toEqual([`Carillon ${VERSION} can be had.`]);
      expect(await readFile(copy.image, 'utf8')).toBe('the old one');
      await expect(() => ask(desktop.folder, 'POST', `/runs/${run?.id ?? ''}/cancel`, {})).toPass();
      await closed;
      expect(await readFile(copy.image, 'utf8')).toBe(releases.program);
    } finally {
      releases.stop();
    }
  });

  test('that were changed on their way are thrown away, and this copy goes on', async ({ desktop }) => {
    const releases = new Releases();
    try {
      const copy = await install(desktop.folder, await releases.start());
      const app = await desktop.start([], copy.environment, copy.app);
      await livePage(app);
      await expect.poll(() => releases.asked).toEqual(['/latest-linux.yml']);
      const questions = await agree(app);
      Object.assign(releases, { program: '#!/bin/sh\necho evil\n', told: '#!/bin/sh\necho good\n' });
      await lookForUpdates(app, releases);
      await expect.poll(() => told(app)).toContainEqual(expect.stringContaining('is damaged, and was thrown away'));
      expect(new Set(await questions.jsonValue())).toEqual(new Set([`Carillon ${VERSION} can be had.`]));
      expect(await readFile(copy.image, 'utf8')).toBe('the old one');
      expect(await corePid(desktop.folder)).toBeGreaterThan(0);
    } finally {
      releases.stop();
    }
  });
});
