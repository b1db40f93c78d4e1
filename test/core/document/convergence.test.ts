/** Machines that hold the same changes show the same, in whatever order these came, and after any restart. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isContested } from '../../../core/document/conflicts.ts';
import type { DocumentEdit } from '../../../core/document/document-protocol.ts';
import { facetPlace } from '../../../core/document/schema.ts';
import { decodeSnapshot } from '../../../core/document/snapshot.ts';
import { FACET_NAMES } from '../../../core/domain/task.ts';
import {
  actorOf,
  Bench,
  clusterSettings,
  definition,
  openBench,
  putTask,
  rosterEntry,
  taskId,
} from './document-builders.ts';

const id = fc.constantFrom('a', 'b', 'c');
const edit = fc.oneof<fc.Arbitrary<DocumentEdit>[]>(
  fc
    .tuple(id, fc.constantFrom('one', 'two', 'three'), fc.integer({ min: 0, max: 3 }), fc.boolean())
    .map(([task, name, priority, create]) =>
      putTask(definition(task, { about: { name }, policy: { priority } }), create ? 'create' : 'upsert'),
    ),
  fc
    .tuple(id, fc.boolean())
    .map(([task, suspended]) => ({ kind: 'suspend-task', id: taskId(task), suspended }) as const),
  id.map((task) => ({ kind: 'delete-task', id: taskId(task) }) as const),
  id.map((task) => ({ kind: 'restore-task', id: taskId(task) }) as const),
  fc.tuple(fc.constantFrom(0, 1, 2), fc.boolean()).map(([machine, removed]) => ({
    kind: 'put-machine' as const,
    entry: rosterEntry(new Bench(machine).self, { removed, name: `machine ${machine}` }),
  })),
);

/** An edit by one machine, the delivery of some stored changes from one to another, or a restart. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('edit' as const),
      at: fc.nat(2),
      edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('deliver' as const),
      from: fc.nat(2),
      to: fc.nat(2),
      mask: fc.nat(0xffff),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('restart' as const), at: fc.nat(2), keep: fc.boolean() }) },
);

function take(benches: readonly Bench[], change: typeof step extends fc.Arbitrary<infer T> ? T : never): void {
  const at = (index: number): Bench => benches[index] as Bench;
  if (change.act === 'edit') at(change.at).edit(...change.edits);
  else if (change.act === 'restart')
    at(change.at).open(change.keep ? at(change.at).snapshot() : undefined, at(change.at).stored);
  else {
    const { from, to, mask } = change;
    at(to).receive(
      at(from).self,
      at(from).stored.filter((_, index) => (mask >> (index % 16)) & 1),
    );
  }
}

/** The contested facets of every task, from every place of a freshly loaded document, without any index. */
function conflictsFoundByReading(bench: Bench): string[] {
  const snapshot = decodeSnapshot(bench.snapshot(), actorOf(9));
  if (!snapshot.ok) throw new Error(snapshot.error);
  const { replica } = snapshot.value;
  const contested: string[] = [];
  for (const task of bench.view.tasks.keys()) {
    for (const facet of FACET_NAMES) {
      if (isContested(replica.candidatesOf(facetPlace(task, facet)))) contested.push(`${task}/${facet}`);
    }
  }
  return contested.sort();
}

function shownConflicts(bench: Bench): string[] {
  return [...bench.view.tasks.values()]
    .flatMap(({ id: task, conflicts }) => conflicts.map((facet) => `${task}/${facet}`))
    .sort();
}

describe('three machines', () => {
  it('agree once each has seen every change', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const benches = [openBench(0), openBench(1), openBench(2)];
        for (const next of steps) take(benches, next);
        for (let round = 0; round < 3; round += 1) {
          for (const to of benches) for (const from of benches) if (from !== to) to.receive(from.self, from.stored);
        }
        const [first, ...others] = benches as [Bench, ...Bench[]];
        for (const other of others) {
          expect(other.digest).toBe(first.digest);
          expect(other.vector).toEqual(first.vector);
          expect(other.view.plain()).toEqual(first.view.plain());
        }
        for (const bench of benches) {
          // What a removed machine wrote last may be void: it is in the document, and not shown.
          const removed = [...bench.view.machines.values()].some((entry) => entry.removed);
          const found = conflictsFoundByReading(bench);
          if (removed) expect(found).toEqual(expect.arrayContaining(shownConflicts(bench)));
          else expect(found).toEqual(shownConflicts(bench));
        }
        const reader = openBench(3);
        reader.open(first.snapshot());
        expect(reader.view.plain()).toEqual(first.view.plain());
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});

describe('a restart', () => {
  function busyBench(): Bench {
    const [a, b] = [openBench(0), openBench(1)];
    a.edit(
      { kind: 'create-cluster', settings: clusterSettings(a.self) },
      { kind: 'put-machine', entry: rosterEntry(a.self) },
    );
    for (let round = 0; round < 6; round += 1) {
      a.edit(putTask(definition(`task-${round % 3}`, { about: { name: `A ${round}` } })));
      b.edit(putTask(definition(`task-${round % 2}`, { about: { name: `B ${round}` } })));
      if (round % 2 === 1) {
        b.receive(a.self, a.stored);
        a.receive(b.self, b.stored);
      }
    }
    a.edit({ kind: 'delete-task', id: taskId('task-2') });
    return a;
  }

  it('shows the same from a snapshot at any point and the changes after it, and goes on', () => {
    const whole = busyBench();
    for (let cut = 0; cut <= whole.stored.length; cut += 1) {
      const early = new Bench(0);
      early.open(undefined, whole.stored.slice(0, cut));
      const again = new Bench(0);
      const events = again.open(early.snapshot(), whole.stored);
      expect(events.at(-1)).toMatchObject({ type: 'opened', digest: whole.digest, vector: whole.vector });
      expect(again.view.plain()).toEqual(whole.view.plain());
      const [next] = again.make(putTask(definition(`after-${cut}`)));
      expect(next?.sequence).toBe((whole.vector[actorOf(0)] ?? 0) + 1);
    }
  });

  it('leaves a damaged change out, names it, and needs a new actor when it was an own one', () => {
    const whole = busyBench();
    const damage = (position: number): typeof whole.stored =>
      whole.stored.map((change, index) =>
        index === position ? { ...change, bytes: change.bytes.map((byte) => byte ^ 4) } : change,
      );
    const foreign = whole.stored.findIndex(({ actor }) => actor === actorOf(1));
    const own = new Bench(0);
    expect(own.open(undefined, damage(0)).at(-1)).toMatchObject({
      type: 'failed',
      error: { code: 'DATABASE_CORRUPT' },
    });
    const renewed = new Bench(0, 'cd'.repeat(16));
    const events = renewed.open(undefined, damage(foreign));
    expect(events.at(-1)?.type).toBe('opened');
    expect(events.some(({ type }) => type === 'rejected')).toBe(true);
    renewed.receive(whole.self, whole.stored);
    expect(renewed.digest).toBe(whole.digest);
  });

  it('says so when the snapshot is damaged, at whatever byte', () => {
    const whole = busyBench();
    const snapshot = whole.snapshot();
    const opened: number[] = [];
    for (let index = 0; index < snapshot.length; index += 11) {
      const bytes = new Uint8Array(snapshot);
      bytes[index] = (bytes[index] ?? 0) ^ 16;
      if (new Bench(0).open(bytes).at(-1)?.type !== 'failed') opened.push(index);
    }
    expect(opened).toEqual([]);
    expect(new Bench(0).open(snapshot.subarray(0, -5)).at(-1)?.type).toBe('failed');
    expect(new Bench(0).open(snapshot).at(-1)?.type).toBe('opened');
  });
});
