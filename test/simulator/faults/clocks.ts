/**
 * What befalls clocks: off by seconds, drifting, set forward or back by seconds to days, one alone or all together. A
 * machine judges what is due by its own clock, and nothing that its clock says may make another break a promise.
 */
import type { SeededRandom } from '../seeded-random.ts';
import { lastingMs } from './chance.ts';
import type { Fault, FaultScene } from './fault.ts';

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A bad crystal: one per cent. */
const MAX_DRIFT_PPM = 10_000;

export const CLOCK_FAULTS: readonly Fault[] = [
  fault('offset', ({ cluster, random }) => {
    random.pick(cluster.machines).clock.offsetMs = random.below(6 * SECOND) - 3 * SECOND;
  }),
  fault('drift', ({ cluster, random }) => {
    random.pick(cluster.machines).clock.driftPpm = either(random, lastingMs(random, 1, MAX_DRIFT_PPM));
  }),
  fault('jump of seconds', ({ cluster, random }) => {
    random.pick(cluster.machines).clock.offsetMs += either(random, lastingMs(random, SECOND, 120 * SECOND));
  }),
  fault('jump of hours', ({ cluster, random }) => {
    random.pick(cluster.machines).clock.offsetMs += either(random, lastingMs(random, 0.1 * HOUR, 12 * HOUR));
  }),
  fault('jump of days', ({ cluster, random }) => {
    random.pick(cluster.machines).clock.offsetMs += either(random, lastingMs(random, DAY / 2, 30 * DAY));
  }),
  fault('all jump', ({ cluster, random }) => {
    // The time server of the house is wrong, or right again.
    const byMs = either(random, lastingMs(random, SECOND, 12 * HOUR));
    for (const { clock } of cluster.machines) clock.offsetMs += byMs;
  }),
  fault('boot in the past', async ({ cluster, random }) => {
    // A small computer without a battery believes what it last knew, until it has asked a time server.
    const machine = random.pick(cluster.machines);
    if (machine.running || machine.stopping || machine.retired) return;
    machine.clock.offsetMs -= lastingMs(random, HOUR, 100 * DAY);
    await machine.boot();
    cluster.time.after(lastingMs(random, SECOND, 300 * SECOND), () => {
      machine.clock.setRight();
    });
  }),
  fault('time server', ({ cluster, random }) => {
    for (const { clock } of cluster.machines) if (random.fraction() < 0.7) clock.setRight();
  }),
];

function fault(name: string, befall: Fault['befall']): Fault {
  return { name, family: 'clock', befall, calm: setAllRight };
}

function setAllRight({ cluster }: FaultScene): void {
  for (const { clock } of cluster.machines) {
    clock.driftPpm = 0;
    clock.setRight();
  }
}

function either(random: SeededRandom, value: number): number {
  return random.fraction() < 0.5 ? value : -value;
}
