/**
 * The two figures of the first screen: how many runs of the last 24 hours succeeded and how late they started, beside
 * the week before. Counting takes the agent a moment where there are many runs, so it is asked now and then.
 */
import type { Signal } from '../../../core/api/event-schemas.ts';
import type { StatisticsOutput } from '../../../core/api/statistics-schemas.ts';
import { isFinal } from '../format/run-state.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import { every } from './every.ts';
import { Refresher } from './refresher.ts';
import type { Scheduler } from './scheduler.ts';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const PAUSE_MS = 15_000;
const LOOK_MS = 60_000;
/** The week before moves on slowly. */
const BEFORE_AGE_MS = 600_000;

export interface Figures {
  /** 0 to 1; null when nothing ended. */
  readonly successRate: number | null;
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
}

export class OverviewFigures {
  #day = $state.raw<Figures | undefined>();
  #before = $state.raw<Figures | undefined>();
  #beforeAt = -Infinity;
  readonly #access: ApiAccess;
  readonly #scheduler: Scheduler;
  readonly #refresher: Refresher;

  constructor(access: ApiAccess, scheduler: Scheduler) {
    this.#access = access;
    this.#scheduler = scheduler;
    this.#refresher = new Refresher(() => this.#load(), PAUSE_MS, scheduler);
  }

  /** Of the last 24 hours; undefined until they are counted. */
  get day(): Figures | undefined {
    return this.#day;
  }

  /** Of the seven days before those. */
  get before(): Figures | undefined {
    return this.#before;
  }

  /** @returns how to stop */
  start(onSignal: (listener: (signal: Signal) => void) => () => void): () => void {
    this.#refresher.ask();
    const stopHearing = onSignal((signal) => {
      const ended = signal.kind === 'run' && signal.runs.some((run) => isFinal(run.state));
      if (ended || signal.kind === 'resync') this.#refresher.ask();
    });
    const stopLooking = every(this.#scheduler, LOOK_MS, () => this.#refresher.ask());
    return () => {
      stopHearing();
      stopLooking();
      this.#refresher.cancel();
    };
  }

  async #load(): Promise<void> {
    const now = this.#scheduler.now();
    const since = now - DAY_MS;
    const day = await this.#access.call((api, signal) => api.statistics.show({ since, limit: 1 }, { signal }));
    if (!day.ok) return;
    this.#day = figuresOf(day.value);
    if (now - this.#beforeAt < BEFORE_AGE_MS) return;
    const week = { since: since - WEEK_MS, until: since, limit: 1 };
    const before = await this.#access.call((api, signal) => api.statistics.show(week, { signal }));
    if (!before.ok) return;
    this.#before = figuresOf(before.value);
    this.#beforeAt = now;
  }
}

function figuresOf({ successRate, lateness }: StatisticsOutput): Figures {
  return { successRate, medianMs: lateness.medianMs, p95Ms: lateness.p95Ms };
}
