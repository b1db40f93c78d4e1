/**
 * Dialogs by the keyboard alone: each takes the focus, which can be seen, Escape closes it and gives the focus back; and
 * axe finds nothing in it, nor in the banner of a lost connection. Dialogs of a story of their own are looked at there.
 */
import type { Locator, Page, WebSocketRoute } from '@playwright/test';
import { MACHINES } from '../fakes/peer-handle.ts';
import { livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, test } from './console-test.ts';

/** By address: the names of the buttons that open one. */
const DIALOGS: readonly (readonly [at: string, buttons: readonly string[]])[] = [
  [`machines/${MACHINES.beta}`, ['Rename', 'Labels', 'Roles', 'Remove']],
  ['settings/secrets', ['Add a secret']],
  ['settings/calendars', ['Add a calendar']],
  ['settings/channels', ['Add a channel']],
];

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [at, buttons] of DIALOGS) {
    test(`dialogs of ${at.split('/')[0]}/${buttons[0]} by keyboard, in the ${colorScheme} theme`, async ({
      page,
      visit,
    }) => {
      test.setTimeout(180_000);
      await page.emulateMedia({ colorScheme });
      await visit(livelyPeer());
      await page.evaluate((hash) => (location.hash = `#/${hash}`), at);
      for (const name of buttons) {
        const opener = page.getByRole('main').getByRole('button', { name, exact: true });
        await expect(opener).toBeEnabled();
        await opener.focus();
        await page.keyboard.press('Enter');
        await expect(page.getByRole('dialog')).toBeVisible();
        await page.keyboard.press('Tab');
        await expect.poll(() => focusIsSeenIn(page.getByRole('dialog'))).toBe(true);
        await expectAccessible(page);
        await page.keyboard.press('Escape');
        await expect(page.getByRole('dialog')).toBeHidden();
        await expect(opener).toBeFocused();
      }
    });
  }

  test(`the banner of a lost connection has no accessibility fault in the ${colorScheme} theme`, async ({
    page,
    visit,
    expectedFaults,
  }) => {
    expectedFaults.push('WebSocket');
    await page.emulateMedia({ colorScheme });
    const cutOff = await cuttable(page);
    await visit(livelyPeer());
    await expect(page.getByText('4 things need a look')).toBeVisible();
    await cutOff();
    await expect(page.getByRole('alert')).toContainText('cannot be reached');
    await expectAccessible(page);
  });
}

test('a form keeps what was typed while the agent cannot be reached, and is not sent', async ({
  page,
  visit,
  expectedFaults,
}) => {
  expectedFaults.push('WebSocket');
  const cutOff = await cuttable(page);
  await visit(livelyPeer());
  await page.evaluate(() => (location.hash = '#/settings/secrets'));
  await page.getByRole('button', { name: 'Add a secret' }).click();
  const name = page.getByRole('dialog').getByLabel('Name');
  const save = page.getByRole('dialog').getByRole('button', { name: 'Save' });
  await name.fill('db-password');
  await expect(save).toBeEnabled();
  await cutOff();
  await expect(save).toBeDisabled();
  await expect(name).toHaveValue('db-password');
});

/** Whether something in a dialog has the focus, with an outline that is drawn. */
async function focusIsSeenIn(dialog: Locator): Promise<boolean> {
  return dialog.evaluate((element) => {
    const focused = document.activeElement;
    if (focused === null || !element.contains(focused)) return false;
    const { outlineStyle, outlineWidth } = getComputedStyle(focused);
    return outlineStyle !== 'none' && outlineWidth !== '0px';
  });
}

/** Passes connections on until it is told not to; none comes through from then on. */
async function cuttable(page: Page): Promise<() => Promise<void>> {
  const sockets: WebSocketRoute[] = [];
  let cut = false;
  await page.routeWebSocket(/\/rpc$/, (socket) => {
    if (cut) {
      void socket.close();
      return;
    }
    socket.connectToServer();
    sockets.push(socket);
  });
  return async () => {
    cut = true;
    for (const socket of sockets) await socket.close();
  };
}
