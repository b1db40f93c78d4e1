/** The settings, as tests speak of them. */
import type { Locator, Page } from '@playwright/test';

export class SettingsPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Opens a section by the list, and waits for what is loaded then. */
  async open(name: string): Promise<void> {
    await this.#page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Settings' }).click();
    await this.sections.getByRole('link', { name, exact: true }).click();
    await this.#page.getByRole('heading', { level: 2, name, exact: true }).waitFor();
    await this.#page.getByRole('main').getByText('Loading …').waitFor({ state: 'detached' });
  }

  get sections(): Locator {
    return this.#page.getByRole('navigation', { name: 'Sections of the settings' });
  }

  panel(name: string): Locator {
    return this.#page.getByRole('region', { name, exact: true });
  }

  get dialog(): Locator {
    return this.#page.getByRole('dialog');
  }

  get notices(): Locator {
    return this.#page.getByRole('region', { name: 'Notices' });
  }
}
