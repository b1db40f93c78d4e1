/** What a person takes from the window elsewhere: an invitation, by the camera of another machine, and a backup, as a file. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { Locator } from 'playwright';
import { encode } from 'uqr';
import { ask, createCluster, livePage, test } from './desktop-test.ts';
import { endAgent, startAgent } from './headless-agent.ts';
import { makeDataFolder, runtime } from './launch.ts';

/** The fields of a drawn QR code as a camera sees them, dark or light, each in its middle. */
async function fieldsSeen(drawn: Locator, side: number): Promise<boolean[][]> {
  const picture = (await drawn.screenshot()).toString('base64');
  return drawn.evaluate(
    async (_element, [bytes, count]) => {
      const image = new Image();
      image.src = `data:image/png;base64,${bytes}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const pen = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
      pen.drawImage(image, 0, 0);
      // Within its frame of one pixel.
      const middle = (index: number): number => 1 + ((index + 0.5) / count) * (image.width - 2);
      return Array.from({ length: count }, (_row, y) =>
        Array.from({ length: count }, (_field, x) => {
          const [red = 255] = pen.getImageData(middle(x), middle(y), 1, 1).data;
          return red < 128;
        }),
      );
    },
    [picture, side] as const,
  );
}

test.describe(`what is taken along (${runtime.title})`, () => {
  test('shows an invitation as a QR code, by which another machine joins', async ({ desktop }) => {
    const page = await livePage(await desktop.start());
    await createCluster(desktop.folder, page);
    await page.getByRole('navigation').getByRole('link', { name: 'Machines' }).click();
    await page.getByRole('button', { name: 'Invite a machine' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Make the invitation' }).click();
    const drawn = dialog.getByRole('img', { name: 'The invitation as a QR code' });
    await expect(drawn).toBeVisible();
    const command = await dialog.getByLabel('Command to join').innerText();
    const token = command.replace('carillon join ', '');
    const { data, size } = encode(token, { border: 2 });
    const rows = (fields: boolean[][]): string[] =>
      fields.map((row) => row.map((isDark) => (isDark ? '#' : '.')).join(''));
    expect(rows(await fieldsSeen(drawn, size))).toEqual(rows(data));
    const other = makeDataFolder();
    const agent = await startAgent(other.path);
    try {
      await ask(other.path, 'POST', '/cluster/join', { token, machineName: 'new one' });
      await expect(page.getByRole('grid', { name: 'Machines' }).getByText('new one')).toBeAttached();
    } finally {
      await endAgent(agent);
      other.remove();
    }
  });

  test('saves a backup where its person wants it, byte for byte', async ({ desktop }) => {
    const app = await desktop.start();
    const page = await livePage(app);
    await createCluster(desktop.folder, page);
    await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('link', { name: 'Backup and restore', exact: true }).click();
    await page.getByRole('button', { name: 'Make a backup now' }).click();
    const download = page.getByRole('button', { name: 'Download' });
    await expect(download).toBeEnabled();
    const place = join(desktop.folder, 'taken along');
    // In the place of a person who chooses a folder.
    const saved = await app.evaluateHandle(({ session }, path) => {
      const told: string[] = [];
      session.defaultSession.on('will-download', (_event, item) => {
        item.setSavePath(path);
        item.once('done', (_done, state) => told.push(item.getFilename(), state));
      });
      return told;
    }, place);
    await download.click();
    const [name = ''] = await readdir(join(desktop.folder, 'backups'));
    await expect.poll(() => saved.jsonValue()).toEqual([name, 'completed']);
    expect((await readFile(place)).equals(await readFile(join(desktop.folder, 'backups', name)))).toBe(true);
  });
});
