/** The calendars of the cluster. One is edited as the text of its file; an iCalendar file becomes such a text first. */
import './no-eval.ts';
import type { CalendarOutput } from '../../../core/api/calendar-schemas.ts';
import type { ApiClient } from '../../../core/api/contract.ts';
import { formatCalendarFile, parseCalendarFile } from '../../../core/formats/calendar-file.ts';
import { type Outcome, sentence } from '../client/refusal.ts';
import type { ConsoleState } from './console.svelte.ts';
import { Refresher } from './refresher.ts';

const REFRESH_PAUSE_MS = 1000;
const ICAL = /^\uFEFF?\s*BEGIN:/i;

/** A file as it can be edited, and what of it was left out. */
export interface ReadFile {
  readonly text: string;
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly skippedCount: number;
}

export class CalendarsState {
  #list = $state.raw<readonly CalendarOutput[]>([]);
  #loaded = $state(false);
  readonly #page: Pick<ConsoleState, 'access' | 'scheduler' | 'onSignal'>;
  readonly #refresher: Refresher;
  #stop: () => void = () => undefined;

  constructor(page: Pick<ConsoleState, 'access' | 'scheduler' | 'onSignal'>) {
    this.#page = page;
    this.#refresher = new Refresher(() => this.#load(), REFRESH_PAUSE_MS, page.scheduler);
  }

  get list(): readonly CalendarOutput[] {
    return this.#list;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  start(): void {
    this.#refresher.ask();
    this.#stop = this.#page.onSignal((signal) => {
      if (signal.kind !== 'run') this.#refresher.ask();
    });
  }

  stop(): void {
    this.#stop();
    this.#refresher.cancel();
  }

  /** @param revision what the text was made from; 0: there is none of this name yet */
  async put(name: string, text: string, revision: number): Promise<Outcome<unknown>> {
    const read = parseCalendarFile(text);
    if (!read.ok)
      return { ok: false, refusal: { ...read.error, message: sentence(read.error.message), field: 'text' } };
    const calendar = read.value;
    return this.#command((api, signal) => api.calendars.put({ name, calendar, expectRevision: revision }, { signal }));
  }

  remove(name: string): Promise<Outcome<unknown>> {
    return this.#command((api, signal) => api.calendars.delete({ name }, { signal }));
  }

  /** A file that somebody has chosen, as text to look at before it is put. */
  async read(text: string): Promise<Outcome<ReadFile>> {
    if (!ICAL.test(text)) return { ok: true, value: { text, skipped: [], skippedCount: 0 } };
    const outcome = await this.#page.access.call((api, signal) => api.calendars.fromIcal({ text }, { signal }));
    if (!outcome.ok) return outcome;
    const { calendar, skipped, skippedCount } = outcome.value;
    return { ok: true, value: { text: formatCalendarFile(calendar), skipped, skippedCount } };
  }

  async #command(work: (api: ApiClient, signal: AbortSignal) => Promise<unknown>): Promise<Outcome<unknown>> {
    const outcome = await this.#page.access.call(work);
    if (outcome.ok) await this.#load();
    return outcome;
  }

  async #load(): Promise<void> {
    const outcome = await this.#page.access.call((api, signal) => api.calendars.list({}, { signal }));
    if (!outcome.ok) return;
    this.#list = outcome.value.calendars;
    this.#loaded = true;
  }
}

/** The text of a calendar, as it is edited. */
export function calendarText({ calendar }: CalendarOutput): string {
  return formatCalendarFile(calendar);
}
