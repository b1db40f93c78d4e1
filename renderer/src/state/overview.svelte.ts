/**
 * What the first screen shows beyond what the page knows anyway: failures of the last day, the runs of the last hours,
 * who asks to join, and what comes next. Made by the screen, and stopped with it.
 */
import type { PairingList } from '../../../core/api/pairing-schemas.ts';
import type { Signal } from '../../../core/api/event-schemas.ts';
import type { Translate } from '../i18n/language.svelte.ts';
import { statesOf } from '../format/run-state.ts';
import type { ConsoleState } from './console.svelte.ts';
import { every } from './every.ts';
import { watchHeartbeats } from './heartbeat-look.ts';
import { type Looks, looksOf } from './looks.ts';
import { Refresher } from './refresher.ts';
import { RunWindow } from './run-window.svelte.ts';
import { type Occurrence, PAST_MS } from './timeline.ts';

export const DAY_MS = 86_400_000;
const PAIRING_PAUSE_MS = 1000;
const FORECAST_PAUSE_MS = 10_000;
/** What comes due moves on, even when nothing changes. */
const FORECAST_LOOK_MS = 300_000;
const MOST_FORECAST = 3000;
const MOST_ACTIVE = 500;
const MOST_FAILED = 500;
const MOST_WAITING = 100;
const MOST_RECENT = 3000;
const NONE: Looks = { open: [], recovered: [] };

/** The parts of the page that the first screen lives from. */
export type OverviewPage = Pick<
  ConsoleState,
  'access' | 'scheduler' | 'clock' | 'cluster' | 'tasks' | 'outcomes' | 'onSignal'
>;

export class OverviewState {
  readonly active: RunWindow;
  readonly failed: RunWindow;
  readonly waiting: RunWindow;
  readonly recent: RunWindow;
  #upcoming = $state.raw<readonly Occurrence[]>([]);
  #upcomingLoaded = $state(false);
  #asked = $state.raw<PairingList['asked']>([]);
  readonly #page: OverviewPage;
  readonly #pairings: Refresher;
  readonly #forecast: Refresher;
  #stop: () => void = () => undefined;

  constructor(page: OverviewPage) {
    const { access, scheduler } = page;
    this.#page = page;
    this.active = new RunWindow({ states: statesOf('active') ?? [], most: MOST_ACTIVE }, access, scheduler);
    const failing = { states: statesOf('failed') ?? [], lengthMs: DAY_MS, most: MOST_FAILED };
    this.failed = new RunWindow(failing, access, scheduler);
    this.waiting = new RunWindow({ states: ['withheld'], lengthMs: DAY_MS, most: MOST_WAITING }, access, scheduler);
    this.recent = new RunWindow({ lengthMs: PAST_MS, most: MOST_RECENT }, access, scheduler);
    this.#pairings = new Refresher(() => this.#loadPairings(), PAIRING_PAUSE_MS, scheduler);
    this.#forecast = new Refresher(() => this.#loadForecast(), FORECAST_PAUSE_MS, scheduler);
  }

  /** Machines that ask to join. */
  get asked(): PairingList['asked'] {
    return this.#asked;
  }

  /** False until enough is known to say that all is well. */
  get loaded(): boolean {
    return this.failed.loaded && this.active.loaded;
  }

  start(): void {
    this.#lookAgain();
    const { scheduler } = this.#page;
    const stopHearing = this.#page.onSignal((signal) => this.#handle(signal));
    const stopLooking = watchHeartbeats(this.#page);
    const stopForecast = every(scheduler, FORECAST_LOOK_MS, () => this.#forecast.ask());
    this.#stop = () => {
      stopHearing();
      stopLooking();
      stopForecast();
    };
  }

  stop(): void {
    this.#stop();
    this.#pairings.cancel();
    this.#forecast.cancel();
    for (const window of this.#windows) window.stop();
  }

  /** What needs a look, in the words of the page. */
  looks(t: Translate): Looks {
    const { status } = this.#page.cluster;
    if (status === undefined) return NONE;
    return looksOf(
      {
        status,
        failed: this.failed.list,
        waiting: this.waiting.list,
        recent: this.recent.list,
        tasks: this.#page.tasks.all,
        asked: this.#asked,
        lastOf: (id) => this.#page.outcomes.of(id),
        nameOf: (id) => this.#page.tasks.nameOf(id),
      },
      t,
    );
  }

  /** Tasks that failed: what became of them since must be known. */
  get failedTaskIds(): readonly string[] {
    return [...new Set(this.failed.list.map((run) => run.taskId))];
  }

  /** What comes due in the next day and on whom, soonest first. */
  get upcoming(): readonly Occurrence[] {
    return this.#upcoming;
  }

  /** False until it is known what comes next. */
  get upcomingLoaded(): boolean {
    return this.#upcomingLoaded;
  }

  get #windows(): readonly RunWindow[] {
    return [this.active, this.failed, this.waiting, this.recent];
  }

  #handle(signal: Signal): void {
    if (signal.kind === 'run') for (const window of this.#windows) window.note(signal.runs);
    else if (signal.kind === 'resync') this.#lookAgain();
    else {
      this.#forecast.ask();
      if (signal.kind === 'cluster') this.#pairings.ask();
    }
  }

  #lookAgain(): void {
    for (const window of this.#windows) window.reload();
    this.#pairings.ask();
    this.#forecast.ask();
  }

  async #loadForecast(): Promise<void> {
    const outcome = await this.#page.access.call((api, signal) =>
      api.tasks.forecast({ limit: MOST_FORECAST }, { signal }),
    );
    if (!outcome.ok) return;
    this.#upcoming = outcome.value.occurrences.map((occurrence) => ({ ...occurrence, at: Date.parse(occurrence.at) }));
    this.#upcomingLoaded = true;
  }

  async #loadPairings(): Promise<void> {
    const outcome = await this.#page.access.call((api, signal) => api.pairing.list({}, { signal }));
    if (outcome.ok) this.#asked = outcome.value.asked;
  }
}
