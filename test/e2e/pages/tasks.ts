/** The place of tasks, as tests speak of it: the table. */
import type { Locator, Page } from '@playwright/test';

export class TasksPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async open(): Promise<void> {
    await this.#page.getByRole('navigation').getByRole('link', { name: 'Tasks' }).click();
  }

  get grid(): Locator {
    return this.#page.getByRole('grid', { name: 'Tasks' });
  }

  row(name: string | RegExp): Locator {
    return this.grid.getByRole('row', { name });
  }

  choose(name: string): Locator {
    return this.#page.getByRole('checkbox', { name: `Choose ${name}`, exact: true });
  }

  get bulk(): Locator {
    return this.#page.getByRole('toolbar', { name: 'Chosen' });
  }

  get search(): Locator {
    return this.#page.getByRole('searchbox', { name: 'Find tasks' });
  }
}
