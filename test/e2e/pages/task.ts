/** The page of one task, as tests speak of it. */
import type { Locator, Page } from '@playwright/test';

export class TaskPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Opens a task by the table. */
  async open(name: string): Promise<void> {
    await this.#page.getByRole('navigation').getByRole('link', { name: 'Tasks' }).click();
    const row = this.#page.getByRole('grid', { name: 'Tasks' }).getByRole('row', { name });
    await row.getByText(name, { exact: true }).click();
    await this.#page.getByRole('heading', { name, exact: true }).waitFor();
  }

  /** The name of the task at the top of its page. */
  title(name: string): Locator {
    return this.#page.getByRole('heading', { level: 2, name, exact: true });
  }

  async tab(name: string): Promise<void> {
    await this.#page.getByRole('tab', { name }).click();
  }

  get panel(): Locator {
    return this.#page.getByRole('tabpanel');
  }

  part(name: string): Locator {
    return this.#page.getByRole('region', { name, exact: true });
  }

  get actions(): Locator {
    return this.#page.getByRole('toolbar', { name: 'Actions' });
  }
}
