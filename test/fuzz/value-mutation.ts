/**
 * Damages plain values by their structure, from a seed: fields are changed, dropped, doubled, exchanged and nested, so
 * that what comes out is often still of the right shape and reaches the code behind the schema. `pools` are the values
 * that mean something to the door: ids that it knows and ids that it does not.
 */
import type { SeededRandom } from '../simulator/seeded-random.ts';
import { NASTY_TEXTS } from './mutation.ts';

/** A value that a text of a kind is exchanged for: `applies` says which texts are of this kind. */
export interface Pool {
  readonly applies: (text: string) => boolean;
  readonly values: readonly string[];
}

const NASTY_NUMBERS: readonly number[] = [
  ...[0, 1, -1, 2, 255, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53 - 2, -(2 ** 53) + 1],
  ...[8.64e15, 8.64e15 + 1, -8.64e15, 1e12, 0.5, -0, 1e-7, 1e300, 1e21, 253_402_300_800_000],
];
const MAX_DEPTH = 40;
const MAX_LENGTH = 3000;

/** One to three damages to a copy of a value. Deterministic in `random`. */
export function mutateValue(random: SeededRandom, value: unknown, pools: readonly Pool[]): unknown {
  let changed = value;
  for (let count = 1 + random.below(3); count > 0; count -= 1) changed = damaged(random, changed, pools, 0);
  return changed;
}

/** Damages one place below a value: the deeper, the less likely the value itself. */
function damaged(random: SeededRandom, value: unknown, pools: readonly Pool[], depth: number): unknown {
  if (depth < MAX_DEPTH && Array.isArray(value) && value.length > 0 && random.below(4) !== 0) {
    return damagedList(random, value, pools, depth);
  }
  if (depth < MAX_DEPTH && isPlain(value) && Object.keys(value).length > 0 && (depth === 0 || random.below(5) !== 0)) {
    return damagedObject(random, value, pools, depth);
  }
  return damagedLeaf(random, value, pools);
}

function damagedList(random: SeededRandom, list: readonly unknown[], pools: readonly Pool[], depth: number): unknown[] {
  const at = random.below(list.length);
  const copy = [...list];
  switch (random.below(6)) {
    case 0:
      copy.splice(at, 1);
      return copy;
    case 1:
      return [...copy, ...Array.from({ length: 1 + random.below(random.below(10) === 0 ? 300 : 4) }, () => copy[at])];
    case 2:
      return copy.reverse();
    default:
      copy[at] = damaged(random, copy[at], pools, depth + 1);
      return copy;
  }
}

function damagedObject(
  random: SeededRandom,
  object: Readonly<Record<string, unknown>>,
  pools: readonly Pool[],
  depth: number,
): Record<string, unknown> {
  const keys = Object.keys(object);
  const key = random.pick(keys);
  const copy: Record<string, unknown> = { ...object };
  switch (random.below(14)) {
    case 0:
      return Object.fromEntries(Object.entries(object).filter(([other]) => other !== key));
    case 1:
      return withOwn(copy, random.pick(NASTY_TEXTS), copy[key]);
    case 2:
      return withOwn(copy, poolText(random, key, pools), copy[key]);
    case 3:
      copy[key] = copy[random.pick(keys)];
      return copy;
    default:
      return withOwn(copy, key, damaged(random, copy[key], pools, depth + 1));
  }
}

function damagedLeaf(random: SeededRandom, value: unknown, pools: readonly Pool[]): unknown {
  if (random.below(12) === 0) return random.pick([null, true, false, '', 0, [], {}, undefined, value, [value]]);
  if (typeof value === 'number') {
    return random.below(3) === 0 ? value + random.pick([-1, 1, 1000, -1000, 0.5]) : random.pick(NASTY_NUMBERS);
  }
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return damagedText(random, value, pools);
  if (value instanceof Uint8Array) {
    const bytes = value.slice(0, random.below(3) === 0 ? random.below(value.length + 1) : value.length);
    if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  }
  return nested(random, value);
}

function damagedText(random: SeededRandom, text: string, pools: readonly Pool[]): string {
  const choice = random.below(5);
  if (choice < 2) return poolText(random, text, pools);
  if (choice === 2) return random.pick(NASTY_TEXTS);
  const at = random.below(text.length + 1);
  const piece = random.pick(NASTY_TEXTS);
  if (choice === 3) return text.slice(0, at) + piece + text.slice(at);
  return (text || piece).repeat(1 + random.below(Math.ceil(MAX_LENGTH / (text.length + 1)))).slice(0, MAX_LENGTH);
}

function poolText(random: SeededRandom, text: string, pools: readonly Pool[]): string {
  const pool = pools.find(({ applies }) => applies(text));
  return pool === undefined ? random.pick(NASTY_TEXTS) : random.pick(pool.values);
}

function nested(random: SeededRandom, value: unknown): unknown {
  let deep = value;
  for (let depth = random.below(MAX_DEPTH); depth > 0; depth -= 1) deep = random.below(2) === 0 ? [deep] : { a: deep };
  return deep;
}

/** Sets a field as JSON would, whatever its name: `__proto__` becomes a field like any other. */
function withOwn(object: Record<string, unknown>, key: string, value: unknown): Record<string, unknown> {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  return object;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !Array.isArray(value);
}
