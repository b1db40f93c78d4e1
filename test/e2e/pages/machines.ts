/** The place of machines, as tests speak of it: the table, the page of one, the ring, and who wants to come in. */
import type { Locator, Page } from '@playwright/test';

export class MachinesPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async open(): Promise<void> {
    await this.#page.getByRole('navigation').getByRole('link', { name: 'Machines' }).click();
    await this.grid.waitFor();
  }

  /** The page of one machine, from the table. */
  async openMachine(name: string): Promise<void> {
    await this.row(name).click();
    await this.title(name).waitFor();
  }

  async openRing(): Promise<void> {
    await this.#page.getByRole('link', { name: 'Who owns what' }).click();
    await this.ring.waitFor();
  }

  get grid(): Locator {
    return this.#page.getByRole('grid', { name: 'Machines' });
  }

  row(name: string): Locator {
    return this.grid.getByRole('row').filter({ hasText: name });
  }

  title(name: string): Locator {
    return this.#page.getByRole('heading', { level: 2, name, exact: true });
  }

  get actions(): Locator {
    return this.#page.getByRole('toolbar', { name: 'Actions' });
  }

  get dialog(): Locator {
    return this.#page.getByRole('dialog');
  }

  get requests(): Locator {
    return this.#page.getByRole('region', { name: 'Ask to join' });
  }

  get ring(): Locator {
    return this.#page.getByRole('img', { name: /^Ring of/ });
  }

  get whatIf(): Locator {
    return this.#page.getByRole('combobox', { name: 'Machine that goes' });
  }

  panel(name: string): Locator {
    return this.#page.getByRole('region', { name, exact: true });
  }
}
