/** Tasks over the API: shown, listed, checked, forecast, placed and previewed. */
import { describe, expect, test } from 'vitest';
import type { TaskId } from '../../../core/domain/ids.ts';
import { aTask } from '../../fakes/definitions.ts';
import { MACHINES } from '../../fakes/peer-handle.ts';
import { refusal, setUp } from './router-bed.ts';

describe('tasks', () => {
  test('what is shown can be applied again, instants included', async () => {
    const { client, peer } = setUp();
    const schedule = {
      triggers: [
        { kind: 'once', at: Date.UTC(2027, 0, 1) },
        { kind: 'interval', everyMs: 5000, anchorAt: 1000 },
      ],
      startAt: Date.UTC(2026, 5, 1),
    };
    const before = peer.addTask(aTask('job', { schedule }));
    const shown = await client.tasks.get({ id: 'job' });
    expect(shown.definition.schedule.triggers[0]).toEqual({ kind: 'once', at: '2027-01-01T00:00:00.000Z' });
    await client.tasks.apply({ definitions: [shown.definition] });
    expect(peer.tasksById.get('job' as TaskId)?.schedule).toEqual(before.schedule);
  });

  test('show who signed each part, and what is wrong with a signature', async () => {
    const { client, peer } = setUp();
    peer.addTask(aTask('job'));
    const problem = {
      facet: 'action',
      author: MACHINES.alpha,
      code: 'FACET_FORGED',
      text: 'not signed by alpha',
    } as const;
    peer.problems.set('action', { problem });
    const { signatures } = await client.tasks.get({ id: 'job' });
    expect(signatures).toHaveLength(5);
    for (const { facet, verified, authorName, problem: found } of signatures) {
      expect(authorName).toBe('alpha');
      expect(verified).toBe(facet !== 'action');
      expect(found).toEqual(verified ? null : { code: 'FACET_FORGED', text: 'not signed by alpha' });
    }
  });

  test('show owner, followers, and who may not and why', async () => {
    const { client, peer } = setUp();
    peer.addTask(aTask('job'));
    await client.machines.drain({ machine: 'alpha' });
    const { placement, upcoming, nextDueAt } = await client.tasks.get({ id: 'job' });
    expect(placement.owner).toEqual({ id: MACHINES.beta, name: 'beta' });
    expect(placement.preference.map((machine) => machine.name)).toEqual(['beta', 'gamma']);
    expect(placement.ineligible).toEqual([{ id: MACHINES.alpha, name: 'alpha', reason: 'is drained' }]);
    expect(upcoming[0]).toBe('2026-01-01T01:30:00.000Z');
    expect(nextDueAt).toMatch(/^2026-01-02T00:00:00\.000Z$/);
  });

  test('name those that followed them when they are suspended or deleted', async () => {
    const { client, peer } = setUp();
    const after = (task: string) => ({ triggers: [{ kind: 'after', task }] });
    peer.addTask(aTask('job'));
    for (const id of ['later', 'alarm']) peer.addTask(aTask(id, { schedule: after('job') }));
    peer.addTask(aTask('other', { schedule: after('later') }));
    expect(await client.tasks.suspend({ id: 'job' })).toEqual({ id: 'job', followers: ['alarm', 'later'] });
    expect(await client.tasks.delete({ id: 'job' })).toEqual({ id: 'job', followers: ['alarm', 'later'] });
    expect(await client.tasks.delete({ id: 'other' })).toEqual({ id: 'other', followers: [] });
  });

  test('lists are filtered, sorted, and paged without gaps', async () => {
    const { client, peer } = setUp();
    for (let number = 0; number < 25; number += 1) {
      peer.addTask(
        aTask(`job-${String(number).padStart(2, '0')}`, {
          about: { name: `Name ${99 - number}`, tags: number < 5 ? ['few'] : [] },
        }),
      );
    }
    const ids: string[] = [];
    let offset: number | null = 0;
    while (offset !== null) {
      const page = await client.tasks.list({ limit: 10, offset });
      ids.push(...page.tasks.map((task) => task.id));
      expect(page.total).toBe(25);
      offset = page.nextOffset;
    }
    expect(ids).toEqual(Array.from({ length: 25 }, (_, number) => `job-${String(number).padStart(2, '0')}`));
    expect((await client.tasks.list({ tag: 'few' })).total).toBe(5);
    expect((await client.tasks.list({ text: 'NAME 99' })).tasks.map((task) => task.id)).toEqual(['job-00']);
    expect((await client.tasks.list({ sort: 'name', limit: 1 })).tasks[0]?.id).toBe('job-24');
    expect((await client.tasks.list({ owner: 'beta' })).total).toBe(0);
  });

  test('a wrong schedule is refused with the path of its field', async () => {
    const { client, peer } = setUp();
    const bad = aTask('bad', { schedule: { triggers: [{ kind: 'cron', expression: '61 * * * *' }] } });
    const { status, error } = await refusal(client.tasks.apply({ definitions: [aTask('good'), bad] }));
    expect(status).toBe(400);
    expect(error).toMatchObject({
      code: 'INVALID_CRON',
      field: 'definitions.1.schedule.triggers.0.expression',
    });
    expect(peer.tasksById.size).toBe(0);
  });

  test('malformed and unknown fields are named', async () => {
    const { client } = setUp();
    const apply = (definition: object) => refusal(client.tasks.apply({ definitions: [definition as never] }));
    const good = { id: 'a', about: { name: 'A' }, action: { type: 'command', argv: ['true'] } };
    expect((await apply({ ...good, colour: 'red' })).error).toMatchObject({
      code: 'UNKNOWN_FIELD',
      field: 'definitions.0.colour',
    });
    expect((await apply({ ...good, id: 'No Slug' })).error).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'definitions.0.id',
    });
  });

  test('validation tells everything that is wrong, and stores nothing', async () => {
    const { client, peer } = setUp();
    const wrong = await client.tasks.validate({ definitions: [aTask('fine'), { id: '!' }, 7] });
    expect(wrong.valid).toBe(false);
    expect(new Set(wrong.errors.map((error) => error.index))).toEqual(new Set([1, 2]));
    expect(await client.tasks.validate({ definitions: [aTask('fine')] })).toEqual({ valid: true, errors: [] });
    expect(peer.commands).toEqual([]);
  });

  test('a forecast tells what comes due and where, without what is suspended', async () => {
    const { client, peer } = setUp();
    peer.addTask(aTask('night', { about: { name: 'Backup' } }));
    peer.addTask(aTask('still', { about: { suspended: true } }));
    peer.addTask(aTask('busy', { schedule: { triggers: [{ kind: 'interval', everyMs: 1000 }] } }));
    const { occurrences, truncated, perTask } = await client.tasks.forecast({});
    expect(occurrences).toHaveLength(101);
    expect(occurrences.at(-1)).toEqual({
      taskId: 'night',
      taskName: 'Backup',
      at: '2026-01-01T01:30:00.000Z',
      machineIds: [MACHINES.alpha],
    });
    expect(truncated).toBe(true);
    expect(perTask).toEqual([
      { taskId: 'busy', taskName: 'Task busy', count: 86_400 },
      { taskId: 'night', taskName: 'Backup', count: 1 },
    ]);
  });

  test('a forecast that ends before it begins, or looks too far, is refused', async () => {
    const { client } = setUp();
    const from = '2026-01-01T00:00:00Z';
    const backwards = await refusal(client.tasks.forecast({ from, to: from }));
    expect(backwards.error).toMatchObject({ code: 'INVALID_INPUT', field: 'to' });
    const far = await refusal(client.tasks.forecast({ from, to: '2027-02-01T00:00:00Z' }));
    expect(far.error).toMatchObject({ code: 'LIMIT_EXCEEDED', field: 'to', message: expect.stringContaining('366') });
  });

  test('definitions that are being tried are listed only for those who ask for them', async () => {
    const { client, peer } = setUp();
    peer.addTask(aTask('job'));
    const about = { tags: ['carillon.try'] };
    peer.addTask(aTask('try-abc-1', { about, schedule: { triggers: [], timeZone: 'UTC' } }));
    // What comes due is none, whatever it calls itself.
    peer.addTask(aTask('try-due-1', { about }));
    const ids = async (filter: object) => (await client.tasks.list(filter)).tasks.map(({ id }) => id);
    expect(await ids({})).toEqual(['job', 'try-due-1']);
    expect((await client.tasks.list({})).total).toBe(2);
    expect(await ids({ includeTries: true })).toEqual(['job', 'try-abc-1', 'try-due-1']);
    const tried = await client.tasks.try({ definition: aTask('new'), machine: 'beta' });
    expect(tried).toEqual({ taskId: 'try-fake-1', occurrenceIds: [expect.any(String)] });
    expect(peer.commands.at(-1)).toMatchObject({ kind: 'try-task', machine: MACHINES.beta });
    expect(await refusal(client.tasks.try({ definition: aTask('new'), machine: 'zeta' }))).toMatchObject({
      error: { code: 'MACHINE_NOT_FOUND' },
    });
  });

  test('a definition that is not saved is placed, with the reasons against others', async () => {
    const { client, peer } = setUp();
    await client.machines.drain({ machine: 'beta' });
    const placement = await client.tasks.placement({ definition: aTask('new') });
    expect(placement).toMatchObject({
      owner: { id: MACHINES.alpha, name: 'alpha' },
      preference: [{ name: 'alpha' }, { name: 'gamma' }],
      ineligible: [{ id: MACHINES.beta, name: 'beta', reason: 'is drained' }],
    });
    expect(peer.tasksById.size).toBe(0);
  });

  test('a schedule is previewed in words and instants', async () => {
    const { client } = setUp();
    const schedule = { triggers: [{ kind: 'cron' as const, expression: '30 2 * * *' }], timeZone: 'Europe/Berlin' };
    const preview = await client.schedule.preview({ schedule, from: '2026-03-28T12:00:00Z', count: 2 });
    expect(preview.instants).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']);
    expect(preview.text).toContain('02:30');
    const bad = await refusal(client.schedule.preview({ schedule: { timeZone: 'Mars/Base' } }));
    expect(bad.error).toMatchObject({ code: 'UNKNOWN_TIME_ZONE', field: 'schedule.timeZone' });
  });

  test('a preview tells each occurrence in local time, with what clocks do to it and who would run it', async () => {
    const { client } = setUp();
    const definition = aTask('new');
    const { occurrences, instants } = await client.schedule.preview({ definition, from: '2026-03-28T12:00:00Z' });
    expect(occurrences.map(({ at }) => at)).toEqual(instants);
    expect(occurrences[0]).toEqual({
      at: '2026-03-29T01:00:00.000Z',
      local: '2026-03-29 03:00:00 +02:00',
      owner: { id: MACHINES.alpha, name: 'alpha' },
      note: { code: 'DST_GAP', text: 'clocks go forward: 02:30 does not exist, runs at 03:00' },
    });
    expect(occurrences[1]).toMatchObject({ local: '2026-03-30 02:30:00 +02:00', note: null });
  });

  test('without a definition an owner is told where only one machine can be', async () => {
    const { client } = setUp();
    const asked = { schedule: aTask('new').schedule, placement: {} };
    expect((await client.schedule.preview(asked)).occurrences[0]).toMatchObject({ owner: null });
    await client.machines.drain({ machine: 'beta' });
    await client.machines.drain({ machine: 'gamma' });
    expect((await client.schedule.preview(asked)).occurrences[0]).toMatchObject({ owner: { name: 'alpha' } });
  });

  test('a preview of a definition names the field that is wrong; one of nothing is refused', async () => {
    const { client } = setUp();
    const definition = aTask('new', { schedule: { timeZone: 'Mars/Base' } });
    const bad = await refusal(client.schedule.preview({ definition }));
    expect(bad.error).toMatchObject({ code: 'UNKNOWN_TIME_ZONE', field: 'definition.schedule.timeZone' });
    const none = await refusal(client.schedule.preview({}));
    expect(none.error).toMatchObject({ code: 'INVALID_INPUT', field: 'schedule' });
  });
});
