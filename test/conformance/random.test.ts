/** The system's chance and that from a seed keep the contract; the seeded one can be repeated. */
import { expect, it } from 'vitest';
import { createSystemRandom } from '../../core/adapters/system-random.ts';
import { SeededRandom } from '../simulator/seeded-random.ts';
import { describeRandom } from './random.ts';

describeRandom('the system', createSystemRandom);
describeRandom('a seed', () => new SeededRandom(20_260_601));

it('the same seed gives the same chance, and a fork leaves its source as it is', () => {
  const draw = (random: SeededRandom): number[] => Array.from({ length: 50 }, () => random.fraction());
  expect(draw(new SeededRandom(7))).toEqual(draw(new SeededRandom(7)));
  expect(draw(new SeededRandom(7))).not.toEqual(draw(new SeededRandom(8)));
  const [used, unused] = [new SeededRandom(7), new SeededRandom(7)];
  draw(used.fork());
  unused.fork();
  expect(draw(used)).toEqual(draw(unused));
});
