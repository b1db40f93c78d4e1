/**
 * Where and when a story plays, drawn from its seed: the wall clock at its beginning (often shortly before clocks
 * change somewhere), the size of the machines, how long programs take and how often they fail, and how dense faults are.
 */
import type { SeededRandom } from './seeded-random.ts';

export interface StorySetting {
  /** Epoch milliseconds of virtual time 0. */
  readonly epochMs: number;
  /** A zone to which many tasks belong. */
  readonly zone: string;
  readonly slots: number;
  /** Share of programs that take up to `longestMs`; the others take up to half a second. */
  readonly slowShare: number;
  readonly longestMs: number;
  readonly failShare: number;
  /** Mean time between two faults. */
  readonly faultGapMs: number;
  /** Share of tasks that people edit, suspend and delete. */
  readonly volatileShare: number;
}

/** Changes of clocks: the zone, and the instant. */
const CLOCK_CHANGES: readonly (readonly [zone: string, at: number])[] = [
  ['Europe/Berlin', Date.UTC(2026, 2, 29, 1)],
  ['Europe/Berlin', Date.UTC(2026, 9, 25, 1)],
  ['America/New_York', Date.UTC(2026, 2, 8, 7)],
  ['America/New_York', Date.UTC(2026, 10, 1, 6)],
  ['Australia/Lord_Howe', Date.UTC(2026, 3, 4, 15)],
  ['Australia/Lord_Howe', Date.UTC(2026, 9, 3, 15, 30)],
];

const HOUR = 3_600_000;
const YEAR_BEGINS_AT = Date.UTC(2026, 0, 1);
const YEAR_HOURS = 8760;
/** Faults come this often when they come most often, and up to this many times more seldom. */
const MIN_FAULT_GAP_MS = 2000;
const FAULT_GAP_SPREAD = 40;

/** Draws the setting of a story of so many hours. */
export function drawSetting(random: SeededRandom, hours: number): StorySetting {
  const [zone, changesAt] = random.pick(CLOCK_CHANGES);
  const change = changesAt - Math.round(random.fraction() * 0.9 * hours * HOUR);
  const anytime = YEAR_BEGINS_AT + random.below(YEAR_HOURS) * HOUR + random.below(HOUR);
  return {
    epochMs: random.fraction() < 0.4 ? change : anytime,
    zone,
    slots: random.pick([2, 4, 4, 8, 16]),
    slowShare: random.pick([0, 0.05, 0.2]),
    longestMs: random.pick([5000, 20_000, 90_000]),
    failShare: random.pick([0, 0.1, 0.3]),
    faultGapMs: Math.round(MIN_FAULT_GAP_MS * FAULT_GAP_SPREAD ** random.fraction()),
    volatileShare: random.pick([0.1, 0.25, 0.5]),
  };
}
