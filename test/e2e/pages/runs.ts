/** The place of runs, as tests speak of it: the table, and the page of one run. */
import type { Locator, Page } from '@playwright/test';

export class RunsPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async open(): Promise<void> {
    await this.#page.getByRole('navigation').getByRole('link', { name: 'Runs', exact: true }).click();
  }

  /** Goes to an address of this place, such as `?state=failed` or `/ID`. */
  async goTo(rest: string): Promise<void> {
    // The login code stands in the address until it is redeemed.
    await this.#page.getByRole('navigation').first().waitFor();
    await this.#page.evaluate((hash) => (location.hash = hash), `#/runs${rest}`);
  }

  get grid(): Locator {
    return this.#page.getByRole('grid', { name: 'Runs' });
  }

  row(name: string | RegExp): Locator {
    return this.grid.getByRole('row', { name });
  }

  get search(): Locator {
    return this.#page.getByRole('searchbox', { name: 'Find runs' });
  }

  filter(name: 'State' | 'Task' | 'Machine' | 'Time'): Locator {
    return this.#page.getByRole('combobox', { name, exact: true });
  }

  get saved(): Locator {
    return this.#page.getByRole('button', { name: 'Saved filters' });
  }

  get heading(): Locator {
    return this.#page.getByRole('main').getByRole('heading', { level: 2 });
  }

  get steps(): Locator {
    return this.#page.getByRole('list', { name: 'Steps' });
  }

  get facts(): Locator {
    return this.#page.getByRole('region', { name: 'Facts' });
  }

  get attempts(): Locator {
    return this.#page.getByRole('navigation', { name: 'Attempts' });
  }

  get output(): Locator {
    return this.#page.getByRole('region', { name: 'Output' });
  }

  get lines(): Locator {
    return this.#page.getByRole('group', { name: 'Lines of output' });
  }

  async showStream(name: 'All' | 'Output only' | 'Errors only'): Promise<void> {
    // The input itself is not to be seen: its label is what people press.
    await this.output.getByText(name, { exact: true }).click();
  }

  get outputSearch(): Locator {
    return this.#page.getByRole('searchbox', { name: 'Find in the output' });
  }
}
