/** What a person has chosen for the app on this machine, and where its window stood: `desktop.json`, lost without harm. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const pixels = z.int().min(-100_000).max(100_000);

const settingsSchema = z.object({
  /** What closing the window does; absent: it is asked. */
  onClose: z.enum(['tray', 'quit']).optional(),
  /** Keeps the machine awake while tasks run. */
  keepAwake: z.boolean().optional(),
  /** The keys are wrapped by the keyring of the system, or are not; absent: those that the app makes are. */
  keysInKeyring: z.boolean().optional(),
  window: z
    .object({
      x: pixels.optional(),
      y: pixels.optional(),
      width: z.int().min(200).max(20_000),
      height: z.int().min(200).max(20_000),
      maximized: z.boolean(),
    })
    .optional(),
});
export type DesktopChoices = z.infer<typeof settingsSchema>;
export type WindowPlace = NonNullable<DesktopChoices['window']>;

const FILE_NAME = 'desktop.json';

export class DesktopSettings {
  #choices: DesktopChoices;
  readonly #path: string;

  /** @param folder of the app's own state; it exists. */
  constructor(folder: string) {
    this.#path = join(folder, FILE_NAME);
    this.#choices = read(this.#path);
  }

  get choices(): DesktopChoices {
    return this.#choices;
  }

  /** Keeps what is given beside what was chosen before. */
  keep(choices: DesktopChoices): void {
    this.#choices = { ...this.#choices, ...choices };
    const temporary = `${this.#path}.tmp`;
    try {
      writeFileSync(temporary, `${JSON.stringify(this.#choices, null, 2)}\n`, { mode: 0o600 });
      renameSync(temporary, this.#path);
    } catch (fault) {
      // The disk is full or the folder gone: the choice holds until the app ends.
      console.warn('the settings of the desktop app were not kept:', String(fault));
    }
  }
}

function read(path: string): DesktopChoices {
  try {
    return settingsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // First start, or a damaged file: everything is as if nothing had been chosen.
    return {};
  }
}
