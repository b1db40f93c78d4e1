/** The clock of a machine: off, drifting, set right; standing still in pauses and sleep; slow. */
import { describe, expect, test } from 'vitest';
import { MachineClock } from './machine-clock.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualTime } from './virtual-time.ts';

const EPOCH = 1_000_000;

function newClock(): { time: VirtualTime; clock: MachineClock } {
  const time = new VirtualTime();
  return { time, clock: new MachineClock(time, new SeededRandom(1), EPOCH) };
}

describe('the wall clock', () => {
  test('drifts by its parts per million, from the moment it was told to', async () => {
    const { time, clock } = newClock();
    await time.runUntil(5000);
    clock.driftPpm = 10_000;
    await time.runUntil(105_000);
    expect(clock.errorMs).toBeCloseTo(1000, 6);
    clock.driftPpm = -10_000;
    await time.runUntil(205_000);
    expect(clock.errorMs).toBeCloseTo(0, 6);
  });

  test('jumps alone: the monotonic clock and timers do not', async () => {
    const { time, clock } = newClock();
    const agent = clock.forAgent();
    let rang = 0;
    agent.after(1000, () => (rang = time.now));
    clock.offsetMs -= 3_600_000;
    await time.runUntil(2000);
    expect(rang).toBe(1000);
    expect(agent.now).toBe(2000);
    expect(clock.wallMs()).toBe(EPOCH + 2000 - 3_600_000);
  });

  test('that is set right is right, drift or not', async () => {
    const { time, clock } = newClock();
    clock.driftPpm = 5000;
    clock.offsetMs = 12_345;
    await time.runUntil(60_000);
    clock.setRight();
    expect(clock.errorMs).toBeCloseTo(0, 6);
  });
});

describe('timers of the agent', () => {
  test('follow its own drifting time', async () => {
    const { time, clock } = newClock();
    clock.driftPpm = 10_000;
    const agent = clock.forAgent();
    let rang = 0;
    agent.after(10_100, () => (rang = time.now));
    await time.runUntil(20_000);
    expect(rang).toBeCloseTo(10_000, 6);
  });

  test('wait for the end of a pause, in their order; the monotonic clock goes on', async () => {
    const { time, clock } = newClock();
    const agent = clock.forAgent();
    const rang: string[] = [];
    agent.after(100, () => rang.push(`first ${time.now}`));
    agent.after(200, () => rang.push(`second ${time.now}`));
    clock.pause(5000);
    await time.runUntil(6000);
    expect(rang).toEqual(['first 5000', 'second 5000']);
    expect(agent.now).toBe(6000);
  });

  test('ring at once when a pause is ended early', async () => {
    const { time, clock } = newClock();
    const agent = clock.forAgent();
    let rang = 0;
    clock.pause(1_000_000);
    agent.after(100, () => (rang = time.now));
    await time.runUntil(500);
    clock.wakeUp();
    await time.runUntil(1000);
    expect(rang).toBe(500);
  });

  test('are late on a slow machine, and on time again afterwards', async () => {
    const { time, clock } = newClock();
    const agent = clock.forAgent();
    clock.slowDown(100, 10_000);
    let rang = 0;
    agent.after(0, () => (rang = time.now));
    await time.runUntil(1000);
    expect(rang).toBeGreaterThanOrEqual(50);
    expect(rang).toBeLessThanOrEqual(150);
    await time.runUntil(20_000);
    agent.after(0, () => (rang = time.now));
    await time.runUntil(20_001);
    expect(rang).toBe(20_000);
  });
});

describe('sleep', () => {
  test('stops the monotonic clock and the processes, not the wall clock', async () => {
    const { time, clock } = newClock();
    const agent = clock.forAgent();
    let ended = 0;
    clock.forProcesses().after(1000, () => (ended = time.now));
    await time.runUntil(400);
    clock.sleep(60_000);
    await time.runUntil(100_000);
    expect(ended).toBe(61_000);
    expect(agent.now).toBe(40_000);
    expect(clock.wallMs()).toBe(EPOCH + 100_000);
  });

  test('that is ended early holds nothing for longer', async () => {
    const { time, clock } = newClock();
    const agent = clock.forAgent();
    let ended = 0;
    clock.forProcesses().after(1000, () => (ended = time.now));
    clock.sleep(1_000_000);
    await time.runUntil(5000);
    clock.wakeUp();
    await time.runUntil(10_000);
    expect(ended).toBe(6000);
    expect(agent.now).toBe(5000);
  });
});
