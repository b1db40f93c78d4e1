/** Filters that a person has named, kept in this browser. What was stored amiss is left out; what is removed can be brought back. */
import { RUN_FILTER_KEYS } from './run-filter.ts';
import type { Query } from './router.svelte.ts';

export interface SavedFilter {
  readonly name: string;
  readonly query: Query;
}

export const MOST_SAVED = 30;
export const LONGEST_NAME = 60;
const STORAGE_KEY = 'carillon.run-filters';

export class SavedFilters {
  #list = $state.raw<readonly SavedFilter[]>([]);
  readonly #store: Pick<Storage, 'getItem' | 'setItem'>;

  constructor(store: Pick<Storage, 'getItem' | 'setItem'>) {
    this.#store = store;
    this.#list = parse(store.getItem(STORAGE_KEY));
  }

  /** By name. */
  get list(): readonly SavedFilter[] {
    return this.#list;
  }

  /** The saved filter that says the same as this query. */
  find(query: Query): SavedFilter | undefined {
    const wanted = keyOf(query);
    return this.#list.find((saved) => keyOf(saved.query) === wanted);
  }

  /** Keeps a filter; one of the same name gives way, and the oldest names stay when there are too many. */
  save(name: string, query: Query): void {
    const trimmed = name.trim().slice(0, LONGEST_NAME);
    if (trimmed === '') return;
    const others = this.#list.filter((saved) => saved.name !== trimmed).slice(0, MOST_SAVED - 1);
    this.#set([...others, { name: trimmed, query: filterPart(query) }]);
  }

  remove(name: string): void {
    this.#set(this.#list.filter((saved) => saved.name !== name));
  }

  #set(list: readonly SavedFilter[]): void {
    this.#list = list.toSorted((left, right) => left.name.localeCompare(right.name));
    this.#store.setItem(STORAGE_KEY, JSON.stringify(this.#list));
  }
}

/** All keys that filter, so that what is not asked for is taken out of the address. */
export function filterPart(query: Query): Query {
  return Object.fromEntries(RUN_FILTER_KEYS.map((key) => [key, query[key] === '' ? undefined : query[key]]));
}

function keyOf(query: Query): string {
  return RUN_FILTER_KEYS.map((key) => query[key] ?? '').join('\n');
}

function parse(text: string | null): readonly SavedFilter[] {
  let stored: unknown;
  try {
    stored = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  return (Array.isArray(stored) ? stored : []).flatMap((entry: unknown): SavedFilter[] => {
    if (typeof entry !== 'object' || entry === null || !('name' in entry) || !('query' in entry)) return [];
    const { name, query } = entry;
    if (typeof name !== 'string' || typeof query !== 'object' || query === null) return [];
    const parts = Object.entries(query).filter((part): part is [string, string] => typeof part[1] === 'string');
    return [{ name: name.slice(0, LONGEST_NAME), query: filterPart(Object.fromEntries(parts)) }];
  });
}
