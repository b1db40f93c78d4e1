/** What was chosen in the command palette lately, newest first; kept in this browser. */

const STORAGE_KEY = 'carillon.recent';
export const MOST_RECENT = 6;

export class RecentChoices {
  readonly #store: Pick<Storage, 'getItem' | 'setItem'>;

  constructor(store: Pick<Storage, 'getItem' | 'setItem'>) {
    this.#store = store;
  }

  get ids(): readonly string[] {
    try {
      const kept: unknown = JSON.parse(this.#store.getItem(STORAGE_KEY) ?? '[]');
      return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string').slice(0, MOST_RECENT) : [];
    } catch {
      // Somebody else wrote there: begin anew.
      return [];
    }
  }

  note(id: string): void {
    const kept = [id, ...this.ids.filter((other) => other !== id)].slice(0, MOST_RECENT);
    this.#store.setItem(STORAGE_KEY, JSON.stringify(kept));
  }
}
