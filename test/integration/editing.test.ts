/** Three real agents, edited from several sides at once: tasks, who changed them, and where they may run. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bedOfFile } from './agent-bed.ts';
import type { AgentProcess } from './agent-process.ts';
import { eventually } from './eventually.ts';
import { shellTask } from './task-builder.ts';

const bed = bedOfFile();
const first = bed.add('first', ['--label', 'disk=ssd']);
const second = bed.add('second');
const third = bed.add('third');
const all = [first, second, third];

beforeAll(() => bed.form(...all), 90_000);
afterEach(() => bed.heal(...all), 90_000);

/** Ids of the tasks that each machine has. */
async function taskIds(text: string): Promise<string[][]> {
  return Promise.all(all.map(async (agent) => (await agent.client.tasks.list({ text })).tasks.map((task) => task.id)));
}

/** Waits until the task has run on that many machines, and says on which. */
async function machinesThatRan(task: string, count: number): Promise<string[]> {
  return eventually(async () => {
    const known = await third.runsOf(task);
    const runs = known.filter((run) => run.state === 'succeeded');
    const told = known.map(({ state, machineName, reason }) => `${state} ${machineName} ${reason?.text ?? ''}`);
    expect(runs, `runs of ${task}: ${told.join('; ')}`).toHaveLength(count);
    return runs.map((run) => run.machineName ?? '').sort();
  });
}

describe('tasks', () => {
  it('that are made on two machines at once are on all of them', async () => {
    await Promise.all([
      first.client.tasks.apply({ definitions: [shellTask('both-first', 'true')] }),
      second.client.tasks.apply({ definitions: [shellTask('both-second', 'true')] }),
    ]);
    await eventually(async () => {
      for (const ids of await taskIds('both-')) expect(ids).toEqual(['both-first', 'both-second']);
    });
    await bed.settled(...all);
  });

  it('tell who changed them, on which machine, and from what to what', async () => {
    await first.client.tasks.apply({ definitions: [shellTask('report', 'echo one')] });
    await eventually(async () => expect((await taskIds('report'))[1]).toEqual(['report']));
    await second.client.tasks.apply({ definitions: [shellTask('report', 'echo two')] });
    const history = await eventually(async () => {
      const { revisions } = await third.client.tasks.history({ id: 'report' });
      const actions = revisions.filter((revision) => revision.facet === 'action');
      expect(actions).toHaveLength(2);
      return actions;
    });
    const newest = history.toSorted((a, b) => b.revision - a.revision);
    expect(newest.map((revision) => revision.authorName)).toEqual(['second', 'first']);
    expect(newest[0]?.before).toContain('echo one');
    expect(newest[0]?.after).toContain('echo two');
    expect(newest[1]?.before).toBeNull();
  });

  it('keep both edits when two machines change different parts at once', async () => {
    const id = await editedAtOnce();
    await eventually(async () => {
      for (const agent of all) {
        const { definition, conflicts } = await agent.client.tasks.get({ id });
        expect(definition.about.name).toBe('New name');
        expect(definition.action).toMatchObject({ script: 'echo two' });
        expect(conflicts).toEqual([]);
      }
    });
  });

  /** A task of which two machines changed different parts, neither knowing of the other's change: tried until it is so. */
  async function editedAtOnce(): Promise<string> {
    for (let tries = 0; tries < 20; tries += 1) {
      const id = `merged-${tries}`;
      await first.client.tasks.apply({ definitions: [shellTask(id, 'echo one', { name: 'Old name' })] });
      await eventually(async () => expect((await taskIds(id))[1]).toEqual([id]));
      const expectRevisions = { about: 1, action: 1 };
      const edits = await Promise.allSettled([
        first.client.tasks.apply({ definitions: [shellTask(id, 'echo one', { name: 'New name' })], expectRevisions }),
        second.client.tasks.apply({ definitions: [shellTask(id, 'echo two', { name: 'Old name' })], expectRevisions }),
      ]);
      if (edits.every((edit) => edit.status === 'fulfilled')) return id;
    }
    return expect.fail('one edit always came after the other');
  }

  it('can be deleted on one machine and brought back on another', async () => {
    await first.client.tasks.apply({ definitions: [shellTask('phoenix', 'echo up')] });
    await eventually(async () => {
      for (const ids of await taskIds('phoenix')) expect(ids).toEqual(['phoenix']);
    });
    await second.client.tasks.delete({ id: 'phoenix' });
    await eventually(async () => {
      for (const ids of await taskIds('phoenix')) expect(ids).toEqual([]);
    });
    await expect(first.client.tasks.run({ id: 'phoenix' })).rejects.toMatchObject({
      error: { code: 'TASK_NOT_FOUND' },
    });
    await third.client.tasks.restore({ id: 'phoenix' });
    await eventually(async () => {
      for (const ids of await taskIds('phoenix')) expect(ids).toEqual(['phoenix']);
    });
    await first.client.tasks.run({ id: 'phoenix' });
    await machinesThatRan('phoenix', 1);
  });

  it('that were edited while a machine was down are there when it comes back', async () => {
    await third.kill();
    await first.client.tasks.apply({ definitions: [shellTask('meanwhile', 'true')] });
    await third.start();
    await bed.settled(...all);
    expect((await third.client.tasks.list({ text: 'meanwhile' })).total).toBe(1);
  });
});

describe('placement', () => {
  it('on all machines runs once on each', async () => {
    await second.client.tasks.apply({
      definitions: [shellTask('everywhere', bed.noteStart('everywhere.starts'), { placement: { mode: 'all' } })],
    });
    const { occurrenceIds } = await second.client.tasks.run({ id: 'everywhere' });
    expect(occurrenceIds).toHaveLength(3);
    expect(await machinesThatRan('everywhere', 3)).toEqual(['first', 'second', 'third']);
    expect(
      bed
        .starts('everywhere.starts')
        .map((start) => start.machine)
        .sort(),
    ).toEqual(['first', 'second', 'third']);
  });

  it('on all machines is kept also when the task is run in the very moment it was made', async () => {
    for (const id of ['instant-a', 'instant-b', 'instant-c', 'instant-d']) {
      await first.client.tasks.apply({ definitions: [shellTask(id, 'true', { placement: { mode: 'all' } })] });
      await first.client.tasks.run({ id });
      expect(await machinesThatRan(id, 3)).toEqual(['first', 'second', 'third']);
    }
  });

  it('on two machines runs on two different ones', async () => {
    await first.client.tasks.apply({
      definitions: [shellTask('twice', 'true', { placement: { mode: 'n', count: 2 } })],
    });
    await first.client.tasks.run({ id: 'twice' });
    expect(new Set(await machinesThatRan('twice', 2)).size).toBe(2);
  });

  it('on a named machine runs there, whoever asks', async () => {
    const placement = { mode: 'pin', machine: third.id } as const;
    await first.client.tasks.apply({ definitions: [shellTask('pinned', 'true', { placement })] });
    await first.client.tasks.run({ id: 'pinned' });
    expect(await machinesThatRan('pinned', 1)).toEqual(['third']);
  });

  it('follows labels, those of the start and those that are set later', async () => {
    await first.client.tasks.apply({
      definitions: [
        shellTask('on-ssd', 'true', { placement: { labels: { disk: 'ssd' } } }),
        shellTask('in-attic', 'true', { placement: { labels: { room: 'attic' } } }),
      ],
    });
    await first.client.tasks.run({ id: 'on-ssd' });
    expect(await machinesThatRan('on-ssd', 1)).toEqual(['first']);

    await expect(third.run(['task', 'run', 'in-attic', '--machine', 'second', '--json'])).resolves.toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('NO_ELIGIBLE_MACHINE'),
    });
    await first.client.machines.label({ machine: 'second', set: { room: 'attic' } });
    await eventually(async () => {
      const { placement } = await third.client.tasks.get({ id: 'in-attic' });
      expect(placement.owner?.name).toBe('second');
    });
    await third.client.tasks.run({ id: 'in-attic' });
    expect(await machinesThatRan('in-attic', 1)).toEqual(['second']);
  });

  it('leaves a drained machine, and comes back when it is resumed', async () => {
    const ids = Array.from({ length: 6 }, (_, index) => `moving-${index}`);
    await first.client.tasks.apply({ definitions: ids.map((id) => shellTask(id, 'true')) });
    await bed.settled(...all);
    const ownersSeenBy = async (agent: AgentProcess): Promise<string[]> =>
      (await agent.client.tasks.list({ text: 'moving-' })).tasks.map((task) => `${task.id} ${task.ownerName}`);
    const before = await ownersSeenBy(second);
    const drained = before[0]?.split(' ')[1] ?? '';
    await second.client.machines.drain({ machine: drained });
    await eventually(async () => {
      // The drained machine has to know it too: until then it takes what it owned.
      for (const agent of all) {
        const owners = await ownersSeenBy(agent);
        expect(owners).toHaveLength(6);
        expect(owners.filter((owner) => owner.endsWith(` ${drained}`))).toEqual([]);
      }
    });
    const asked = bed.agent(drained);
    await asked.client.tasks.run({ id: 'moving-0' });
    expect(await machinesThatRan('moving-0', 1)).not.toContain(drained);
    await second.client.machines.resume({ machine: drained });
    await eventually(async () => expect(await ownersSeenBy(second)).toEqual(before));
  });
});

describe('a machine that is removed', () => {
  it('is trusted no more: it runs nothing of the cluster, and what it writes reaches nobody', async () => {
    const leaver = bed.add('leaver');
    await leaver.start();
    const { token } = await first.client.cluster.invite({});
    await leaver.client.cluster.join({ token });
    await bed.settled(...all, leaver);
    const placement = { mode: 'pin', machine: leaver.id } as const;
    await first.client.tasks.apply({
      definitions: [shellTask('on-leaver', bed.noteStart('leaver.starts'), { everyMs: 1000, placement })],
    });
    await eventually(() => expect(bed.starts('leaver.starts').length).toBeGreaterThan(0));
    await second.client.machines.remove({ machine: 'leaver' });
    await bed.settled(...all);
    await eventually(async () => {
      const { placement: now } = await third.client.tasks.get({ id: 'on-leaver' });
      expect(now.owner).toBeNull();
    });
    const count = bed.starts('leaver.starts').length;
    await leaver.client.tasks
      .apply({ definitions: [shellTask('smuggled', 'true')] })
      .catch((fault: unknown) => expect(fault).toHaveProperty('error.code'));
    await first.client.tasks.apply({ definitions: [shellTask('after-removal', 'true')] });
    await eventually(async () => expect((await taskIds('after-removal'))[2]).toEqual(['after-removal']));
    expect(await taskIds('smuggled')).toEqual([[], [], []]);
    expect((await leaver.client.tasks.list({ text: 'after-removal' })).total).toBe(0);
    expect(bed.starts('leaver.starts').length).toBeLessThanOrEqual(count + 1);
    await leaver.stop();
    await first.client.tasks.delete({ id: 'on-leaver' });
  });

  it('learns of it on its return when it was away meanwhile, and starts nothing from then on', async () => {
    const away = bed.add('away');
    await away.start();
    const { token } = await first.client.cluster.invite({});
    await away.client.cluster.join({ token });
    await bed.settled(...all, away);
    await away.stop();
    await eventually(async () => {
      for (const agent of all) {
        const { machines } = await agent.client.machines.list();
        expect(machines.find(({ name }) => name === 'away')?.state).toBe('left');
      }
    });
    await second.client.machines.remove({ machine: 'away' });
    await bed.settled(...all);
    await first.client.tasks.apply({ definitions: [shellTask('meanwhile', 'true')] });
    await away.start();
    await eventually(async () => {
      const { warnings } = await away.status();
      expect(warnings.map(({ code }) => code)).toContain('MACHINE_REMOVED');
    });
    expect((await away.client.tasks.list({ text: 'meanwhile' })).total).toBe(0);
    await bed.settled(...all);
    await away.stop();
  });
});
