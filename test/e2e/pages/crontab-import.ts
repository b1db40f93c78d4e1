/** The import of a crontab, as tests speak of it. */
import type { Locator, Page } from '@playwright/test';

export class CrontabImportPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async open(): Promise<void> {
    await this.#page.getByRole('navigation').getByRole('link', { name: 'Tasks' }).click();
    await this.#page.getByRole('button', { name: 'Import a crontab' }).click();
  }

  get text(): Locator {
    return this.#page.getByRole('textbox', { name: 'Crontab' });
  }

  get preview(): Locator {
    return this.#page.getByRole('region', { name: 'What becomes of it' });
  }

  row(name: string | RegExp): Locator {
    return this.preview.getByRole('row', { name });
  }

  create(count: number): Locator {
    return this.#page.getByRole('button', { name: count === 1 ? 'Create one task' : `Create ${count} tasks` });
  }
}
