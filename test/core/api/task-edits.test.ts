/** Many tasks at once, and tasks brought back to what they were: over the real document. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { TaskId } from '../../../core/domain/ids.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import type { DocumentHost } from '../../../core/ports/document-host.ts';
import { SimCluster, simTask } from '../../simulator/sim-cluster.ts';
import { type SimApi, simApi } from './sim-api.ts';

let cluster: SimCluster;
let api: SimApi;
/** How many lists of edits the documents were given. */
let edits = 0;

function counted(host: DocumentHost): DocumentHost {
  return {
    start: (onEvent) => {
      host.start(onEvent);
    },
    post: (command) => {
      if (command.type === 'edit') edits += 1;
      host.post(command);
    },
    stop: () => host.stop(),
  };
}

beforeEach(async () => {
  cluster = new SimCluster({ machines: 2, document: counted });
  await cluster.form();
  api = simApi(cluster, 0);
  edits = 0;
});

describe('many tasks at once', () => {
  const ids = Array.from({ length: 30 }, (_, index) => `job-${index}` as TaskId);
  const suspended = (index: number): string[] =>
    cluster
      .machine(index)
      .peer.view.tasks()
      .filter(({ about }) => about.suspended)
      .map(({ id }) => id)
      .sort();

  beforeEach(async () => {
    await cluster.put(0, ...ids.map((id) => simTask(id, undefined)));
    edits = 0;
  });

  test('are suspended and resumed in one edit, for all machines', async () => {
    const done = await api.answer(api.client.tasks.bulk({ ids: [...ids, ids[0] as TaskId], act: 'suspend' }));
    expect(done).toEqual({ done: ids, refused: [] });
    expect(edits).toBe(1);
    await cluster.run(1000);
    expect(suspended(1)).toEqual([...ids].sort());
    await api.answer(api.client.tasks.bulk({ ids, act: 'resume' }));
    expect(suspended(0)).toEqual([]);
  });

  test('what is not there is refused by itself, and the others are done', async () => {
    const deleted = await api.answer(api.client.tasks.bulk({ ids: ['none', ...ids.slice(0, 3)], act: 'delete' }));
    expect(deleted.done).toEqual(ids.slice(0, 3));
    expect(deleted.refused).toEqual([{ id: 'none', code: 'TASK_NOT_FOUND', message: 'there is no task "none"' }]);
    expect(edits).toBe(1);
    const asked = [...ids.slice(0, 2), 'none', ...ids.slice(2, 3)];
    const restored = await api.answer(api.client.tasks.bulk({ ids: asked, act: 'restore' }));
    expect(restored.done).toEqual(ids.slice(0, 3));
    expect(restored.refused).toMatchObject([{ id: 'none', code: 'TASK_NOT_FOUND' }]);
    expect(cluster.machine(0).peer.view.tasks()).toHaveLength(ids.length);
  });

  test('are run, each for itself', async () => {
    const [first = '', second = ''] = ids;
    const run = await api.answer(api.client.tasks.bulk({ ids: [first, 'none', second], act: 'run' }));
    expect(run).toMatchObject({ done: [first, second], refused: [{ id: 'none', code: 'TASK_NOT_FOUND' }] });
    await cluster.run(3000);
    expect(cluster.starts.map(({ taskId }) => taskId).sort()).toEqual([first, second].sort());
  });

  test('are left alone, as a whole, by a machine that may not edit', async () => {
    const { id } = cluster.machine(1);
    await cluster.command(0, { kind: 'set-roles', id, roles: ['executor'] });
    await cluster.run(1000);
    const other = simApi(cluster, 1);
    const refused = await other.refusal(other.client.tasks.bulk({ ids, act: 'delete' }));
    expect(refused.code).toBe('NOT_AUTHORIZED');
  });
});

describe('bringing back', () => {
  const id = 'job' as TaskId;
  const first = simTask(id, '0 0 3 * * *');
  const second: TaskDefinition = {
    ...first,
    about: { ...first.about, description: 'second' },
    schedule: { ...first.schedule, timeZone: 'Europe/Berlin' },
    policy: { ...first.policy, priority: 5 },
  };

  async function revisions() {
    return (await api.answer(api.client.tasks.history({ id }))).revisions;
  }

  /** The change that gave a facet its n-th value. */
  async function changeOf(facet: string, revision: number): Promise<string> {
    const found = (await revisions()).find((one) => one.facet === facet && one.revision === revision);
    if (found === undefined) throw new Error(`no revision ${revision} of ${facet}`);
    return found.changeHash;
  }

  const saved = () => cluster.machine(0).peer.view.task(id);

  beforeEach(async () => {
    await cluster.put(0, first);
    await cluster.put(0, second);
  });

  test('a part of a task is a new revision with the old value; the rest stays', async () => {
    const changeHash = await changeOf('schedule', 1);
    const reverted = await api.answer(api.client.tasks.revert({ id, changeHash, facet: 'schedule' }));
    expect(reverted).toEqual({ id, outcome: 'changed', facets: ['schedule'] });
    expect(saved()).toMatchObject({ schedule: first.schedule, policy: second.policy, about: second.about });
    expect(saved()?.origins.schedule.revision).toBe(3);
    expect((await revisions())[0]).toMatchObject({ facet: 'schedule', revision: 3, signed: true, void: false });
    const again = await api.answer(api.client.tasks.revert({ id, changeHash, facet: 'schedule' }));
    expect(again).toEqual({ id, outcome: 'unchanged', facets: [] });
  });

  test('the whole task is as it was after that change', async () => {
    const changeHash = await changeOf('about', 1);
    const { facets } = await api.answer(api.client.tasks.revert({ id, changeHash: changeHash.slice(0, 12) }));
    expect(facets).toEqual(['about', 'schedule', 'policy']);
    expect(saved()).toMatchObject({ ...first });
    await api.answer(api.client.tasks.revert({ id, changeHash: await changeOf('policy', 2) }));
    expect(saved()).toMatchObject({ ...second });
  });

  test('a part that was never written is not among what has changed, whoever wrote the others', async () => {
    const changeHash = await changeOf('about', 1);
    await cluster.put(1, { ...second, about: { ...second.about, description: 'by another machine' } });
    await cluster.run(2000);
    const { facets } = await api.answer(api.client.tasks.revert({ id, changeHash, facet: 'about' }));
    expect(facets).toEqual(['about']);
  });

  test('a deleted task comes back as a whole, and not in parts', async () => {
    const changeHash = await changeOf('about', 1);
    await cluster.command(0, { kind: 'delete-task', id });
    const part = await api.refusal(api.client.tasks.revert({ id, changeHash, facet: 'about' }));
    expect(part.code).toBe('TASK_DELETED');
    const deletion = (await revisions())[0]?.changeHash ?? '';
    const dead = await api.refusal(api.client.tasks.revert({ id, changeHash: deletion }));
    expect(dead).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('deleted the task') });
    await api.answer(api.client.tasks.revert({ id, changeHash }));
    expect(saved()).toMatchObject({ ...first });
  });

  test('a revision that nobody knows is refused', async () => {
    const changeHash = 'f'.repeat(64);
    expect((await api.refusal(api.client.tasks.revert({ id, changeHash }))).code).toBe('REVISION_NOT_FOUND');
    const none = await api.refusal(
      api.client.tasks.revert({ id, changeHash: await changeOf('policy', 2), facet: 'action' }),
    );
    expect(none).toMatchObject({ code: 'REVISION_NOT_FOUND', message: expect.stringContaining('the action of "job"') });
  });

  test('what would not do any more is refused with words: a machine that is gone, a secret that is gone', async () => {
    const other = cluster.machine(1);
    await cluster.put(0, { ...second, placement: { ...second.placement, mode: 'pin', machine: other.id } });
    await cluster.put(0, second);
    await cluster.command(0, { kind: 'remove-machine', id: other.id });
    const changeHash = await changeOf('placement', 2);
    const pinned = await api.refusal(api.client.tasks.revert({ id, changeHash, facet: 'placement' }));
    expect(pinned).toMatchObject({ code: 'NO_ELIGIBLE_MACHINE', message: expect.stringContaining('pinned to m1') });

    const action = { ...first.action, environment: { KEY: { secret: 'api-key' } } } as TaskDefinition['action'];
    await cluster.command(0, { kind: 'set-secret', name: 'api-key', value: 'some value' });
    await cluster.put(0, { ...second, action });
    await cluster.put(0, second);
    await cluster.command(0, { kind: 'delete-secret', name: 'api-key' });
    const secret = { id, changeHash: await changeOf('action', 2), facet: 'action' as const };
    expect(await api.refusal(api.client.tasks.revert(secret))).toMatchObject({
      code: 'SECRET_NOT_FOUND',
      message: 'it named the secret "api-key", which does not exist any more',
    });
    expect(saved()).toMatchObject({ ...second });
  });
});
