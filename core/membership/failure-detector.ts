/**
 * Phi-accrual failure detection (Hayashibara et al., 2004): how unlikely is the present silence of a peer, judged by
 * the rhythm of its own signs of life? Phi = -log10 of the probability that a sign comes later still; 8 means one wrong
 * suspicion in 10^8. A normal distribution stands for the intervals, its deviation kept from below so that a very
 * regular peer is not suspected for a hiccup.
 */
const WINDOW = 64;
const MIN_DEVIATION_MS = 120;
const INITIAL_INTERVAL_MS = 500;
const INITIAL_DEVIATION_MS = 300;

interface Rhythm {
  readonly mean: number;
  readonly deviation: number;
}

const INITIAL: Rhythm = { mean: INITIAL_INTERVAL_MS, deviation: INITIAL_DEVIATION_MS };

export class FailureDetector {
  #intervals: number[] = [];
  #next = 0;
  #lastSignMs: number | undefined;
  /** Of the present intervals; undefined until it is asked for. */
  #known: Rhythm | undefined;

  /** Notes a sign of life at a monotonic instant. */
  sign(monotonicMs: number): void {
    if (this.#lastSignMs !== undefined) {
      this.#intervals[this.#next] = Math.max(0, monotonicMs - this.#lastSignMs);
      this.#next = (this.#next + 1) % WINDOW;
      this.#known = undefined;
    }
    this.#lastSignMs = monotonicMs;
  }

  /** Forgets how long the silence lasts, not the rhythm: for time in which we ourselves did not listen. */
  excuse(durationMs: number): void {
    if (this.#lastSignMs !== undefined) this.#lastSignMs += durationMs;
  }

  /** Silence (milliseconds since the last sign) at which phi reaches `threshold`. */
  silenceAt(threshold: number): number {
    const { mean, deviation } = (this.#known ??= rhythmOf(this.#intervals));
    return mean + deviation * (threshold === USUAL_PHI ? USUAL_DEVIATIONS : deviationsAt(threshold));
  }
}

function rhythmOf(intervals: readonly number[]): Rhythm {
  const count = intervals.length;
  if (count < 8) return INITIAL;
  let sum = 0;
  for (const interval of intervals) sum += interval;
  const mean = sum / count;
  let squares = 0;
  for (const interval of intervals) squares += (interval - mean) ** 2;
  return { mean, deviation: Math.max(MIN_DEVIATION_MS, Math.sqrt(squares / count)) };
}

/**
 * How many deviations above the mean the upper tail of the normal distribution is 10^-phi.
 * Asymptotic inverse: Q(x) ≈ exp(-x²/2) / (x √(2π)), solved by fixed-point iteration.
 */
function deviationsAt(phi: number): number {
  const logTail = phi * Math.LN10;
  let x = Math.sqrt(2 * logTail);
  for (let round = 0; round < 8; round += 1) x = Math.sqrt(2 * (logTail - Math.log(x * Math.sqrt(2 * Math.PI))));
  return x;
}

/** Nearly all questions are about this threshold. */
const USUAL_PHI = 8;
const USUAL_DEVIATIONS = deviationsAt(USUAL_PHI);
