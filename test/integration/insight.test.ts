/** What people look at and do in the console before and after they save: over two real agents. */
import { beforeAll, describe, expect, test } from 'vitest';
import { bedOfFile } from './agent-bed.ts';
import { eventually } from './eventually.ts';
import { shellTask } from './task-builder.ts';

const bed = bedOfFile();
const one = bed.add('one');
const two = bed.add('two');

beforeAll(() => bed.form(one, two), 90_000);

describe('before it is saved', () => {
  test('a definition is placed as it will be, on both machines alike', async () => {
    const definition = shellTask('placed', 'true');
    const [here, there] = [
      await one.client.tasks.placement({ definition }),
      await two.client.tasks.placement({ definition }),
    ];
    expect(here).toEqual(there);
    await one.client.tasks.apply({ definitions: [definition] });
    expect((await one.client.tasks.get({ id: 'placed' })).placement).toEqual(here);
  });

  test('it is previewed with its owner', async () => {
    const definition = {
      ...shellTask('previewed', 'true', { everyMs: 60_000 }),
      placement: { mode: 'pin' as const, machine: two.id },
    };
    const { occurrences } = await one.client.schedule.preview({ definition, count: 2 });
    expect(occurrences).toMatchObject([{ owner: { name: 'two' } }, { owner: { name: 'two' } }]);
  });

  test('it is tried on another machine, and leaves nothing but its run', async () => {
    const definition = shellTask('tried', `${bed.noteStart('tried')}; echo it works`);
    const { taskId, occurrenceIds } = await one.client.tasks.try({ definition, machine: 'two' });
    await eventually(async () => {
      const { runs } = await one.client.runs.list({ occurrence: occurrenceIds[0] ?? '' });
      expect(runs).toMatchObject([{ taskId, state: 'succeeded', machineName: 'two' }]);
      const { data } = await one.client.runs.output({ run: runs[0]?.id ?? '' });
      expect(data).toBe('it works\n');
    });
    expect(bed.starts('tried')).toHaveLength(1);
    await eventually(async () => {
      for (const agent of [one, two]) {
        const { tasks } = await agent.client.tasks.list({ includeTries: true });
        expect(tasks.map(({ id }) => id)).not.toContain(taskId);
      }
    });
  });
});

describe('once it is saved', () => {
  test('what comes due is told with who would run it, and what would be if that machine went', async () => {
    const pinned = { mode: 'pin' as const, machine: two.id };
    await one.client.tasks.apply({
      definitions: [
        {
          ...shellTask('ahead', 'true', { placement: pinned }),
          schedule: { triggers: [{ kind: 'cron', expression: '0 3 * * *' }] },
        },
        {
          ...shellTask('afar', 'true', { placement: { labels: { nobody: 'has' } } }),
          schedule: { triggers: [{ kind: 'cron', expression: '0 4 * * *' }] },
        },
      ],
    });
    const { occurrences, perTask } = await one.client.tasks.forecast({});
    expect(occurrences.find(({ taskId }) => taskId === 'ahead')).toMatchObject({ machineIds: [two.id] });
    expect(occurrences.find(({ taskId }) => taskId === 'afar')).toMatchObject({ machineIds: [] });
    expect(perTask).toContainEqual({ taskId: 'ahead', taskName: 'ahead', count: 1 });
    const { owners, machines } = await one.client.machines.ring({});
    expect(owners).toContainEqual({ taskId: 'ahead', taskName: 'ahead', machineId: two.id });
    expect(machines.map(({ name }) => name)).toEqual(['one', 'two']);
    const { moves, stranded, sharesAfter } = await one.client.machines.departure({ machine: 'two' });
    expect(stranded).toContainEqual({ taskId: 'ahead', taskName: 'ahead', reason: 'it is pinned to this machine' });
    const moving = owners.filter(({ taskId, machineId }) => machineId === two.id && taskId !== 'ahead');
    expect(moves.map(({ taskId }) => taskId).sort()).toEqual(moving.map(({ taskId }) => taskId).sort());
    expect(sharesAfter.map(({ name }) => name)).toEqual(['one']);
  });

  test('many tasks are suspended at once, and one is brought back to what it was', async () => {
    const ids = ['many-1', 'many-2', 'many-3'];
    await one.client.tasks.apply({ definitions: ids.map((id) => shellTask(id, 'true')) });
    const { done, refused } = await one.client.tasks.bulk({ ids: [...ids, 'none'], act: 'suspend' });
    expect([done, refused.map(({ code }) => code)]).toEqual([ids, ['TASK_NOT_FOUND']]);
    const { revisions } = await one.client.tasks.history({ id: 'many-1' });
    const changeHash = revisions.at(-1)?.changeHash ?? '';
    const reverted = await one.client.tasks.revert({ id: 'many-1', changeHash });
    expect(reverted).toEqual({ id: 'many-1', outcome: 'changed', facets: ['about'] });
    await eventually(async () => {
      const { tasks } = await two.client.tasks.list({ text: 'many-', suspended: true });
      expect(tasks.map(({ id }) => id)).toEqual(['many-2', 'many-3']);
    });
  });
});
