/** The editor of a task, as tests speak of it. */
import type { Locator, Page } from '@playwright/test';

export class TaskEditorPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get name(): Locator {
    return this.#page.getByRole('textbox', { name: 'Name', exact: true });
  }

  get command(): Locator {
    return this.#page.getByRole('textbox', { name: 'Command' });
  }

  /** The first way to come due. */
  get when(): Locator {
    return this.#page.getByRole('group', { name: 'Time 1' }).getByRole('combobox', { name: 'When' });
  }

  get cron(): Locator {
    return this.#page.getByRole('textbox', { name: 'Cron expression' });
  }

  /** Which task it follows, and after what of it. */
  get after(): Locator {
    return this.#page.getByRole('combobox', { name: 'The other task, by its id' });
  }

  get outcome(): Locator {
    return this.#page.getByRole('combobox', { name: 'Which must have' });
  }

  get preview(): Locator {
    return this.#page.getByRole('region', { name: 'When it would run' });
  }

  get machines(): Locator {
    return this.#page.getByRole('group', { name: 'Machines' });
  }

  /** Takes its only time away. */
  async byHandOnly(): Promise<void> {
    await this.#page.getByRole('button', { name: 'Only by hand' }).click();
  }

  /** Makes it a script, and writes that once the editor of it has come. */
  async writeScript(script: string): Promise<void> {
    await this.#page.getByText('A script', { exact: true }).click();
    const field = this.#page.getByRole('textbox', { name: 'Script' });
    await field.locator('.cm-line').first().waitFor();
    await field.fill(script);
  }

  /** Only this machine may run it. */
  async pinTo(machine: string): Promise<void> {
    await this.#page.getByText('A chosen one', { exact: true }).click();
    await this.#page.getByRole('combobox', { name: 'Machine' }).selectOption(machine);
  }

  /** Shows the task as a file. */
  async showFile(): Promise<Locator> {
    await this.#page.getByText('As a file', { exact: true }).click();
    return this.#page.getByRole('textbox', { name: 'Task file' });
  }

  /** Shows where the task is tried before it is saved. */
  async showTry(): Promise<Locator> {
    await this.#page.getByText('Try it', { exact: true }).click();
    return this.#page.getByRole('region', { name: 'Try it' });
  }

  async save(): Promise<void> {
    await this.#page.getByRole('button', { name: 'Save', exact: true }).first().click();
  }
}
