/** What is looked at in one turn of the event loop: so many units and bytes, and nobody twice before the others once. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FairTurns, type TurnFigures } from '../../core/adapters/libp2p/fair-turns.ts';
import { NETWORK } from '../../core/adapters/libp2p/network-limits.ts';

const figures: TurnFigures[] = [];
const take = (message: unknown): void => void figures.push(message as TurnFigures);

beforeEach(() => {
  figures.length = 0;
  subscribe('carillon:turn', take);
});
afterEach(() => {
  unsubscribe('carillon:turn', take);
});

/** Does so many pieces of a name, one after the other, each in its turn. */
async function work(turns: FairTurns, done: string[], name: string, pieces: number, sizeBytes: number): Promise<void> {
  for (let piece = 0; piece < pieces; piece += 1) {
    await turns.acquire(1, sizeBytes);
    done.push(name);
  }
}

describe('turns that many share', () => {
  it('hold so many units, and no more', async () => {
    const turns = new FairTurns();
    await Promise.all(['a', 'b', 'c'].map((name) => work(turns, [], name, 200, 10)));
    await new Promise<void>((resolve) => turns.later(resolve));
    const units = figures.map((each) => each.units);
    expect(Math.max(...units)).toBeLessThanOrEqual(NETWORK.turnUnits);
    expect(units.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(600);
  });

  it('hold so many bytes, and one piece beyond', async () => {
    const turns = new FairTurns();
    const size = NETWORK.turnBytes / 2 - 1;
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => work(turns, [], name, 10, size)));
    expect(Math.max(...figures.map((each) => each.bytes))).toBeLessThan(NETWORK.turnBytes + size);
  });

  it('are given round robin: who floods waits for those who say little', async () => {
    const turns = new FairTurns();
    const done: string[] = [];
    const flood = work(turns, done, 'flood', 10 * NETWORK.turnUnits, 1);
    await work(turns, done, 'quiet', 5, 1);
    expect(done.filter((name) => name === 'flood').length).toBeLessThanOrEqual(NETWORK.turnUnits + 10);
    await flood;
  });

  it('go on until nobody waits, whatever a piece costs', async () => {
    const turns = new FairTurns();
    const done: string[] = [];
    await Promise.all([work(turns, done, 'large', 3, 10 * NETWORK.turnBytes), work(turns, done, 'small', 3, 1)]);
    expect(done.sort()).toEqual(['large', 'large', 'large', 'small', 'small', 'small']);
  });
});
