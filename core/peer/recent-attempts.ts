/**
 * What became of the attempts that the logs told of lately: which machine started or ended each, so that a claim on one
 * of them can be answered and a late timer does not open it again. Bounded: the oldest are forgotten first.
 */
import type { MachineId, OccurrenceId } from '../domain/ids.ts';

interface Settled {
  /** Highest attempt that was started or ended, and by which machine. */
  attempt: number;
  by: MachineId;
  /** Nothing more happens to the occurrence. */
  closed: boolean;
}

const REMEMBERED = 50_000;

export class RecentAttempts {
  readonly #byOccurrence = new Map<OccurrenceId, Settled>();

  /** Notes that `by` has started or ended an attempt. */
  note(occurrence: OccurrenceId, attempt: number, by: MachineId, closed: boolean): void {
    const known = this.#byOccurrence.get(occurrence);
    if (known !== undefined) {
      if (attempt < known.attempt) return;
      if (attempt === known.attempt && known.closed && !closed) return;
      known.attempt = attempt;
      known.by = by;
      known.closed = closed;
      return;
    }
    if (this.#byOccurrence.size >= REMEMBERED) {
      for (const oldest of this.#byOccurrence.keys()) {
        this.#byOccurrence.delete(oldest);
        break;
      }
    }
    this.#byOccurrence.set(occurrence, { attempt, by, closed });
  }

  /** Who has started or ended this attempt or a later one; or the machine that closed the occurrence. */
  settledBy(occurrence: OccurrenceId, attempt: number): MachineId | undefined {
    const known = this.#byOccurrence.get(occurrence);
    if (known === undefined) return undefined;
    return known.closed || known.attempt >= attempt ? known.by : undefined;
  }

  isClosed(occurrence: OccurrenceId): boolean {
    return this.#byOccurrence.get(occurrence)?.closed ?? false;
  }

  knows(occurrence: OccurrenceId): boolean {
    return this.#byOccurrence.has(occurrence);
  }

  /** The occurrence goes on after all (its run was wrongly given up, or has a next attempt). */
  reopen(occurrence: OccurrenceId): void {
    const known = this.#byOccurrence.get(occurrence);
    if (known !== undefined) known.closed = false;
  }
}
