/** What a person is told, and how often. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { RunRecordOutput } from '../../core/api/run-schemas.ts';
import type { Facts } from '../../electron/decisions/glance.ts';
import { MOST_REMEMBERED, MOST_SINGLE, Notifier } from '../../electron/decisions/notifier.ts';

/** Only what is looked at. */
function run(id: string, more: object = {}): RunRecordOutput {
  const failed = { state: 'failed', taskId: 'backup', machineName: 'desk', next: null, reason: null, exitCode: 3 };
  return { ...failed, id, ...more } as unknown as RunRecordOutput;
}

function asking(...ids: string[]): Facts['asking'] {
  return ids.map((id) => ({ id, name: `machine ${id}`, digits: '123 456' })) as unknown as Facts['asking'];
}

describe('the notifier', () => {
  let told: { title: string; body: string; hash: string }[];
  let notifier: Notifier;
  beforeEach(() => {
    told = [];
    notifier = new Notifier(
      (title, body, hash) => told.push({ title, body, hash }),
      (taskId) => `name of ${taskId}`,
    );
  });

  it('tells of a failure once, with its reason, and goes to the run', () => {
    notifier.ran([run('r/1')]);
    notifier.ran([run('r/1'), run('r2', { reason: { text: 'no disk' }, machineName: null })]);
    expect(told).toEqual([
      { title: 'name of backup failed on desk', body: 'exit code 3', hash: '#/runs/r%2F1' },
      { title: 'name of backup failed', body: 'no disk', hash: '#/runs/r2' },
    ]);
  });

  it('tells of no success, and of no failure that is tried again', () => {
    notifier.ran([run('r1', { state: 'succeeded' }), run('r2', { state: 'cancelled' }), run('r3', { next: 'retry' })]);
    expect(told).toEqual([]);
    notifier.ran([run('r3')]);
    expect(told).toHaveLength(1);
  });

  it('tells of many failures at a time as one', () => {
    notifier.ran(Array.from({ length: MOST_SINGLE + 1 }, (_, index) => run(`r${index}`)));
    expect(told).toEqual([{ title: '4 tasks failed', body: expect.any(String), hash: '#/runs?group=failed' }]);
  });

  it('tells of a machine that asks to join, with the digits, as often as it asks', () => {
    notifier.looked({ asking: asking('m1'), conflicts: [] });
    notifier.looked({ asking: asking('m1', 'm2'), conflicts: [] });
    expect(told).toEqual([
      { title: 'machine m1 asks to join', body: 'Its screen must show 123 456.', hash: '#/machines' },
      { title: 'machine m2 asks to join', body: 'Its screen must show 123 456.', hash: '#/machines' },
    ]);
    notifier.looked({ asking: [], conflicts: [] });
    notifier.looked({ asking: asking('m1'), conflicts: [] });
    expect(told).toHaveLength(3);
  });

  it('tells of edits that contradict each other, and goes to the task', () => {
    const conflicts = [{ id: 'nightly/a', name: 'Nightly' }];
    notifier.looked({ asking: [], conflicts });
    notifier.looked({ asking: [], conflicts });
    const title = 'Two edits of Nightly contradict each other';
    expect(told).toEqual([{ title, body: 'Choose one.', hash: '#/tasks/nightly%2Fa' }]);
  });

  it('remembers no more than its bound', () => {
    for (let index = 0; index <= MOST_REMEMBERED; index += 1) notifier.ran([run(`r${index}`)]);
    notifier.ran([run(`r${MOST_REMEMBERED}`)]);
    expect(told).toHaveLength(MOST_REMEMBERED + 1);
    notifier.ran([run('r0')]);
    expect(told).toHaveLength(MOST_REMEMBERED + 2);
  });
});
