/**
 * The figures of the place of statistics: those of the time that is asked about, and of the time before. Asked anew when
 * the question changes, and now and then; answers to a question that is not asked any more are let go.
 */
import type { Signal } from '../../../core/api/event-schemas.ts';
import type { StatisticsOutput } from '../../../core/api/statistics-schemas.ts';
import type { Outcome, Refusal } from '../client/refusal.ts';
import type { ConsoleState } from './console.svelte.ts';
import { every } from './every.ts';
import { Refresher } from './refresher.ts';
import type { Router } from './router.svelte.ts';
import { type Span, spanBefore, spanOf, statisticsFilterOf } from './statistics-question.ts';

const PAUSE_MS = 300;
/** A long time takes the agent a moment to count. */
const LOOK_MS = 60_000;

export type StatisticsParts = Pick<ConsoleState, 'access' | 'scheduler' | 'onSignal'>;

export class StatisticsState {
  readonly filter = $derived.by(() => statisticsFilterOf(this.#router.query, this.#parts.scheduler.now()));
  #now = $state.raw<StatisticsOutput | undefined>();
  #before = $state.raw<StatisticsOutput | undefined>();
  #refusal = $state.raw<Refusal | undefined>();
  #busy = $state(false);
  #asked = 0;
  readonly #parts: StatisticsParts;
  readonly #router: Router;
  readonly #timeZone: string;
  readonly #refresher: Refresher;

  /** @param timeZone an IANA name: where days begin, and which hour of the week it is */
  constructor(parts: StatisticsParts, router: Router, timeZone: string) {
    this.#parts = parts;
    this.#router = router;
    this.#timeZone = timeZone;
    this.#refresher = new Refresher(() => this.#load(), PAUSE_MS, parts.scheduler);
  }

  /** Undefined until they are counted for the first time. */
  get figures(): StatisticsOutput | undefined {
    return this.#now;
  }

  /** Of the time before, of the same length. */
  get before(): StatisticsOutput | undefined {
    return this.#before;
  }

  /** Why the last look came to nothing. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** True while what is shown answers another question. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Undefined when the custom time cannot be asked about. */
  get span(): Span | undefined {
    return spanOf(this.filter, this.#parts.scheduler.now());
  }

  /** @returns how to stop */
  start(): () => void {
    const stopLooking = every(this.#parts.scheduler, LOOK_MS, () => this.#refresher.ask());
    const stopHearing = this.#parts.onSignal((signal: Signal) => signal.kind === 'resync' && this.#refresher.ask());
    return () => {
      stopLooking();
      stopHearing();
      this.#refresher.cancel();
    };
  }

  /** The question has changed. */
  ask(): void {
    this.#busy = true;
    this.#asked += 1;
    this.#refresher.ask();
  }

  async #load(): Promise<void> {
    const asked = this.#asked;
    const { span } = this;
    if (span === undefined) {
      this.#busy = false;
      return;
    }
    const [now, before] = await Promise.all([this.#show(span), this.#show(spanBefore(span), 1)]);
    if (asked !== this.#asked) return;
    this.#busy = false;
    this.#refusal = now.ok ? undefined : now.refusal;
    if (now.ok) this.#now = now.value;
    this.#before = before.ok ? before.value : undefined;
  }

  #show({ since, until }: Span, limit?: number): Promise<Outcome<StatisticsOutput>> {
    const { task, machine, tag, sort } = this.filter;
    return this.#parts.access.call((api, signal) =>
      api.statistics.show(
        {
          since,
          until,
          timeZone: this.#timeZone,
          sort,
          ...(task === undefined ? {} : { task }),
          ...(machine === undefined ? {} : { machine }),
          ...(tag === undefined ? {} : { tag }),
          ...(limit === undefined ? {} : { limit }),
        },
        { signal },
      ),
    );
  }
}
