/** The first screen, as tests speak of it. */
import type { Locator, Page } from '@playwright/test';

export class OverviewPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get headline(): Locator {
    return this.#page.getByRole('main').getByRole('heading', { level: 2 }).first();
  }

  get needs(): Locator {
    return this.#panel('Needs a look');
  }

  get running(): Locator {
    return this.#panel('Running now');
  }

  /** How many succeeded and how late they started, beside the week before. */
  get figures(): Locator {
    return this.#page.getByRole('main').getByRole('link', { name: /Succeeded in 24 h/ });
  }

  get next(): Locator {
    return this.#panel('Next');
  }

  get timeline(): Locator {
    return this.#panel('Timeline');
  }

  #panel(name: string): Locator {
    return this.#page.getByRole('region', { name, exact: true });
  }
}
