/** The system's clock and the simulated one keep the contract. */
import { expect, it } from 'vitest';
import { createSystemClock } from '../../core/adapters/system-clock.ts';
import { MachineClock } from '../simulator/machine-clock.ts';
import { SeededRandom } from '../simulator/seeded-random.ts';
import { createSimClock, type SimClockOwner } from '../simulator/sim-clock.ts';
import { VirtualTime } from '../simulator/virtual-time.ts';
import { type ClockBed, describeClock } from './clock.ts';
import { untilReal, untilVirtual } from './waiting.ts';

const EPOCH_MS = Date.UTC(2026, 5, 1, 12);

describeClock('the system', () => ({
  createClock: createSystemClock,
  until: untilReal,
  dispose: () => undefined,
}));

describeClock('virtual time', (): ClockBed => {
  const time = new VirtualTime();
  const owner: SimClockOwner = {
    wallMs: () => EPOCH_MS + time.now,
    pausedUntilMs: () => 0,
    isAlive: () => true,
  };
  return { createClock: () => createSimClock(time, owner), until: untilVirtual(time), dispose: () => undefined };
});

/** The time of a simulated machine, as it is for its agent. */
function machineBed(befall: (clock: MachineClock) => void): ClockBed {
  const time = new VirtualTime();
  const machine = new MachineClock(time, new SeededRandom(1), EPOCH_MS);
  befall(machine);
  return {
    createClock: () =>
      createSimClock(machine.forAgent(), {
        wallMs: () => machine.wallMs(),
        pausedUntilMs: () => 0,
        isAlive: () => true,
      }),
    until: untilVirtual(time),
    dispose: () => undefined,
  };
}

describeClock('a simulated machine', () => machineBed(() => undefined));
describeClock('a simulated machine that gains', () => machineBed((clock) => (clock.driftPpm = 10_000)));
describeClock('a simulated machine that loses', () => machineBed((clock) => (clock.driftPpm = -10_000)));
describeClock('a slow simulated machine', () => machineBed((clock) => clock.slowDown(20, 3_600_000)));
describeClock('a simulated machine that was asleep', () => machineBed((clock) => clock.sleep(500)));
describeClock('a simulated agent that was paused', () => machineBed((clock) => clock.pause(500)));

it('a simulated clock is silent while its agent is paused, and for ever once its life is over', async () => {
  const time = new VirtualTime();
  let [pausedUntilMs, isAlive] = [50, true];
  const clock = createSimClock(time, {
    wallMs: () => 0,
    pausedUntilMs: () => pausedUntilMs,
    isAlive: () => isAlive,
  });
  const heard: string[] = [];
  clock.soon(() => heard.push(`soon at ${time.now}`));
  clock.wake(10, () => heard.push(`woken at ${time.now}`));
  await time.runUntil(40);
  pausedUntilMs = 60;
  await time.runUntil(100);
  expect(heard).toEqual(['soon at 60', 'woken at 60']);
  clock.soon(() => heard.push('soon'));
  clock.wake(110, () => heard.push('woken'));
  isAlive = false;
  await time.runUntil(200);
  expect(heard).toHaveLength(2);
});
