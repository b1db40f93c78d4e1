/**
 * The time of one machine: a wall clock that may be off, drift and jump, a monotonic one that counts from the start of
 * each life, and whatever keeps the machine from acting in time: a pause of the agent, sleep of the whole machine, or a
 * machine that is slow at everything. Drift is of the crystal, so both clocks have it; jumps are of the wall clock alone.
 */
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What waits for time to pass. */
export type Timing = Pick<VirtualTime, 'now' | 'after'>;

/** With drift the timer of a machine may ring early; asking again for less than this would not move time. */
const SMALLEST_WAIT_MS = 0.05;
/** However slow a machine is, nothing takes longer than this much more. */
const SLOWEST_MS = 10_000;

export class MachineClock {
  /** When the wall clock was last set (true time); -Infinity: never. */
  setAtMs = -Infinity;
  #offsetMs = 0;
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #epochMs: number;
  #rate = 1;
  /** True and own time at the last change of the rate. */
  #trueMs = 0;
  #ownMs = 0;
  /** It has never drifted. Kept, as it is asked for with each event. */
  #isTrue = true;
  #pausedUntilMs = 0;
  /** Asleep until then; and all sleep so far, the present one in full. */
  #asleepUntilMs = 0;
  #sleptMs = 0;
  #slowFactor = 1;
  #slowUntilMs = 0;
  /** What has come due for the agent in a pause, and for the processes in sleep. */
  readonly #held: (() => void)[] = [];
  readonly #frozen: (() => void)[] = [];

  constructor(time: VirtualTime, random: SeededRandom, epochMs: number) {
    this.#time = time;
    this.#random = random;
    this.#epochMs = epochMs;
  }

  /** Wall clock less true time, drift aside. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  set offsetMs(offsetMs: number) {
    if (offsetMs !== this.#offsetMs) this.setAtMs = this.#time.now;
    this.#offsetMs = offsetMs;
  }

  /** The machine's own idea of the time, epoch milliseconds. */
  wallMs(): number {
    return this.#epochMs + this.#offsetMs + this.#own();
  }

  /** Runs through pauses, stands still in sleep, as CLOCK_MONOTONIC does on Linux. */
  monotonicMs(): number {
    return this.#own() - this.#sleptSoFarMs();
  }

  get driftPpm(): number {
    return (this.#rate - 1) * 1e6;
  }

  /** From now on the machine gains so many microseconds in each second; negative: loses. */
  set driftPpm(ppm: number) {
    this.#ownMs = this.#own();
    this.#trueMs = this.#time.now;
    this.#rate = 1 + ppm / 1e6;
    this.#isTrue = this.#rate === 1 && this.#trueMs === 0;
  }

  /** How far the wall clock is from true time, milliseconds. */
  get errorMs(): number {
    return this.wallMs() - this.#epochMs - this.#time.now;
  }

  /** A person or a time server sets the wall clock right. It drifts on. */
  setRight(): void {
    this.offsetMs -= this.errorMs;
  }

  get paused(): boolean {
    return this.#time.now < Math.max(this.#pausedUntilMs, this.#asleepUntilMs);
  }

  get asleep(): boolean {
    return this.#time.now < this.#asleepUntilMs;
  }

  get slow(): boolean {
    return this.#time.now < this.#slowUntilMs;
  }

  /** The agent stands still; its processes and the machine go on. */
  pause(durationMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#time.now + durationMs);
    this.#releaseAfter(durationMs);
  }

  /** Everything stands still, the monotonic clock too. */
  sleep(durationMs: number): void {
    const until = this.#time.now + durationMs;
    if (until <= this.#asleepUntilMs) return;
    this.#sleptMs += until - Math.max(this.#time.now, this.#asleepUntilMs);
    this.#asleepUntilMs = until;
    this.#releaseAfter(durationMs);
  }

  /** Everything takes `factor` times as long for a while. */
  slowDown(factor: number, durationMs: number): void {
    this.#slowFactor = factor;
    this.#slowUntilMs = this.#time.now + durationMs;
  }

  /** A new life of the agent, or of the machine, is neither paused nor asleep. */
  wakeUp(): void {
    this.#sleptMs -= Math.max(0, this.#asleepUntilMs - this.#time.now);
    this.#asleepUntilMs = 0;
    this.#pausedUntilMs = 0;
    this.#releaseAfter(0);
  }

  /** As quick as it should be. */
  hurry(): void {
    this.#slowUntilMs = 0;
  }

  /** The time of one life of the agent: its own, from 0 at its start. What should happen in a pause waits for its end. */
  forAgent(): Timing {
    const bootedMs = Math.floor(this.monotonicMs());
    // Asked for with each event: as a rule the machine keeps true time and never slept.
    const now = (): number => (this.#isTrue && this.#sleptMs === 0 ? this.#time.now : this.monotonicMs()) - bootedMs;
    // Nearly all that is to happen at once is the agent's next turn, again and again.
    let usual: (() => void) | undefined;
    let usualHeld: () => void = () => undefined;
    return new OwnTiming(now, (ownDelayMs, act) => {
      let delayMs = ownDelayMs <= 0 ? 0 : ownDelayMs;
      if (this.#rate !== 1 && delayMs > 0) delayMs = Math.max(SMALLEST_WAIT_MS, delayMs / this.#rate);
      // Each turn of a slow agent takes its time, some ten milliseconds and more instead of about one.
      if (this.slow) delayMs += this.#slowFactor * (0.5 + this.#random.fraction());
      if (ownDelayMs > 0) return this.#time.after(delayMs, this.#whenAwake(act));
      if (act !== usual) usualHeld = this.#whenAwake((usual = act));
      this.#time.after(delayMs, usualHeld);
    });
  }

  /** The time of the machine's processes: frozen in sleep, stretched when the machine is slow. */
  forProcesses(): Timing {
    const now = (): number => this.#time.now;
    return new OwnTiming(now, (delayMs, act) => {
      const extraMs = this.slow ? Math.min(SLOWEST_MS, delayMs * (this.#slowFactor - 1)) : 0;
      this.#afterAwake(delayMs + extraMs, act);
    });
  }

  #own(): number {
    return this.#isTrue ? this.#time.now : this.#ownMs + (this.#time.now - this.#trueMs) * this.#rate;
  }

  #whenAwake(act: () => void): () => void {
    return () => {
      if (this.paused) this.#held.push(act);
      else act();
    };
  }

  /** Sleep does not count. */
  #afterAwake(delayMs: number, act: () => void): void {
    const sleptMs = this.#sleptSoFarMs();
    this.#time.after(delayMs, () => {
      const missedMs = this.#sleptSoFarMs() - sleptMs;
      const goOn = (): void => {
        this.#afterAwake(missedMs, act);
      };
      if (this.asleep) this.#frozen.push(goOn);
      else if (missedMs > 0) goOn();
      else act();
    });
  }

  #sleptSoFarMs(): number {
    return this.#sleptMs - Math.max(0, this.#asleepUntilMs - this.#time.now);
  }

  /** What was held goes on, in its order, once nothing holds it any more. */
  #releaseAfter(delayMs: number): void {
    this.#time.after(delayMs, () => {
      if (!this.asleep) for (const goOn of this.#frozen.splice(0)) goOn();
      if (!this.paused) for (const act of this.#held.splice(0)) act();
    });
  }
}

/** What part of a machine has for time. A class, since a plain object with a getter is slow to read. */
class OwnTiming implements Timing {
  readonly after: Timing['after'];
  readonly #now: () => number;

  constructor(now: () => number, after: Timing['after']) {
    this.#now = now;
    this.after = after;
  }

  get now(): number {
    return this.#now();
  }
}
