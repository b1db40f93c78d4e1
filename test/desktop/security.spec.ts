/** What a page of the app cannot do: the settings that Electron's own list of security points asks for, seen from within. */
import { expect } from '@playwright/test';
import { type DoubleView, inDoubleOnly, inElectronOnly, journalOf, livePage, test, windowOf } from './desktop-test.ts';
import { runtime } from './launch.ts';

test.describe(`the page (${runtime.title})`, () => {
  test('has no Node, and no more of the shell than its bridge', async ({ desktop }) => {
    const page = await livePage(await desktop.start());
    const seen = await page.evaluate(() => {
      const world = globalThis as unknown as Record<string, object | undefined>;
      return {
        node: ['require', 'process', 'module', 'Buffer', 'ipcRenderer', 'electron'].filter((name) => name in world),
        bridge: Object.keys(world['carillonShell'] ?? {}).sort(),
        isSecure: isSecureContext,
      };
    });
    expect(seen).toEqual({ node: [], bridge: ['onFile', 'onGo', 'onTrouble', 'requestCorePort'], isSecure: true });
  });

  test('runs no script that is not its own', async ({ desktop }) => {
    const page = await livePage(await desktop.start());
    const violated = await page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
          const script = document.createElement('script');
          Object.assign(globalThis, { inlineScriptRan: () => resolve('it ran') });
          script.textContent = 'inlineScriptRan()';
          document.body.append(script);
        }),
    );
    expect(violated).toBe('script-src-elem');
  });

  test('reaches no other server', async ({ desktop }) => {
    const page = await livePage(await desktop.start());
    const reached = await page.evaluate(() =>
      fetch('https://example.invalid/').then(
        () => 'reached',
        (fault: unknown) => String(fault),
      ),
    );
    expect(reached).toMatch(/TypeError/);
    const embedded = await page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
          const frame = document.createElement('iframe');
          frame.src = 'https://example.invalid/';
          document.body.append(frame);
        }),
    );
    expect(embedded).toBe('frame-src');
  });

  test('cannot leave, and opens no windows', async ({ desktop }) => {
    inDoubleOnly('the real program would open a browser');
    const app = await desktop.start();
    const page = await livePage(app);
    await page.evaluate(() => {
      location.href = 'https://example.invalid/elsewhere';
    });
    await expect.poll(() => journalOf(app, 'navigation prevented')).toEqual([['https://example.invalid/elsewhere']]);
    await page.evaluate(() => void window.open('https://example.invalid/docs'));
    await expect.poll(() => journalOf(app, 'window.open')).toEqual([['https://example.invalid/docs', 'deny']]);
    const others = await app.evaluate(({ BrowserWindow }) => {
      const { askedToOpen } = (globalThis as unknown as { electronDouble: DoubleView }).electronDouble;
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      const addresses = [
        'http://example.invalid/',
        'file:///etc/passwd',
        'javascript:alert(1)',
        'smb://host/share',
        '',
      ];
      return addresses.map((address) => askedToOpen(contents, address));
    });
    expect([...new Set(others)]).toEqual(['deny']);
    expect(await journalOf(app, 'shell.openExternal')).toEqual([['https://example.invalid/docs']]);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await expect.poll(() => app.windows()).toEqual([page]);
  });

  test('is given no permission but to copy', async ({ desktop }) => {
    inDoubleOnly('prompts of the real program cannot be seen');
    const app = await desktop.start();
    await livePage(app);
    const granted = await app.evaluate(({ BrowserWindow }) => {
      const { asked } = (globalThis as unknown as { electronDouble: DoubleView }).electronDouble;
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      const names = ['media', 'geolocation', 'notifications', 'openExternal', 'clipboard-read', 'hid'];
      const foreign = { getURL: () => 'https://example.invalid/' };
      return {
        other: names.filter((name) => Object.values(asked(contents, name)).some(Boolean)),
        copying: asked(contents, 'clipboard-sanitized-write'),
        foreign: asked(foreign, 'clipboard-sanitized-write'),
      };
    });
    expect(granted).toEqual({
      other: [],
      copying: { request: true, check: true },
      foreign: { request: false, check: false },
    });
  });

  test('is heard by the main process only from the app’s own top frame', async ({ desktop }) => {
    const app = await desktop.start();
    await livePage(app);
    const ports = await app.evaluate(({ BrowserWindow, ipcMain }) => {
      const own = BrowserWindow.getAllWindows()[0]?.webContents as Electron.WebContents;
      const sent: string[] = [];
      const post = own.postMessage.bind(own);
      own.postMessage = (channel: string, message: unknown, transfer?: Electron.MessagePortMain[]) => {
        sent.push(channel);
        post(channel, message, transfer);
      };
      const url = own.getURL();
      for (const senderFrame of [
        { url: 'https://example.invalid/', parent: null },
        { url: 'app://carillon.example.invalid/index.html', parent: null },
        { url, parent: { url } },
        null,
      ])
        ipcMain.emit('core-port', { sender: own, senderFrame, ports: [] });
      const refused = [...sent];
      ipcMain.emit('core-port', { sender: own, senderFrame: { url, parent: null }, ports: [] });
      return { refused, heard: sent };
    });
    expect(ports).toEqual({ refused: [], heard: ['core-port'] });
  });

  test('keeps reports of crashes on this machine', async ({ desktop }) => {
    inDoubleOnly('the real program has no way to tell');
    const app = await desktop.start(['--hidden']);
    expect(await journalOf(app, 'crashReporter.start')).toEqual([[{ uploadToServer: false }]]);
  });

  test('has the settings that keep it in its sandbox', async ({ desktop }) => {
    inElectronOnly('the double refuses to make a window with others');
    const app = await desktop.start();
    const page = await livePage(app);
    const window = await windowOf(app, page);
    const settings = await window.evaluate((it) =>
      (it.webContents as unknown as { getLastWebPreferences(): object }).getLastWebPreferences(),
    );
    expect(settings).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
    });
  });
});
