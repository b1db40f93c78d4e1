/** What was typed and not saved yet, kept by the browser for each task, so that a reload loses nothing. */
import type { TaskDefinition } from '../../../core/domain/task.ts';

export interface StoredDraft {
  readonly definition: TaskDefinition;
  /** Epoch milliseconds. */
  readonly savedAt: number;
}

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

const PREFIX = 'carillon.draft.';
/** Older ones give way. */
export const MOST_DRAFTS = 20;
const MOST_CHARACTERS = 400_000;

export class TaskDrafts {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @param key the id of a task, or `new`. What is kept and cannot be read is nothing. */
  read(key: string): StoredDraft | undefined {
    try {
      const stored: unknown = JSON.parse(this.#store.getItem(PREFIX + key) ?? 'null');
      return isDraft(stored) ? stored : undefined;
    } catch {
      this.#store.removeItem(PREFIX + key);
      return undefined;
    }
  }

  /** Keeps a draft; false when the browser has no room for it. */
  write(key: string, draft: StoredDraft): boolean {
    const text = JSON.stringify(draft);
    if (text.length > MOST_CHARACTERS) return false;
    try {
      this.#store.setItem(PREFIX + key, text);
    } catch {
      return false;
    }
    this.#prune();
    return true;
  }

  remove(key: string): void {
    this.#store.removeItem(PREFIX + key);
  }

  #prune(): void {
    const keys: string[] = [];
    for (let index = 0; index < this.#store.length; index += 1) {
      const key = this.#store.key(index);
      if (key?.startsWith(PREFIX) === true) keys.push(key.slice(PREFIX.length));
    }
    const byAge = keys
      .map((key) => ({ key, savedAt: this.read(key)?.savedAt ?? 0 }))
      .sort((a, b) => b.savedAt - a.savedAt);
    for (const { key } of byAge.slice(MOST_DRAFTS)) this.remove(key);
  }
}

function isDraft(value: unknown): value is StoredDraft {
  if (typeof value !== 'object' || value === null) return false;
  const { definition, savedAt } = value as Partial<StoredDraft>;
  return typeof savedAt === 'number' && typeof definition?.about.name === 'string' && 'policy' in definition;
}
