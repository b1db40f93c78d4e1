/** The system's clock and the simulated one keep the contract. */
import { expect, it } from 'vitest';
import { createSystemClock } from '../../core/adapters/system-clock.ts';
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
    wallMs: () => EPOCH_MS + Math.floor(time.now),
    pausedUntilMs: () => 0,
    isAlive: () => true,
  };
  return { createClock: () => createSimClock(time, owner), until: untilVirtual(time), dispose: () => undefined };
});

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
