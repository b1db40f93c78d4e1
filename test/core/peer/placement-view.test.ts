/** What would be: who would run a task that is not saved, and what a machine leaves behind when it goes. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { MachineId, TaskId } from '../../../core/domain/ids.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import type { PeerView } from '../../../core/peer/peer-view.ts';
import { SimCluster, simTask } from '../../simulator/sim-cluster.ts';

const MACHINES = 4;
const TASKS = 40;

let cluster: SimCluster;

function view(): PeerView {
  return cluster.machine(0).peer.view;
}

function idOf(index: number): MachineId {
  return cluster.machine(index).id;
}

function definitions(name: string): TaskDefinition[] {
  return Array.from({ length: TASKS }, (_, index) =>
    simTask(`${name}-${index}`, undefined, index % 5 === 0 ? { placement: { mode: 'n', count: 2 } } : {}),
  );
}

function runnersOf(ids: readonly TaskId[]): Map<TaskId, readonly MachineId[]> {
  return new Map(ids.map((id) => [id, [...view().targets(id)].sort()]));
}

beforeEach(async () => {
  cluster = new SimCluster({ machines: MACHINES });
  await cluster.form();
  await cluster.put(0, ...definitions('task'));
});

describe('the placement of a definition that is not saved', () => {
  test('is the one that it has once it is saved, and asking changes nothing', async () => {
    for (const definition of definitions('new').slice(0, 10)) {
      const asked = view().placementOf(definition);
      expect(view().task(definition.id)).toBeUndefined();
      await cluster.put(0, definition);
      expect(view().placement(definition.id)).toEqual(asked);
    }
    const owners = new Map(view().ring().owners);
    view().placementOf(simTask('another', undefined));
    view().departure(idOf(1));
    expect(view().ring().owners).toEqual(owners);
  });

  test('follows an edit of a saved task before it is made', () => {
    const known = simTask('task-1', undefined);
    const pinned: TaskDefinition = {
      ...known,
      placement: { ...known.placement, mode: 'pin', machine: idOf(3), labels: { rack: 'right' } },
    };
    expect(view().placementOf(pinned)).toMatchObject({ owner: idOf(3), preference: [idOf(3)] });
    const elsewhere = { ...pinned, placement: { ...pinned.placement, labels: { rack: 'left' } } };
    const placement = view().placementOf(elsewhere);
    expect(placement).toMatchObject({ owner: undefined, preference: [], targets: [] });
    expect(placement.ineligible.find(({ machine }) => machine === idOf(3))?.reason).toBe(
      'its label rack is right, not left',
    );
  });
});

describe('the ring', () => {
  test('tells the owner of every task that one machine runs, within the bounds', () => {
    const { machines, owners } = view().ring();
    const single = view()
      .tasks()
      .filter(({ placement }) => placement.mode === 'one');
    expect([...owners.keys()].sort()).toEqual(single.map(({ id }) => id).sort());
    expect(machines.map(({ id }) => id).sort()).toEqual([0, 1, 2, 3].map(idOf).sort());
    for (const { id, tasks, bound } of machines) {
      expect([...owners.values()].filter((owner) => owner === id)).toHaveLength(tasks);
      expect(tasks).toBeLessThanOrEqual(bound);
    }
  });
});

describe('the departure of a machine', () => {
  test('leads where the tasks are once it is gone', async () => {
    const pinned = simTask('pinned', undefined, { placement: { mode: 'pin', machine: idOf(2) } });
    const labelled = simTask('labelled', undefined, { placement: { labels: { name: 'm2' } } });
    const everywhere = simTask('everywhere', undefined, { placement: { mode: 'all' } });
    await cluster.put(0, pinned, labelled, everywhere);
    const ids = view()
      .tasks()
      .map(({ id }) => id);
    const expected = runnersOf(ids);
    const { moves, stranded, before, after } = view().departure(idOf(2));
    expect(before).toEqual(view().ring().machines);
    for (const [id, runners] of expected)
      expected.set(
        id,
        runners.filter((runner) => runner !== idOf(2)),
      );
    for (const { task, from, to } of moves) {
      expected.set(task, [...(expected.get(task) ?? []).filter((runner) => runner !== from), to].sort());
    }
    cluster.machine(2).kill();
    await cluster.run(20_000);
    expect(view().targets(everywhere.id)).toHaveLength(MACHINES - 1);
    expect(runnersOf(ids)).toEqual(expected);
    expect(view().ring().machines).toEqual(after);
    expect(new Map(stranded.map(({ task, reason }) => [task, reason]))).toEqual(
      new Map([
        [pinned.id, 'it is pinned to this machine'],
        [labelled.id, [0, 1, 3].map((index) => `m${index}: its label name is m${index}, not m2`).join('; ')],
      ]),
    );
    expect(moves.length).toBeGreaterThan(4);
    // Of one that is gone already nothing is left to move.
    expect(view().departure(idOf(2))).toEqual({ moves: [], stranded: [], before: after, after });
  });
});
