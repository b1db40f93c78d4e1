/**
 * Where the page is: the address behind `#`, as a path and a query, so that every view can be linked to, reloaded and
 * gone back from. `#/tasks/nightly-backup?tab=runs` is the path `tasks`, `nightly-backup` and the query `tab`.
 */

/** The places of the console, in the order of the sidebar. */
export const PLACES = ['overview', 'machines', 'tasks', 'runs', 'statistics', 'settings'] as const;
export type Place = (typeof PLACES)[number];

/** What is needed of the browser; tests bring their own. */
export interface Addresses {
  hash(): string;
  /** Sets the part behind `#`, with or without a step to go back to. */
  set(hash: string, how: 'push' | 'replace'): void;
  /** Calls back when a person goes back, forward, or follows a link. */
  listen(changed: () => void): () => void;
}

export type Query = Readonly<Record<string, string | undefined>>;

/** The address of a path, for `href`. Empty values of the query are left out. */
export function addressOf(path: readonly string[], query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') search.set(name, value);
  const tail = search.size > 0 ? `?${search.toString()}` : '';
  return `#/${path.map(encodeURIComponent).join('/')}${tail}`;
}

export class Router {
  #hash = $state('');
  readonly #addresses: Addresses;
  readonly #parts = $derived.by(() => partsOf(this.#hash));
  #stop: (() => void) | undefined;

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
    this.#hash = addresses.hash();
    this.#stop = addresses.listen(() => (this.#hash = addresses.hash()));
  }

  /** The segments, decoded; empty on the first screen. */
  get path(): readonly string[] {
    return this.#parts.path;
  }

  get query(): Query {
    return this.#parts.query;
  }

  /** Undefined when the address names no place. */
  get place(): Place | undefined {
    const first = this.path[0] ?? 'overview';
    return PLACES.find((place) => place === first);
  }

  go(path: readonly string[], query: Query = {}): void {
    this.#set(addressOf(path, query), 'push');
  }

  /** Changes the query where it is, for filters and tabs; no step to go back to. */
  refine(query: Query): void {
    this.#set(addressOf(this.path, { ...this.query, ...query }), 'replace');
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #set(hash: string, how: 'push' | 'replace'): void {
    if (hash === this.#hash) return;
    this.#addresses.set(hash, how);
    this.#hash = hash;
  }
}

function partsOf(hash: string): { path: readonly string[]; query: Query } {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const segments = path.split('/').filter((segment) => segment !== '');
  return { path: segments.map(decoded), query: Object.fromEntries(new URLSearchParams(search)) };
}

/** A segment that is no valid escape is taken as it stands: it then names nothing, and the page says so. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
