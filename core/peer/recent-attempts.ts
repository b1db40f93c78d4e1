/**
 * What became of the attempts that the logs told of lately: which machine started or ended each, so that a claim on one
 * of them can be answered and a late timer does not open it again. Records arrive in any order; what is in force is the
 * same for every order. Bounded: the oldest are forgotten first, and up to which due instant is remembered.
 */
import type { MachineId, OccurrenceId } from '../domain/ids.ts';

/**
 * How an attempt stands.
 * - `noted`: a record says that nobody starts it (skipped). Any start beats it.
 * - `started`, `lost` (given up by another machine, nothing follows), `passed-on` (given up, another attempt follows):
 *   among these the latest word counts, for a machine that was given up may say that it goes on.
 * - `continued` (ended, another attempt follows), `ended`: its own machine's last word, which beats all others. Where
 *   several machines ran the same attempt, one that ends it for good is enough.
 */
export type Standing = 'noted' | 'started' | 'lost' | 'passed-on' | 'ended' | 'continued';

/** What of a record matters here. */
export interface Attempt {
  readonly occurrenceId: OccurrenceId;
  readonly attempt: number;
  readonly machineId: MachineId;
  /** Epoch milliseconds. */
  readonly dueAt: number;
  readonly recordedAt: number;
}

interface Settled {
  attempt: number;
  by: MachineId;
  standing: Standing;
  recordedAt: number;
  readonly dueAt: number;
}

const REMEMBERED = 50_000;
const RANK: Readonly<Record<Standing, number>> = {
  noted: 0,
  started: 1,
  lost: 1,
  'passed-on': 1,
  continued: 2,
  ended: 3,
};
const CLOSED: ReadonlySet<Standing> = new Set(['noted', 'lost', 'ended']);

export class RecentAttempts {
  readonly #byOccurrence = new Map<OccurrenceId, Settled>();
  readonly #capacity: number;
  #forgottenUntil = -Infinity;

  /** @param capacity how many occurrences are remembered */
  constructor(capacity: number = REMEMBERED) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#byOccurrence.size;
  }

  /** What came due up to this instant (epoch milliseconds) may have been started and forgotten. */
  get forgottenUntil(): number {
    return this.#forgottenUntil;
  }

  /** Something that came due at this instant is not remembered. */
  forget(dueAt: number): void {
    this.#forgottenUntil = Math.max(this.#forgottenUntil, dueAt);
  }

  /**
   * Notes how an attempt stands.
   * @returns `current`: so it is now; `older`: a later attempt is known; `outranked`: other word on it counts more
   */
  note(attempt: Attempt, standing: Standing): 'current' | 'older' | 'outranked' {
    const known = this.#byOccurrence.get(attempt.occurrenceId);
    if (known === undefined) {
      this.#makeRoom();
      const { machineId: by, recordedAt, dueAt } = attempt;
      this.#byOccurrence.set(attempt.occurrenceId, { attempt: attempt.attempt, by, standing, recordedAt, dueAt });
      return 'current';
    }
    if (attempt.attempt < known.attempt) return 'older';
    if (attempt.attempt === known.attempt && isOutranked(attempt, standing, known)) return 'outranked';
    known.attempt = attempt.attempt;
    known.by = attempt.machineId;
    known.standing = standing;
    known.recordedAt = attempt.recordedAt;
    return 'current';
  }

  /** Who has started or ended this attempt or a later one; or the machine that closed the occurrence. */
  settledBy(occurrence: OccurrenceId, attempt: number): MachineId | undefined {
    const known = this.#byOccurrence.get(occurrence);
    if (known === undefined) return undefined;
    return CLOSED.has(known.standing) || known.attempt >= attempt ? known.by : undefined;
  }

  /** Something is remembered of the occurrence. */
  knows(occurrence: OccurrenceId): boolean {
    return this.#byOccurrence.has(occurrence);
  }

  /** Nothing more happens to the occurrence. */
  isClosed(occurrence: OccurrenceId): boolean {
    const standing = this.#byOccurrence.get(occurrence)?.standing;
    return standing !== undefined && CLOSED.has(standing);
  }

  #makeRoom(): void {
    if (this.#byOccurrence.size < this.#capacity) return;
    for (const [oldest, { dueAt }] of this.#byOccurrence) {
      if (this.#byOccurrence.size < this.#capacity) return;
      this.#byOccurrence.delete(oldest);
      this.forget(dueAt);
    }
  }
}

function isOutranked(attempt: Attempt, standing: Standing, known: Settled): boolean {
  const rank = RANK[standing];
  const knownRank = RANK[known.standing];
  if (rank !== knownRank) return rank < knownRank;
  if (attempt.recordedAt !== known.recordedAt) return attempt.recordedAt < known.recordedAt;
  return standing === 'started' && known.standing !== 'started';
}
