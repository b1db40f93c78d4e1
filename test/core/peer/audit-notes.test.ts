/** What people do, and what is refused, stands in the audit log of every machine: who, from where, what. */
import { beforeEach, expect, test } from 'vitest';
import { AUDIT } from '../../../core/config/constants.ts';
import type { AuditRecord } from '../../../core/domain/audit-record.ts';
import type { TaskId } from '../../../core/domain/ids.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { SimCluster, simTask } from '../../simulator/sim-cluster.ts';

let cluster: SimCluster;

beforeEach(async () => {
  cluster = new SimCluster({ machines: 2, seed: 5 });
  await cluster.form();
});

/** What machine 1 holds of the log of machine 0, oldest first: action, subject, detail. */
async function told(): Promise<readonly AuditRecord[]> {
  await cluster.run(1000);
  return cluster.machine(1).disk.tables.audits.get(cluster.machine(0).id)?.records ?? [];
}

async function last(): Promise<Partial<AuditRecord>> {
  const { action, subject, detail, by } = (await told()).at(-1) as AuditRecord;
  return { action, subject, detail, ...(by === undefined ? {} : { by }) };
}

test('how the cluster was made', async () => {
  const actions = (await told()).map(({ action }) => action);
  expect(actions).toContain('cluster-created');
  expect(actions).toContain('invitation-made');
  expect(actions).toContain('invitation-used');
});

test('edits of tasks, with what was changed', async () => {
  const by = cluster.machine(0).id;
  const id = 'job' as TaskId;
  const task = simTask('job', undefined);
  await cluster.put(0, task);
  expect(await last()).toEqual({ action: 'task-changed', subject: 'job', detail: 'created', by });
  const other: TaskDefinition = {
    ...task,
    about: { ...task.about, description: 'other' },
    policy: { ...task.policy, priority: 7 },
  };
  await cluster.put(0, other);
  expect(await last()).toMatchObject({ action: 'task-changed', detail: 'changed about, policy' });
  const before = (await told()).length;
  await cluster.put(0, other);
  expect(await told()).toHaveLength(before);
  await cluster.command(0, { kind: 'suspend-task', id, suspended: true });
  expect(await last()).toMatchObject({ action: 'task-changed', detail: 'suspended' });
  await cluster.command(0, { kind: 'delete-task', id });
  expect(await last()).toMatchObject({ action: 'task-deleted', subject: 'job' });
  await cluster.command(0, { kind: 'restore-task', id });
  expect(await last()).toMatchObject({ action: 'task-restored', subject: 'job' });
  await cluster.command(0, { kind: 'run-task', id });
  expect(await last()).toMatchObject({ action: 'run-by-hand', subject: 'job', by });
});

test('many tasks at once, in one record', async () => {
  const before = (await told()).length;
  const tasks = Array.from({ length: 5 * AUDIT.namesPerRecord }, (_, index) => simTask(`job-${index}`, undefined));
  await cluster.put(0, ...tasks);
  const records = await told();
  expect(records).toHaveLength(before + 1);
  expect(records.at(-1)).toMatchObject({ action: 'task-changed', subject: '100 tasks' });
  expect(records.at(-1)?.detail).toMatch(/^job-0, job-1, .* and 80 more$/);
});

test('the same done to many tasks, in one record', async () => {
  const ids = Array.from({ length: 2 * AUDIT.namesPerRecord }, (_, index) => `job-${index}` as TaskId);
  await cluster.put(0, ...ids.map((id) => simTask(id, undefined)));
  const before = (await told()).length;
  await cluster.command(0, { kind: 'edit-tasks', act: 'delete', ids });
  expect(await told()).toHaveLength(before + 1);
  expect(await last()).toMatchObject({ action: 'task-deleted', subject: '40 tasks' });
  await cluster.command(0, { kind: 'edit-tasks', act: 'restore', ids: ids.slice(0, 2) });
  expect((await told()).slice(-2)).toMatchObject([
    { action: 'task-restored', subject: 'job-0' },
    { action: 'task-restored', subject: 'job-1' },
  ]);
});

test('changes of machines', async () => {
  const { id } = cluster.machine(1);
  await cluster.command(0, { kind: 'rename-machine', id, name: 'attic' });
  expect(await last()).toMatchObject({ action: 'machine-changed', subject: 'attic', detail: 'set {"name":"attic"}' });
  await cluster.command(0, { kind: 'set-roles', id, roles: ['viewer'] });
  expect(await last()).toMatchObject({ action: 'roles-changed', detail: 'roles are now viewer' });
});

test('what a machine may not do', async () => {
  const viewer = cluster.machine(1);
  await cluster.command(0, { kind: 'set-roles', id: viewer.id, roles: ['viewer'] });
  await cluster.run(1000);
  const refused = viewer.peer.execute({ kind: 'run-task', id: 'any' as TaskId });
  await cluster.run(1000);
  expect((await refused).ok).toBe(false);
  const records = cluster.machine(0).disk.tables.audits.get(viewer.id)?.records ?? [];
  expect(records.at(-1)).toMatchObject({ action: 'api-refused', by: viewer.id, subject: 'run-task' });
});
