/** The ring: the same answer for every order, bounded loads, and how much moves when a machine comes or goes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MachineId, TaskId } from '../../../core/domain/ids.ts';
import { assignOwners, type PlacedTask, roomPerMachine } from '../../../core/ring/bounded-load.ts';
import { HashRing, type RingMachine } from '../../../core/ring/hash-ring.ts';
import { ringPlace } from '../../../core/ring/hash.ts';
import { preferenceList } from '../../../core/ring/preference-list.ts';
import { machine } from '../../fakes/run-records.ts';

const machines = (count: number, from = 0): RingMachine[] =>
  Array.from({ length: count }, (_, index) => ({ id: machine(`m${from + index}`), weight: 1 }));
const placed = (count: number, eligible?: readonly boolean[]): PlacedTask[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `task-${index}` as TaskId,
    place: ringPlace(`task-${index}`),
    eligible,
  }));

function loads(owners: ReadonlyMap<TaskId, MachineId>): Map<MachineId, number> {
  const counts = new Map<MachineId, number>();
  for (const owner of owners.values()) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return counts;
}

/** The share of tasks that have another owner. */
function moved(before: ReadonlyMap<TaskId, MachineId>, after: ReadonlyMap<TaskId, MachineId>): number {
  let count = 0;
  for (const [task, owner] of before) if (after.get(task) !== owner) count += 1;
  return count / before.size;
}

const shuffled = <T>(items: readonly T[]): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...items], { minLength: items.length });

describe('owners', () => {
  test('are the same whatever the order of machines and tasks', () => {
    const some = machines(7);
    const tasks = placed(300);
    const expected = assignOwners(new HashRing(some), tasks);
    const property = fc.property(shuffled(some), shuffled(tasks), (ids, list) => {
      expect(assignOwners(new HashRing(ids), list)).toEqual(expected);
    });
    fc.assert(property, { numRuns: 20 });
  });

  test('no machine owns more than its bound, whatever the weights', () => {
    const weights = fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1, maxLength: 12 });
    const property = fc.property(weights, fc.integer({ min: 0, max: 400 }), (list, count) => {
      const ring = new HashRing(list.map((weight, index) => ({ id: machine(`w${index}`), weight })));
      const room = roomPerMachine(ring, count);
      const owned = loads(assignOwners(ring, placed(count)));
      for (const [index, { id }] of ring.machines.entries())
        expect(owned.get(id) ?? 0).toBeLessThanOrEqual(room[index] ?? 0);
      expect([...owned.values()].reduce((sum, value) => sum + value, 0)).toBe(count);
    });
    fc.assert(property, { numRuns: 50 });
  });

  test('an eligible machine that is full still owns what no other may run', () => {
    const ring = new HashRing(machines(4));
    const only = ring.machines.map((_, index) => index === 2);
    const owned = loads(assignOwners(ring, placed(100, only)));
    expect([...owned]).toEqual([[ring.machines[2]?.id, 100]]);
  });

  test.for([5, 10, 30])('a machine that leaves %i others moves little more than its own tasks', (count) => {
    const all = machines(count + 1);
    const before = assignOwners(new HashRing(all), placed(5000));
    const gone = all[3]?.id as MachineId;
    const after = assignOwners(new HashRing(all.filter(({ id }) => id !== gone)), placed(5000));
    const share = (loads(before).get(gone) ?? 0) / 5000;
    expect(moved(before, after)).toBeGreaterThanOrEqual(share);
    expect(moved(before, after)).toBeLessThan(share + 0.03);
  });

  test.for([5, 10, 30])('a machine that joins %i others takes tasks, and few move among the others', (count) => {
    const before = assignOwners(new HashRing(machines(count)), placed(5000));
    const after = assignOwners(new HashRing(machines(count + 1)), placed(5000));
    const taken = (loads(after).get(machine(`m${count}`)) ?? 0) / 5000;
    expect(taken).toBeGreaterThan(0.5 / (count + 1));
    expect(moved(before, after)).toBeLessThan(taken + 0.03);
  });
});

describe('the preference list', () => {
  test('has the owner first, every eligible machine once, and those to avoid last', () => {
    const ring = new HashRing(machines(6));
    const place = ringPlace('some-task');
    const owner = ring.machines[4]?.id as MachineId;
    const avoid = [ring.machines[1]?.id as MachineId];
    const closed = ring.machines[0]?.id as MachineId;
    const list = preferenceList(ring, place, owner, (id) => id !== closed, avoid);
    expect(list[0]).toBe(owner);
    expect(list.at(-1)).toBe(avoid[0]);
    expect(new Set(list).size).toBe(5);
    expect(list).not.toContain(closed);
  });
});
