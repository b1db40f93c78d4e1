/** What every clock does, whether its time passes by itself or is made to pass. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../core/ports/clock.ts';
import type { Until } from './waiting.ts';

/** Clocks that run side by side. */
export interface ClockBed {
  createClock(): Clock;
  readonly until: Until;
  /** Ends what is left. */
  dispose(): void | Promise<void>;
}

/** Longer than the longest delay of most timers (2^31 - 1 ms). */
const FAR_MS = 2 ** 32;
const WAKES = 40;

/** Runs the suite against the clocks of a bed; a new bed for each test. */
export function describeClock(name: string, createBed: () => ClockBed): void {
  describe(`${name} as a clock`, () => {
    let bed: ClockBed;
    let clock: Clock;
    beforeEach(() => {
      bed = createBed();
      clock = bed.createClock();
    });
    afterEach(async () => {
      clock.wake(undefined, () => undefined);
      await bed.dispose();
    });

    const scene: ClockScene = {
      get bed() {
        return bed;
      },
      get clock() {
        return clock;
      },
    };
    describeReading(scene);
    describeWaking(scene);
    describeSoon(scene);
  });
}

interface ClockScene {
  readonly bed: ClockBed;
  readonly clock: Clock;
}

function describeReading(scene: ClockScene): void {
  it('tells the wall time as whole milliseconds since the epoch', async () => {
    const told: number[] = [];
    for (let count = 1; count <= 5; count += 1) {
      scene.clock.wake(scene.clock.monotonicMs() + count / 3, () => told.push(scene.clock.wallMs()));
      await scene.bed.until(() => told.length === count, 'it wakes');
    }
    for (const instant of told) {
      expect(Number.isSafeInteger(instant)).toBe(true);
      expect(new Date(instant).getUTCFullYear()).toBeGreaterThan(2020);
    }
  });

  it('never goes back', async () => {
    let last = scene.clock.monotonicMs();
    for (let round = 0; round < 10; round += 1) {
      await woken(scene, last + round / 7);
      for (let count = 0; count < 1000; count += 1) {
        const now = scene.clock.monotonicMs();
        expect(now).toBeGreaterThanOrEqual(last);
        last = now;
      }
    }
  });
}

function describeWaking(scene: ClockScene): void {
  it('wakes once, and never before the instant', async () => {
    for (let count = 0; count < WAKES; count += 1) {
      const at = scene.clock.monotonicMs() + count / 9;
      expect(await woken(scene, at)).toBeGreaterThanOrEqual(at);
    }
  });

  it('wakes at once, but not from within the call, when the instant is past', async () => {
    let woke = 0;
    scene.clock.wake(scene.clock.monotonicMs() - 1000, () => (woke += 1));
    expect(woke).toBe(0);
    await scene.bed.until(() => woke > 0, 'it wakes');
    await woken(scene, scene.clock.monotonicMs() + 5);
    expect(woke).toBe(1);
  });

  it('keeps one pending call: a new one replaces it, be it earlier or later', async () => {
    const heard: string[] = [];
    const now = scene.clock.monotonicMs();
    scene.clock.wake(now + 5, () => heard.push('replaced by a later one'));
    scene.clock.wake(now + 40, () => heard.push('replaced by an earlier one'));
    scene.clock.wake(now + 10, () => heard.push('the last'));
    await scene.bed.until(() => heard.length > 0, 'it wakes');
    await longEnough(scene, now + 60);
    expect(heard).toEqual(['the last']);
  });

  it('forgets the pending call when it is told to', async () => {
    let woke = 0;
    const now = scene.clock.monotonicMs();
    scene.clock.wake(now + 5, () => (woke += 1));
    scene.clock.wake(undefined, () => (woke += 1));
    await longEnough(scene, now + 30);
    expect(woke).toBe(0);
  });

  it('can be set anew from within the call', async () => {
    const instants: number[] = [];
    const again = (): void => {
      instants.push(scene.clock.monotonicMs());
      if (instants.length < 5) scene.clock.wake(scene.clock.monotonicMs() + 2, again);
    };
    const start = scene.clock.monotonicMs();
    scene.clock.wake(start + 2, again);
    await scene.bed.until(() => instants.length === 5, 'it wakes five times');
    expect((instants.at(-1) as number) - start).toBeGreaterThanOrEqual(10);
  });

  it('does not wake for an instant that is weeks away', async () => {
    let woke = 0;
    scene.clock.wake(scene.clock.monotonicMs() + FAR_MS, () => (woke += 1));
    await longEnough(scene, scene.clock.monotonicMs() + 20);
    expect(woke).toBe(0);
  });

  it('wakes nobody for another clock', async () => {
    const heard: string[] = [];
    const other = scene.bed.createClock();
    other.wake(other.monotonicMs() + 4, () => heard.push('other'));
    scene.clock.wake(scene.clock.monotonicMs() + 8, () => heard.push('this'));
    await scene.bed.until(() => heard.length === 2, 'both wake');
    expect(heard.toSorted()).toEqual(['other', 'this']);
  });
}

function describeSoon(scene: ClockScene): void {
  it('calls back soon, in order, once each, never from within the call', async () => {
    const heard: number[] = [];
    for (let number = 0; number < 100; number += 1) scene.clock.soon(() => heard.push(number));
    expect(heard).toEqual([]);
    await scene.bed.until(() => heard.length >= 100, 'all are called');
    await longEnough(scene, scene.clock.monotonicMs() + 5);
    expect(heard).toEqual(heard.map((_, index) => index));
    expect(heard).toHaveLength(100);
  });

  it('lets what is under way have its turn first', async () => {
    const heard: string[] = [];
    scene.clock.soon(() => {
      scene.clock.soon(() => heard.push('soon'));
      void Promise.resolve().then(() => heard.push('under way'));
    });
    await scene.bed.until(() => heard.length === 2, 'both have their turn');
    expect(heard).toEqual(['under way', 'soon']);
  });

  it('puts what asks from within behind what asked before', async () => {
    const heard: string[] = [];
    scene.clock.soon(() => {
      heard.push('first');
      scene.clock.soon(() => heard.push('from within'));
    });
    scene.clock.soon(() => heard.push('second'));
    await scene.bed.until(() => heard.length === 3, 'all are called');
    expect(heard).toEqual(['first', 'second', 'from within']);
  });
}

/** Waits for a wake at an instant; when it came. */
async function woken(scene: ClockScene, at: number): Promise<number> {
  const instants: number[] = [];
  scene.clock.wake(at, () => instants.push(scene.clock.monotonicMs()));
  await scene.bed.until(() => instants.length > 0, 'it wakes');
  return instants[0] as number;
}

/** Lets time pass by another clock, so that a wake that should not come has its chance. */
async function longEnough(scene: ClockScene, at: number): Promise<void> {
  await woken({ bed: scene.bed, clock: scene.bed.createClock() }, at);
}
