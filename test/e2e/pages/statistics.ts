/** The place of statistics, as tests speak of it. */
import type { Locator, Page } from '@playwright/test';

export class StatisticsPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async open(): Promise<void> {
    await this.#page.getByRole('navigation').getByRole('link', { name: 'Statistics' }).click();
    await this.#page.getByRole('heading', { name: 'Statistics' }).waitFor();
  }

  panel(name: string): Locator {
    return this.#page.getByRole('region', { name, exact: true }).first();
  }

  /** One of the few figures at the top, by its label. */
  figure(label: string): Locator {
    return this.#page.locator('dl > div').filter({ hasText: label });
  }

  async period(name: string): Promise<void> {
    await this.#page.getByRole('group', { name: 'Period' }).getByText(name, { exact: true }).click();
  }
}
