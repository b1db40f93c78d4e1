/** Task files and crontabs, as the API reads and writes them. */
import { createRouterClient } from '@orpc/server';
import { describe, expect, test } from 'vitest';
import type { ApiClient } from '../../../core/api/contract.ts';
import { createRouter } from '../../../core/api/router.ts';
import { LIMITS } from '../../../core/config/constants.ts';
import { createFakeApiHost } from '../../fakes/api-host.ts';
import { aTask } from '../../fakes/definitions.ts';
import { createFakePeer, MACHINES } from '../../fakes/peer-handle.ts';

function setUp() {
  const peer = createFakePeer(['beta']);
  const client: ApiClient = createRouterClient(createRouter(peer, createFakeApiHost()), { context: {} });
  return { peer, client };
}

describe('task files', () => {
  test('come back as the definition that they were written from', async () => {
    const { client } = setUp();
    const definition = aTask('report', {
      about: { tags: ['nightly'], description: 'Two\nlines' },
      schedule: { triggers: [{ kind: 'once', at: Date.parse('2026-03-01T05:00:00Z') }], timeZone: 'Asia/Kolkata' },
    });
    const { yaml } = await client.tasks.toFile({ definition });
    expect(yaml).toContain('timezone: Asia/Kolkata');
    const { definitions, errors } = await client.tasks.fromFile({ yaml });
    expect(errors).toEqual([]);
    const [read] = definitions;
    const { errors: invalid } = await client.tasks.validate({ definitions });
    expect([read?.id, read?.about, read?.action, invalid]).toEqual(['report', definition.about, definition.action, []]);
    expect(read?.schedule.triggers).toEqual([{ kind: 'once', at: '2026-03-01T05:00:00.000Z' }]);
  });

  test('name machines of the cluster, and take the zone that is asked for, or that of this machine', async () => {
    const { client } = setUp();
    const yaml = 'name: Report\ncommand: [ls]\nplacement: {on: BETA}\n';
    const { definitions } = await client.tasks.fromFile({ yaml, timeZone: 'europe/berlin' });
    expect(definitions).toMatchObject([
      { id: 'report', placement: { mode: 'pin', machine: MACHINES.beta }, schedule: { timeZone: 'Europe/Berlin' } },
    ]);
    expect((await client.tasks.fromFile({ yaml })).definitions[0]?.schedule.timeZone).toBe('UTC');
    await expect(client.tasks.fromFile({ yaml, timeZone: 'Berlin' })).rejects.toMatchObject({
      data: { code: 'UNKNOWN_TIME_ZONE', field: 'timeZone' },
    });
  });

  test('tell every error at its line and column, and give no definition then', async () => {
    const { client } = setUp();
    const yaml =
      'tasks:\n- name: Good\n  command: [ls]\n- name: Bad\n  comand: [ls]\n  placement: {on: zeta}\n  schedule: 61 * * * *\n';
    const { definitions, errors } = await client.tasks.fromFile({ yaml });
    expect(definitions).toEqual([]);
    expect(errors.map(({ code, path, line, column }) => [code, path, line, column])).toEqual([
      ['UNKNOWN_FIELD', 'tasks.1.comand', 5, 3],
      ['MACHINE_NOT_FOUND', 'tasks.1.placement.on', 6, 19],
      ['INVALID_CRON', 'tasks.1.schedule', 7, 13],
    ]);
    for (const error of errors) expect([error.message, error.advice]).not.toContain('');
  });

  test('are read up to a length that holds nobody up', async () => {
    const { client } = setUp();
    const yaml = `#${' '.repeat(LIMITS.taskTextLength)}`;
    await expect(client.tasks.fromFile({ yaml })).rejects.toMatchObject({
      data: { code: 'INVALID_INPUT', field: 'yaml' },
    });
  });
});

describe('crontabs', () => {
  const text = ['MAILTO=ops@example.org', '# Backup', '30 2 * * * /usr/bin/backup', '@reboot /bin/x', '61 * * * * y'];

  test('become definitions, with notes and errors by line', async () => {
    const { client } = setUp();
    const read = await client.tasks.fromCrontab({ text: text.join('\n'), timeZone: 'Europe/Berlin' });
    expect(read).toMatchObject({
      format: 'user',
      tasks: [
        { id: 'backup', schedule: { triggers: [{ expression: '30 2 * * *' }], timeZone: 'Europe/Berlin' } },
        { id: 'x', schedule: { triggers: [{ kind: 'machine-start' }] } },
      ],
      jobs: [
        {
          taskId: 'backup',
          line: 3,
          scheduleText: 'At 02:30 (Europe/Berlin)',
          nextDueAt: expect.stringMatching(/T0[01]:30:00.000Z$/) as string,
        },
        { taskId: 'x', line: 4, scheduleText: 'When a machine starts', nextDueAt: null },
      ],
      notes: [
        { line: 3, taskId: 'backup', text: expect.stringContaining('ops@example.org') as string },
        { line: 4, taskId: 'x', text: expect.stringContaining('@reboot') as string },
        { line: 4, taskId: 'x', text: expect.stringContaining('ops@example.org') as string },
      ],
      errors: [{ line: 5, code: 'INVALID_CRON' }],
    });
    const { errors } = await client.tasks.validate({ definitions: read.tasks });
    expect(errors).toEqual([]);
  });

  test('run as the user that is named, and name users themselves when they are those of a system', async () => {
    const { client } = setUp();
    const own = await client.tasks.fromCrontab({ text: '0 1 * * * backup --all', user: 'deploy', system: false });
    expect(own.tasks).toMatchObject([{ action: { script: 'backup --all', user: 'deploy' } }]);
    const system = await client.tasks.fromCrontab({ text: '0 1 * * * root backup --all', system: true });
    expect(system).toMatchObject({ format: 'system', tasks: [{ action: { script: 'backup --all' } }] });
    expect(system.notes).toMatchObject([{ line: 1, text: expect.stringContaining('root') as string }]);
    await expect(client.tasks.fromCrontab({ text: '', user: 'no user' })).rejects.toThrow();
  });
});
