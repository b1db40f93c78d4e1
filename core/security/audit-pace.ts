/**
 * How much goes into the audit log, so that nobody can fill it: a few notes of one kind and source in a window of time,
 * and so many a second in all. What comes faster is counted, and told of in one note when its window ends. Holds a
 * bounded number of windows; sources beyond that share one for each kind.
 *
 *   note ──► room in its window and this second? ──yes──► written
 *                        │no
 *                        └► counted, the newest kept ──window ends──► written once, with the count of the others
 *
 * Where only the second was full, that is in one of the next: an attack among many others shows soon, too.
 */
import { AUDIT } from '../config/constants.ts';
import { type AuditAction, AUDIT_DEEDS } from '../domain/audit-record.ts';

interface Window<Note> {
  readonly action: AuditAction;
  readonly endsMs: number;
  /** When what was left out is told of: as the window ends, or earlier when nothing but the second had no room. */
  tellAtMs: number;
  taken: number;
  /** Left out so far, the newest of them included. */
  leftOut: number;
  newest: Note | undefined;
}

/** The newest note of those that came too fast, and how many there were before it. */
export interface Summary<Note> {
  readonly action: AuditAction;
  readonly note: Note;
  readonly suppressed: number;
}

const OTHERS = '*';

export class AuditPace<Note> {
  readonly #windows = new Map<string, Window<Note>>();
  #secondEndsMs = 0;
  #takenThisSecond = 0;

  /** Windows that are open. */
  get size(): number {
    return this.#windows.size;
  }

  /** When notes that were left out are to be told of (monotonic); undefined when there are none. */
  get dueMs(): number | undefined {
    let due: number | undefined;
    for (const { leftOut, tellAtMs } of this.#windows.values()) {
      if (leftOut > 0 && (due === undefined || tellAtMs < due)) due = tellAtMs;
    }
    return due;
  }

  /**
   * Whether this note is written now; otherwise it is counted.
   * @param source what is counted together, beside the action
   * @param nowMs monotonic
   */
  takes(action: AuditAction, source: string, note: Note, nowMs: number): boolean {
    const window = this.#windowOf(action, source, nowMs);
    const deed = AUDIT_DEEDS.has(action);
    const limit = deed ? AUDIT.deedsPerWindow : AUDIT.refusalsPerWindow;
    if (window.taken < limit && this.#hasRoom(deed, nowMs)) {
      window.taken += 1;
      this.#takenThisSecond += 1;
      return true;
    }
    if (window.taken < limit) window.tellAtMs = Math.min(window.endsMs, this.#secondEndsMs);
    window.leftOut += 1;
    window.newest = note;
    return false;
  }

  /** Ends the windows that are over, or all; what was left out in each, oldest window first. */
  end(nowMs: number): Summary<Note>[] {
    const summaries: Summary<Note>[] = [];
    for (const [key, window] of this.#windows) {
      if (window.tellAtMs > nowMs || (window.endsMs > nowMs && !this.#mayTell(window, nowMs))) continue;
      const { action, leftOut, newest } = window;
      if (newest !== undefined) summaries.push({ action, note: newest, suppressed: leftOut - 1 });
      if (window.endsMs <= nowMs) this.#windows.delete(key);
      else Object.assign(window, { leftOut: 0, newest: undefined, taken: window.taken + 1, tellAtMs: window.endsMs });
    }
    return summaries;
  }

  /** Before its window ends, what was left out takes its room in a second as everything does. */
  #mayTell(window: Window<Note>, nowMs: number): boolean {
    if (!this.#hasRoom(AUDIT_DEEDS.has(window.action), nowMs)) {
      window.tellAtMs = Math.min(window.endsMs, this.#secondEndsMs);
      return false;
    }
    this.#takenThisSecond += 1;
    return true;
  }

  #windowOf(action: AuditAction, source: string, nowMs: number): Window<Note> {
    const own = `${action} ${source}`;
    if (this.#windows.size >= AUDIT.sources) this.#forgetEnded(nowMs);
    const key = this.#windows.has(own) || this.#windows.size < AUDIT.sources ? own : `${action} ${OTHERS}`;
    const known = this.#windows.get(key);
    // One that is over and has left something out is told of first, by `end`.
    if (known !== undefined && (known.endsMs > nowMs || known.leftOut > 0)) return known;
    const lengthMs = AUDIT_DEEDS.has(action) ? AUDIT.deedWindowMs : AUDIT.refusalWindowMs;
    const endsMs = nowMs + lengthMs;
    const window: Window<Note> = { action, endsMs, tellAtMs: endsMs, taken: 0, leftOut: 0, newest: undefined };
    this.#windows.set(key, window);
    return window;
  }

  #forgetEnded(nowMs: number): void {
    for (const [key, { endsMs, leftOut }] of this.#windows) {
      if (endsMs <= nowMs && leftOut === 0) this.#windows.delete(key);
    }
  }

  /** What was refused may fill half a second's room, so that what people do is not crowded out. */
  #hasRoom(deed: boolean, nowMs: number): boolean {
    if (nowMs >= this.#secondEndsMs) {
      this.#secondEndsMs = nowMs + 1000;
      this.#takenThisSecond = 0;
    }
    return this.#takenThisSecond < (deed ? AUDIT.recordsPerSecond : AUDIT.recordsPerSecond / 2);
  }
}
