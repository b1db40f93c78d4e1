/** Short messages at the edge of the page: what was done, what was refused, and how to take it back. Few at a time. */
import type { Refusal } from '../client/refusal.ts';
import type { Scheduler } from './scheduler.ts';

export interface Notice {
  readonly id: number;
  readonly tone: 'done' | 'error';
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

export const MOST_NOTICES = 4;
const SHOWN_MS = { done: 8000, error: 12_000 } as const;

export class Notices {
  #list = $state.raw<readonly Notice[]>([]);
  #nextId = 1;
  readonly #timers = new Map<number, () => void>();
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get list(): readonly Notice[] {
    return this.#list;
  }

  done(text: string, action?: Notice['action']): void {
    this.#add({ id: this.#nextId, tone: 'done', text, ...(action === undefined ? {} : { action }) });
  }

  refused(refusal: Refusal): void {
    this.#add({ id: this.#nextId, tone: 'error', text: refusal.message, advice: refusal.advice });
  }

  dismiss(id: number): void {
    this.#timers.get(id)?.();
    this.#timers.delete(id);
    this.#list = this.#list.filter((notice) => notice.id !== id);
  }

  /** Keeps a notice while somebody reads it or is about to act on it. */
  hold(id: number): void {
    this.#timers.get(id)?.();
  }

  /** Lets it go again after its time. */
  release(id: number): void {
    const notice = this.#list.find((candidate) => candidate.id === id);
    if (notice !== undefined) this.#arm(notice);
  }

  /** Does what the newest notice offers, such as taking a deletion back; false when none offers anything. */
  actOnNewest(): boolean {
    const notice = this.#list.findLast((candidate) => candidate.action !== undefined);
    if (notice === undefined) return false;
    this.act(notice);
    return true;
  }

  act(notice: Notice): void {
    this.dismiss(notice.id);
    notice.action?.run();
  }

  #add(notice: Notice): void {
    this.#nextId += 1;
    const same = this.#list.find((other) => other.text === notice.text && other.action === undefined);
    if (same !== undefined) this.dismiss(same.id);
    const [oldest] = this.#list;
    if (this.#list.length >= MOST_NOTICES && oldest !== undefined) this.dismiss(oldest.id);
    this.#list = [...this.#list, notice];
    this.#arm(notice);
  }

  #arm(notice: Notice): void {
    this.#timers.get(notice.id)?.();
    this.#timers.set(
      notice.id,
      this.#scheduler.after(SHOWN_MS[notice.tone], () => this.dismiss(notice.id)),
    );
  }
}
