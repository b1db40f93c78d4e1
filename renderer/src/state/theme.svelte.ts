/** Light, dark, or as the system says; remembered on this machine. */

export type ThemeChoice = 'system' | 'light' | 'dark';
export const THEME_CHOICES: readonly ThemeChoice[] = ['system', 'light', 'dark'];

const STORAGE_KEY = 'carillon.theme';

export class Theme {
  #choice = $state<ThemeChoice>('system');
  readonly #store: Pick<Storage, 'getItem' | 'setItem'>;
  readonly #root: { readonly dataset: DOMStringMap };

  /** @param root is given the choice as `data-theme`; the style sheet does the rest. */
  constructor(store: Pick<Storage, 'getItem' | 'setItem'>, root: { readonly dataset: DOMStringMap }) {
    this.#store = store;
    this.#root = root;
    const stored = store.getItem(STORAGE_KEY);
    this.#choice = THEME_CHOICES.find((choice) => choice === stored) ?? 'system';
    this.#root.dataset['theme'] = this.#choice;
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  choose(choice: ThemeChoice): void {
    this.#choice = choice;
    this.#root.dataset['theme'] = choice;
    this.#store.setItem(STORAGE_KEY, choice);
  }
}
