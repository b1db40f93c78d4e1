/**
 * Signs of life while long stories are played: now and then one line for people says how far they have come. Stories know
 * nothing of it: they show what can be looked at, and whoever plays them looks by the wall clock, so nothing of a story
 * depends on how quick the machine is.
 */

/** How far one story has come. */
export interface StoryProgress {
  readonly simulatedHours: number;
  /** Of so many, about: how long a cluster takes to form is known afterwards. */
  readonly ofHours: number;
  /** Occurrences that came due so far. */
  readonly occurrences: number;
  /** Processes that were really started so far. */
  readonly runs: number;
}

/** Looks how far a story has come; it costs some milliseconds. */
export type LookAtStory = () => StoryProgress;

/** A line comes this often, as long as anything goes on. */
const EVERY_MS = 10_000;

/** Is told of every little step, and writes a line now and then. */
export class ProgressTeller {
  readonly #write: (line: string) => void;
  readonly #nowMs: () => number;
  readonly #storyCount: number | undefined;
  readonly #beganMs: number;
  readonly #looks = new Map<number, LookAtStory>();
  #done = 0;
  #nextAtMs: number;

  /**
   * @param storyCount how many stories there will be; undefined when nobody knows
   * @param nowMs a clock that only goes forward
   */
  constructor(write: (line: string) => void, storyCount: number | undefined, nowMs = () => performance.now()) {
    this.#write = write;
    this.#nowMs = nowMs;
    this.#storyCount = storyCount;
    this.#beganMs = nowMs();
    this.#nextAtMs = this.#beganMs + EVERY_MS;
  }

  /** A story has gone on. */
  onStep(seed: number, look: LookAtStory): void {
    this.#looks.set(seed, look);
    this.#tellWhenDue();
  }

  /** A story is over. */
  onDone(seed: number): void {
    this.#looks.delete(seed);
    this.#done += 1;
    this.#tellWhenDue();
  }

  #tellWhenDue(): void {
    const nowMs = this.#nowMs();
    if (nowMs < this.#nextAtMs) return;
    const stories = [...this.#looks].map(([seed, look]) => ({ seed, ...look() }));
    this.#write(
      progressLine({ seconds: (nowMs - this.#beganMs) / 1000, done: this.#done, of: this.#storyCount, stories }),
    );
    // Counted from after the look, so that looking never takes most of the time.
    this.#nextAtMs = this.#nowMs() + EVERY_MS;
  }
}

/** All that goes on, in one line. */
export function progressLine(progress: {
  readonly seconds: number;
  readonly done: number;
  readonly of: number | undefined;
  readonly stories: readonly ({ readonly seed: number } & StoryProgress)[];
}): string {
  const { seconds, done, of, stories } = progress;
  const head = `after ${seconds.toFixed(0)} s: ${done}${of === undefined ? '' : ` of ${of}`} stories done`;
  return [head, ...stories.map(storyText)].join('; ');
}

function storyText({ seed, simulatedHours, ofHours, occurrences, runs }: { seed: number } & StoryProgress): string {
  const hours = `${Math.min(simulatedHours, ofHours).toFixed(2)} of ${ofHours.toFixed(2)} virtual hours`;
  return `seed ${seed}: ${hours}, ${occurrences} occurrences, ${runs} runs`;
}
