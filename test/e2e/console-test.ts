/**
 * What every test of the console page stands on: a real Chromium, the real console server with a peer in memory behind
 * it, and the demand that the page neither breaks the CSP nor prints an error.
 */
import { AxeBuilder } from '@axe-core/playwright';
import { type Page, expect, test as base } from '@playwright/test';
import type { FakePeer } from '../fakes/peer-handle.ts';
import { type Scene, openScene } from './console-scene.ts';

export { expect };

interface Fixtures {
  /** Serves a peer and opens its page; faults of the page fail the test at its end. */
  readonly visit: (peer: FakePeer) => Promise<Scene>;
  /** Faults that the test expects, by a part of their text. */
  readonly expectedFaults: string[];
}

export const test = base.extend<Fixtures>({
  expectedFaults: async ({}, use) => use([]),
  visit: async ({ page, expectedFaults }, use) => {
    const faults: string[] = [];
    const scenes: Scene[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
    });
    page.on('pageerror', (fault) => faults.push(fault.message));
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective}`));
    });
    await use(async (peer) => {
      const scene = await openScene(peer);
      scenes.push(scene);
      await page.goto(scene.server.loginLinks()[0] ?? '');
      return scene;
    });
    await page.close();
    for (const scene of scenes) await scene.close();
    expect(faults.filter((fault) => !expectedFaults.some((expected) => fault.includes(expected)))).toEqual([]);
  },
});

/** Goes to an address of a page that was just opened, such as `#/settings/about`, once it is logged in. */
export async function goTo(page: Page, address: string): Promise<void> {
  // The login code stands in the address until it is redeemed.
  await page.getByRole('navigation', { name: 'Places' }).waitFor();
  await page.evaluate((hash) => (location.hash = hash), address);
}

/** No fault that axe knows of, in the page as it is now. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(
    violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' | ')}`),
  ).toEqual([]);
}
