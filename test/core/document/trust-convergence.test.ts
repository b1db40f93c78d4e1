/**
 * Machines that edit, admit, remove and admit again apart from each other, removed ones among them that do not know it:
 * once each has seen every change, all show the same, and so does each after a restart.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DocumentEdit } from '../../../core/document/document-protocol.ts';
import type { Role } from '../../../core/domain/machine.ts';
import { actorOf, Bench, definition, openBench, putTask, rosterEntry, taskId } from './document-builders.ts';

const MACHINES = 4;
const machine = fc.nat(MACHINES - 1);
const roles = fc.constantFrom<Role[][]>(['viewer'], ['editor'], ['admin'], ['admin', 'editor', 'executor']);
const task = fc.constantFrom('a', 'b');

const edit = fc.oneof<fc.Arbitrary<DocumentEdit>[]>(
  fc
    .tuple(task, fc.constantFrom('one', 'two', 'three'), fc.integer({ min: 0, max: 2 }))
    .map(([id, name, priority]) => putTask(definition(id, { about: { name }, policy: { priority } }))),
  task.map((id) => ({ kind: 'delete-task', id: taskId(id) }) as const),
  fc
    .tuple(machine, roles)
    .map(([index, given]) => ({ kind: 'patch-machine', id: idOf(index), patch: { roles: given } }) as const),
  machine.map((index) => ({ kind: 'patch-machine', id: idOf(index), patch: { removed: true } }) as const),
  machine.map(
    (index) => ({ kind: 'put-machine', entry: rosterEntry(idOf(index), { roles: ['admin', 'editor'] }) }) as const,
  ),
);

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant('edit' as const),
      at: machine,
      edits: fc.array(edit, { minLength: 1, maxLength: 2 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ act: fc.constant('deliver' as const), from: machine, to: machine, mask: fc.nat(0xffff) }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('restart' as const), at: machine, newActor: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function idOf(index: number): Bench['self'] {
  return new Bench(index).self;
}

function take(benches: Bench[], next: Step, round: number): void {
  if (next.act === 'edit') {
    benches[next.at]?.edit(...next.edits);
  } else if (next.act === 'deliver') {
    const [from, to] = [benches[next.from] as Bench, benches[next.to] as Bench];
    to.receive(
      from.self,
      from.stored.filter((_, index) => (next.mask >> (index % 16)) & 1),
    );
  } else {
    const before = benches[next.at] as Bench;
    const again = new Bench(next.at, next.newActor ? round.toString(16).padStart(2, '0').repeat(16) : before.actor);
    again.open(before.snapshot(), before.stored);
    again.stored.push(...before.stored);
    benches[next.at] = again;
  }
}

function settle(benches: readonly Bench[]): void {
  for (let round = 0; round < MACHINES; round += 1) {
    for (const to of benches) for (const from of benches) if (from !== to) to.receive(from.self, from.stored);
  }
}

it('machines whose roles change agree once each has seen every change', () => {
  let removals = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) => {
      const benches = Array.from({ length: MACHINES }, (_, index) => openBench(index));
      for (const [round, next] of steps.entries()) take(benches, next, 100 + round);
      settle(benches);
      const [first, ...others] = benches as [Bench, ...Bench[]];
      for (const other of others) {
        expect(other.digest).toBe(first.digest);
        expect(other.view.plain()).toEqual(first.view.plain());
      }
      const fresh = new Bench(8, actorOf(8));
      fresh.open(first.snapshot());
      expect(fresh.view.plain()).toEqual(first.view.plain());
      fresh.open(undefined, first.stored);
      expect(fresh.view.plain()).toEqual(first.view.plain());
      removals += [...first.view.machines.values()].filter(({ removed }) => removed).length;
    }),
    { numRuns: 60 },
  );
  expect(removals).toBeGreaterThan(0);
}, 120_000);
