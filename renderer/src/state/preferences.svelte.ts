/** How this browser likes the page, beside its theme and language; remembered on this machine. */

export type Density = 'dense' | 'roomy';
export const DENSITIES: readonly Density[] = ['dense', 'roomy'];

const DENSITY_KEY = 'carillon.density';
const SHORTCUTS_KEY = 'carillon.shortcuts';

export class Preferences {
  #density = $state<Density>('dense');
  #shortcuts = $state(true);
  readonly #store: Pick<Storage, 'getItem' | 'setItem'>;
  readonly #root: { readonly dataset: DOMStringMap };

  /** @param root is given the density as `data-density`; the style sheet does the rest. */
  constructor(store: Pick<Storage, 'getItem' | 'setItem'>, root: { readonly dataset: DOMStringMap }) {
    this.#store = store;
    this.#root = root;
    this.#density = DENSITIES.find((density) => density === store.getItem(DENSITY_KEY)) ?? 'dense';
    this.#shortcuts = store.getItem(SHORTCUTS_KEY) !== 'off';
    root.dataset['density'] = this.#density;
  }

  get density(): Density {
    return this.#density;
  }

  chooseDensity(density: Density): void {
    this.#density = density;
    this.#root.dataset['density'] = density;
    this.#store.setItem(DENSITY_KEY, density);
  }

  /** Whether keys without Ctrl or Cmd do anything; people who speak to their computer turn them off (WCAG 2.1.4). */
  get shortcuts(): boolean {
    return this.#shortcuts;
  }

  useShortcuts(on: boolean): void {
    this.#shortcuts = on;
    this.#store.setItem(SHORTCUTS_KEY, on ? 'on' : 'off');
  }
}
