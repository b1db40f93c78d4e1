/** The notifications centre: what happened, and what of it somebody at this browser has read. */
import type { PairingList } from '../../../core/api/pairing-schemas.ts';
import type { Signal } from '../../../core/api/event-schemas.ts';
import type { Translate } from '../i18n/language.svelte.ts';
import type { ConsoleState } from './console.svelte.ts';
import { type Notification, notificationsOf } from './notifications.ts';
import { Refresher } from './refresher.ts';
import { RunWindow } from './run-window.svelte.ts';

const DAY_MS = 86_400_000;
const MOST_RUNS = 100;
const PAIRING_PAUSE_MS = 1000;
const STORAGE_KEY = 'carillon.read';
/** Keys of what was read; more than can be shown at once. */
const MOST_READ = 400;

export class NotificationsState {
  readonly #runs: RunWindow;
  #asked = $state.raw<PairingList['asked']>([]);
  #read = $state.raw<ReadonlySet<string>>(new Set());
  readonly #page: Pick<ConsoleState, 'access' | 'scheduler' | 'cluster' | 'tasks' | 'onSignal'>;
  readonly #store: Pick<Storage, 'getItem' | 'setItem'>;
  readonly #t: Translate;
  readonly #pairings: Refresher;
  #stop: () => void = () => undefined;

  constructor(
    page: Pick<ConsoleState, 'access' | 'scheduler' | 'cluster' | 'tasks' | 'onSignal'>,
    store: Pick<Storage, 'getItem' | 'setItem'>,
    t: Translate,
  ) {
    this.#page = page;
    this.#store = store;
    this.#t = t;
    this.#runs = new RunWindow(
      { states: ['failed', 'timed-out', 'lost', 'refused'], lengthMs: DAY_MS, most: MOST_RUNS },
      page.access,
      page.scheduler,
    );
    this.#pairings = new Refresher(() => this.#loadPairings(), PAIRING_PAUSE_MS, page.scheduler);
    this.#read = new Set(readKeys(store));
  }

  /** Newest first. */
  readonly list: readonly Notification[] = $derived.by(() => {
    const { cluster, tasks } = this.#page;
    return notificationsOf(
      {
        runs: this.#runs.list,
        machines: cluster.machines,
        asked: this.#asked,
        tasks: tasks.all,
        nameOf: (id) => tasks.nameOf(id),
      },
      this.#t,
    );
  });

  readonly unread: number = $derived(this.list.filter(({ key }) => !this.#read.has(key)).length);

  isRead(key: string): boolean {
    return this.#read.has(key);
  }

  start(): void {
    this.#lookAgain();
    this.#stop = this.#page.onSignal((signal) => this.#handle(signal));
  }

  stop(): void {
    this.#stop();
    this.#pairings.cancel();
    this.#runs.stop();
  }

  markRead(keys: readonly string[]): void {
    const all = [...this.#read, ...keys.filter((key) => !this.#read.has(key))].slice(-MOST_READ);
    this.#read = new Set(all);
    this.#store.setItem(STORAGE_KEY, JSON.stringify(all));
  }

  markAllRead(): void {
    this.markRead(this.list.map(({ key }) => key));
  }

  #handle(signal: Signal): void {
    if (signal.kind === 'run') this.#runs.note(signal.runs);
    else if (signal.kind === 'resync') this.#lookAgain();
    else if (signal.kind === 'cluster') this.#pairings.ask();
  }

  #lookAgain(): void {
    this.#runs.reload();
    this.#pairings.ask();
  }

  async #loadPairings(): Promise<void> {
    const outcome = await this.#page.access.call((api, signal) => api.pairing.list({}, { signal }));
    if (outcome.ok) this.#asked = outcome.value.asked;
  }
}

function readKeys(store: Pick<Storage, 'getItem'>): readonly string[] {
  try {
    const kept: unknown = JSON.parse(store.getItem(STORAGE_KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((key) => typeof key === 'string').slice(-MOST_READ) : [];
  } catch {
    // Somebody else wrote there: everything is unread.
    return [];
  }
}
