/** What a person is told, and how often. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Facts } from '../../electron/decisions/glance.ts';
import { MOST_REMEMBERED, MOST_SINGLE, Notifier } from '../../electron/decisions/notifier.ts';

/** Only what is looked at. */
function run(id: string, more: object = {}): Facts['failed'][number] {
  const failed = { state: 'failed', taskId: 'backup', machineName: 'desk', next: null, reason: null, exitCode: 3 };
  return { ...failed, id, ...more } as unknown as Facts['failed'][number];
}

function asking(...ids: string[]): Facts['asking'] {
  return ids.map((id) => ({ id, name: `machine ${id}`, digits: '123 456' })) as unknown as Facts['asking'];
}

describe('the notifier', () => {
  let told: { title: string; body: string; hash: string }[];
  let notifier: Notifier;
  const looked = (facts: Partial<Facts>): void => notifier.looked({ failed: [], asking: [], conflicts: [], ...facts });
  beforeEach(() => {
    told = [];
    notifier = new Notifier(
      (title, body, hash) => told.push({ title, body, hash }),
      (taskId) => `name of ${taskId}`,
    );
  });

  it('tells of a failure once, with its reason, and goes to the run', () => {
    looked({ failed: [run('r/1')] });
    looked({ failed: [run('r/1'), run('r2', { reason: { text: 'no disk' }, machineName: null })] });
    expect(told).toEqual([
      { title: 'name of backup failed on desk', body: 'exit code 3', hash: '#/runs/r%2F1' },
      { title: 'name of backup failed', body: 'no disk', hash: '#/runs/r2' },
    ]);
  });

  it('tells of many failures at a time as one', () => {
    looked({ failed: Array.from({ length: MOST_SINGLE + 1 }, (_, index) => run(`r${index}`)) });
    expect(told).toEqual([{ title: '4 tasks failed', body: expect.any(String), hash: '#/runs?group=failed' }]);
  });

  it('tells of a machine that asks to join, with the digits, as often as it asks', () => {
    looked({ asking: asking('m1') });
    looked({ asking: asking('m1', 'm2') });
    expect(told).toEqual([
      { title: 'machine m1 asks to join', body: 'Its screen must show 123 456.', hash: '#/machines' },
      { title: 'machine m2 asks to join', body: 'Its screen must show 123 456.', hash: '#/machines' },
    ]);
    looked({});
    looked({ asking: asking('m1') });
    expect(told).toHaveLength(3);
  });

  it('tells of edits that contradict each other, and goes to the task', () => {
    const conflicts = [{ id: 'nightly/a', name: 'Nightly' }];
    looked({ conflicts });
    looked({ conflicts });
    const title = 'Two edits of Nightly contradict each other';
    expect(told).toEqual([{ title, body: 'Choose one.', hash: '#/tasks/nightly%2Fa' }]);
  });

  it('remembers no more than its bound', () => {
    for (let index = 0; index <= MOST_REMEMBERED; index += 1) looked({ failed: [run(`r${index}`)] });
    looked({ failed: [run(`r${MOST_REMEMBERED}`)] });
    expect(told).toHaveLength(MOST_REMEMBERED + 1);
    looked({ failed: [run('r0')] });
    expect(told).toHaveLength(MOST_REMEMBERED + 2);
  });
});
