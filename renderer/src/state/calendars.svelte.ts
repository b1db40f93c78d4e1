/** The calendars of the cluster. One is edited as the text of its file; an iCalendar file becomes such a text first. */
import './no-eval.ts';
import type { CalendarOutput } from '../../../core/api/calendar-schemas.ts';
import type { ApiClient } from '../../../core/api/contract.ts';
import { formatCalendarFile, parseCalendarFile } from '../../../core/formats/calendar-file.ts';
import { type Outcome, sentence } from '../client/refusal.ts';
import { DocumentList, type ListPage } from './document-list.svelte.ts';

const ICAL = /^\uFEFF?\s*BEGIN:/i;

/** A file as it can be edited, and what of it was left out. */
export interface ReadFile {
  readonly text: string;
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly skippedCount: number;
}

export class CalendarsState extends DocumentList<CalendarOutput> {
  readonly #access: ListPage['access'];

  constructor(page: ListPage) {
    super(page);
    this.#access = page.access;
  }

  protected async read(api: ApiClient, signal: AbortSignal): Promise<readonly CalendarOutput[]> {
    return (await api.calendars.list({}, { signal })).calendars;
  }

  /** @param revision what the text was made from; 0: there is none of this name yet */
  async put(name: string, text: string, revision: number): Promise<Outcome<unknown>> {
    const read = parseCalendarFile(text);
    if (!read.ok)
      return { ok: false, refusal: { ...read.error, message: sentence(read.error.message), field: 'text' } };
    const calendar = read.value;
    return this.command((api, signal) => api.calendars.put({ name, calendar, expectRevision: revision }, { signal }));
  }

  remove(name: string): Promise<Outcome<unknown>> {
    return this.command((api, signal) => api.calendars.delete({ name }, { signal }));
  }

  /** A file that somebody has chosen, as text to look at before it is put. */
  async fromFile(text: string): Promise<Outcome<ReadFile>> {
    if (!ICAL.test(text)) return { ok: true, value: { text, skipped: [], skippedCount: 0 } };
    const outcome = await this.#access.call((api, signal) => api.calendars.fromIcal({ text }, { signal }));
    if (!outcome.ok) return outcome;
    const { calendar, skipped, skippedCount } = outcome.value;
    return { ok: true, value: { text: formatCalendarFile(calendar), skipped, skippedCount } };
  }
}

/** The text of a calendar, as it is edited. */
export function calendarText({ calendar }: CalendarOutput): string {
  return formatCalendarFile(calendar);
}
