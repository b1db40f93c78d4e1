/** A crontab on its way to tasks, without a browser: read once typing pauses, chosen, created, taken back. */
import { describe, expect, it } from 'vitest';
import { CrontabImport } from '../../renderer/src/state/crontab-import.svelte.ts';
import { templateOf } from '../../renderer/src/state/task-templates.ts';
import { type FakeApi, FakeScheduler, english, liveAccess, refusal } from './fake-host.ts';

const definition = templateOf('backup', 'UTC', english);
const ids = ['backup', 'mail'];
const answer = {
  format: 'user',
  tasks: ids.map((id) => ({ ...definition, id })),
  jobs: ids.map((taskId, index) => ({ taskId, line: index + 1, scheduleText: 'At 02:30', nextDueAt: null })),
  notes: [{ line: 2, taskId: 'mail', text: 'nothing is mailed' }],
  errors: [{ line: 4, code: 'INVALID_CRON', message: 'hour 99 is out of range', advice: 'Use 0 to 23.' }],
};

async function importWith(tasks: FakeApi['tasks'] = {}) {
  const scheduler = new FakeScheduler();
  const asked: unknown[] = [];
  const access = liveAccess({
    tasks: { fromCrontab: async (input: unknown) => (asked.push(input), answer), ...tasks },
  });
  const view = new CrontabImport(access, scheduler, 'Europe/Berlin');
  view.change({ text: '30 2 * * * ba' });
  view.change({ text: '30 2 * * * backup' });
  await scheduler.advance(1000);
  return { view, asked, scheduler };
}

describe('the import of a crontab', () => {
  it('is read once typing pauses, and tells of each line what becomes of it', async () => {
    const { view, asked } = await importWith();
    expect(asked).toEqual([{ text: '30 2 * * * backup', timeZone: 'Europe/Berlin' }]);
    expect(view.reading?.rows.map(({ line, notes }) => [line, notes])).toEqual([
      [1, []],
      [2, ['nothing is mailed']],
    ]);
    expect(view.reading?.wrong).toEqual([{ line: 4, text: 'Hour 99 is out of range. Use 0 to 23.' }]);
  });

  it('asks again when the form, the user or the zone is another', async () => {
    const { view, asked, scheduler } = await importWith();
    view.change({ form: 'system', user: ' deploy ', timeZone: '' });
    await scheduler.advance(1000);
    expect(asked.at(-1)).toEqual({ text: '30 2 * * * backup', system: true, user: 'deploy' });
  });

  it('creates what is chosen, on the machine that all are tied to, and deletes again what was new', async () => {
    const applied: { id: string; placement: unknown }[] = [];
    const deleted: unknown[] = [];
    const { view } = await importWith({
      apply: async ({ definitions }: { definitions: { id: string; placement: unknown }[] }) => {
        applied.push(...definitions);
        return { tasks: definitions.map(({ id }) => ({ id, outcome: id === 'mail' ? 'changed' : 'created' })) };
      },
      bulk: async (input: { ids: string[] }) => (deleted.push(input), { done: input.ids, refused: [] }),
    });
    view.machine = 'm2';
    const outcome = await view.create();
    expect(applied.map(({ id, placement }) => [id, placement])).toMatchObject([
      ['backup', { mode: 'pin', machine: 'm2' }],
      ['mail', { mode: 'pin', machine: 'm2' }],
    ]);
    expect(outcome).toEqual({ created: ['backup'], count: 2 });
    expect(await view.undo(outcome?.created ?? [])).toBe(1);
    expect(deleted).toEqual([{ ids: ['backup'], act: 'delete' }]);
  });

  it('what is not chosen stays out; nothing chosen is nothing created', async () => {
    const applied: unknown[] = [];
    const { view } = await importWith({
      apply: async (input: unknown) => (applied.push(input), { tasks: [{ id: 'mail', outcome: 'created' }] }),
    });
    view.choose('backup', false);
    expect(view.chosen.map((row) => row.definition.id)).toEqual(['mail']);
    await view.create();
    expect(applied).toMatchObject([{ definitions: [{ id: 'mail' }] }]);
    view.chooseAll(false);
    expect(await view.create()).toBeUndefined();
  });

  it('a refusal is told, and everything stays as it was typed', async () => {
    const { view } = await importWith({
      apply: async () => Promise.reject(refusal('PERMISSION_DENIED', 'this machine is no editor')),
    });
    expect(await view.create()).toBeUndefined();
    expect(view.refusal?.message).toBe('This machine is no editor.');
    expect(view.reading?.rows).toHaveLength(2);
  });
});
