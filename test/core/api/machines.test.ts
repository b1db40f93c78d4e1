/** The cluster and its machines over the API. */
import { describe, expect, test } from 'vitest';
import type { TaskId } from '../../../core/domain/ids.ts';
import { aTask } from '../../fakes/definitions.ts';
import { EPOCH, MACHINES } from '../../fakes/peer-handle.ts';
import { auditRecord } from '../../fakes/run-records.ts';
import { refusal, setUp } from './router-bed.ts';

describe('cluster', () => {
  test('status tells members and the heads of the document', async () => {
    const { client } = setUp();
    const status = await client.cluster.status({});
    expect(status.members[0]).toMatchObject({ id: MACHINES.alpha, name: 'alpha', state: 'alive', runLogSequence: 7 });
    expect(status.document.heads).toEqual(['a'.repeat(64)]);
    expect(status.cluster).toMatchObject({ name: 'home', createdAt: '2026-01-01T00:00:00.000Z' });
  });

  test('status before there is a cluster', async () => {
    const { client, peer } = setUp();
    peer.cluster = undefined;
    peer.phase = 'no-cluster';
    expect(await client.cluster.status({})).toMatchObject({ cluster: null, phase: 'no-cluster' });
    expect(await refusal(client.cluster.invite({}))).toMatchObject({ status: 409, error: { code: 'NO_CLUSTER' } });
    expect(await client.cluster.create({ name: ' attic ', machineName: ' nas ' })).toMatchObject({ name: 'attic' });
    expect((await client.cluster.status({})).self.name).toBe('nas');
  });
});

describe('machines', () => {
  test('are named by name, id, or the beginning of an id', async () => {
    const { client, peer } = setUp();
    await client.machines.drain({ machine: 'BETA' });
    await client.machines.resume({ machine: MACHINES.beta });
    await client.machines.rename({ machine: 'Bbbb', name: 'nas' });
    expect(peer.commands.map((command) => 'id' in command && command.id)).toEqual(Array(3).fill(MACHINES.beta));
    expect(await refusal(client.machines.get({ machine: 'zeta' }))).toMatchObject({
      status: 404,
      error: { code: 'MACHINE_NOT_FOUND' },
    });
  });

  test('an ambiguous name is refused, and tells whom it fits', async () => {
    const { client, peer } = setUp();
    await peer.execute({ kind: 'rename-machine', id: MACHINES.gamma, name: 'beta' });
    const { error } = await refusal(client.machines.drain({ machine: 'beta' }));
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'machine',
      message: expect.stringContaining(MACHINES.gamma),
    });
  });

  test('labels are set, changed and taken away', async () => {
    const { client } = setUp();
    await client.machines.label({ machine: 'beta', set: { disk: 'ssd', room: 'attic' } });
    const changed = await client.machines.label({ machine: 'beta', set: { disk: 'hdd' }, remove: ['room'] });
    expect(changed.labels).toEqual({ disk: 'hdd' });
    const replaced = await client.machines.label({ machine: 'beta', set: { gpu: 'yes' }, replace: true });
    expect(replaced.labels).toEqual({ gpu: 'yes' });
  });

  test('roles are replaced, and a machine shows its key, its roles and who admitted it', async () => {
    const { client } = setUp();
    expect(await client.machines.roles({ machine: 'beta', roles: ['viewer'] })).toEqual({
      id: MACHINES.beta,
      roles: ['viewer'],
    });
    expect(await client.machines.get({ machine: 'beta' })).toMatchObject({
      roles: ['viewer'],
      certified: false,
      addedBy: MACHINES.alpha,
      addedByName: 'alpha',
      fingerprint: expect.stringMatching(/^(\w{4}-){3}\w{4}$/),
    });
  });

  test('the ring is shown with names, and what would be if a machine went', async () => {
    const { client, peer } = setUp();
    peer.addTask(aTask('job'));
    expect(await client.machines.ring({})).toEqual({
      machines: [
        { id: MACHINES.alpha, name: 'alpha', weight: 1, tasks: 1, bound: 1 },
        { id: MACHINES.beta, name: 'beta', weight: 1, tasks: 0, bound: 1 },
        { id: MACHINES.gamma, name: 'gamma', weight: 1, tasks: 0, bound: 1 },
      ],
      owners: [{ taskId: 'job', taskName: 'Task job', machineId: MACHINES.alpha }],
    });
    const gone = await client.machines.departure({ machine: 'alpha' });
    expect(gone.moves).toMatchObject([{ taskId: 'job', fromName: 'alpha', toId: MACHINES.beta, toName: 'beta' }]);
    expect(gone.stranded).toEqual([]);
    expect(gone.sharesBefore[0]).toEqual({ machineId: MACHINES.alpha, name: 'alpha', tasks: 1 });
    expect(gone.sharesAfter.map(({ name, tasks }) => [name, tasks])).toEqual([
      ['beta', 1],
      ['gamma', 0],
    ]);
    await client.machines.drain({ machine: 'beta' });
    await client.machines.drain({ machine: 'gamma' });
    const alone = await client.machines.departure({ machine: 'alpha' });
    expect(alone).toMatchObject({ moves: [], stranded: [{ taskId: 'job', taskName: 'Task job', reason: 'alone' }] });
  });

  test('a removed machine is not shown any more', async () => {
    const { client } = setUp();
    await client.machines.remove({ machine: 'gamma' });
    expect((await client.machines.list({})).machines.map((machine) => machine.name)).toEqual(['alpha', 'beta']);
  });

  test('what a removed machine did is asked by its name, its id, or the beginning of its id', async () => {
    const { client, peer } = setUp();
    peer.addTask(aTask('job'));
    peer.addRun({ taskId: 'job' as TaskId, machineId: MACHINES.gamma, nominalAt: EPOCH });
    peer.audits.push(auditRecord({ recorderId: MACHINES.gamma }));
    await client.machines.remove({ machine: 'gamma' });
    for (const machine of ['Gamma', MACHINES.gamma, MACHINES.gamma.slice(8, 14)]) {
      expect((await client.runs.list({ machine })).runs, machine).toHaveLength(1);
      expect((await client.audit.list({ machine })).records, machine).toHaveLength(1);
      expect((await client.statistics.show({ machine, since: EPOCH, until: EPOCH + 1 })).tasks, machine).toHaveLength(
        1,
      );
    }
    expect(await refusal(client.runs.list({ machine: 'zeta' }))).toMatchObject({
      error: { code: 'MACHINE_NOT_FOUND' },
    });
    // One of now is meant before one that was.
    await client.machines.rename({ machine: 'beta', name: 'gamma' });
    expect((await client.runs.list({ machine: 'gamma' })).runs).toEqual([]);
  });
});
