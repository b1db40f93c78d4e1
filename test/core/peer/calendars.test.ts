/** Calendars in a cluster: known everywhere, followed by every planner, and not deleted under a task. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type Calendar, calendarSchema } from '../../../core/domain/calendar.ts';
import { scheduleSchema } from '../../../core/domain/schedule.ts';
import type { CommandKind, CommandOf } from '../../../core/peer/commands.ts';

import { SimCluster, simTask } from '../../simulator/sim-cluster.ts';

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const ALWAYS = calendarSchema.parse({ windows: [{ weekdays: WEEKDAYS, from: '00:00', to: '24:00' }] });
const NEVER = calendarSchema.parse({});
const MINUTE_MS = 60_000;
let cluster: SimCluster;

beforeEach(async () => {
  cluster = new SimCluster({ machines: 3, seed: 7 });
  await cluster.form();
  await cluster.run(20_000);
});

async function ask<K extends CommandKind>(command: CommandOf<K>, index = 0) {
  const outcome = cluster.machine(index).peer.execute(command);
  await cluster.run(2000);
  return outcome;
}

async function put(calendar: Calendar, more: { expectRevision?: number } = {}) {
  return ask({ kind: 'put-calendar', name: 'quiet', calendar, ...more });
}

async function addTask(use: { only?: string[]; except?: string[] }) {
  const schedule = scheduleSchema.parse({ triggers: [{ kind: 'interval', everyMs: 10_000 }], calendars: use });
  return ask({ kind: 'put-tasks', mode: 'create', definitions: [simTask('often', undefined, { schedule })] });
}

function started(): number {
  return cluster.starts.filter(({ taskId }) => taskId === 'often').length;
}

describe('a calendar', () => {
  test('is the same on every machine, and stops and starts the tasks that name it', async () => {
    expect(await put(NEVER)).toMatchObject({ ok: true });
    expect(await addTask({ except: ['quiet'] })).toMatchObject({ ok: true });
    for (const index of [0, 1, 2]) expect(cluster.machine(index).peer.view.calendarBook.get('quiet')).toEqual(NEVER);
    await cluster.run(MINUTE_MS);
    const before = started();
    expect(before).toBeGreaterThan(3);
    await put(ALWAYS);
    const closed = started();
    await cluster.run(MINUTE_MS);
    expect(started()).toBe(closed);
    expect(cluster.machine(1).peer.view.nextDue('often' as never)).toBeUndefined();
    await put(NEVER);
    await cluster.run(MINUTE_MS);
    expect(started()).toBeGreaterThan(closed + 3);
  });

  test('that a task names must exist, and cannot be deleted', async () => {
    expect(await addTask({ only: ['quiet'] })).toMatchObject({ ok: false, error: { code: 'CALENDAR_NOT_FOUND' } });
    await put(ALWAYS);
    await addTask({ only: ['quiet'] });
    const refused = await ask({ kind: 'delete-calendar', name: 'quiet' });
    expect(refused).toMatchObject({ ok: false, error: { code: 'CALENDAR_IN_USE' } });
    await ask({ kind: 'delete-task', id: 'often' as never });
    expect(await ask({ kind: 'delete-calendar', name: 'quiet' })).toMatchObject({ ok: true });
    expect(cluster.machine(2).peer.view.calendars()).toEqual([]);
    const again = await ask({ kind: 'delete-calendar', name: 'quiet' });
    expect(again).toMatchObject({ ok: false, error: { code: 'CALENDAR_NOT_FOUND' } });
  });

  test('that thousands of tasks name moves them in slices, between which the peer goes on', async () => {
    await put(ALWAYS);
    const schedule = scheduleSchema.parse({
      triggers: [{ kind: 'interval', everyMs: 3_600_000 }],
      calendars: { only: ['quiet'] },
    });
    const definitions = Array.from({ length: 1300 }, (_, number) => simTask(`many-${number}`, undefined, { schedule }));
    expect(await ask({ kind: 'put-tasks', mode: 'create', definitions })).toMatchObject({ ok: true });
    await cluster.run(10_000);
    const { peer } = cluster.machine(0);
    const planned = (): number => definitions.filter(({ id }) => peer.view.nextDue(id) !== undefined).length;
    expect(planned()).toBe(definitions.length);
    void peer.execute({ kind: 'put-calendar', name: 'quiet', calendar: NEVER });
    const left = new Set<number>();
    for (let waited = 0; waited < 5000 && planned() > 0; waited += 1) {
      await cluster.run(1);
      left.add(planned());
    }
    expect(planned()).toBe(0);
    const between = [...left].filter((each) => each > 0 && each < definitions.length);
    expect(between, 'moments at which some were moved and others were not').not.toEqual([]);
    expect(peer.sizes().plannedTasks).toBe(0);
  });

  test('that was changed meanwhile is not written over by who has not seen it', async () => {
    await put(ALWAYS, { expectRevision: 0 });
    expect(await put(NEVER, { expectRevision: 0 })).toMatchObject({ ok: false, error: { code: 'DOCUMENT_CONFLICT' } });
    expect(await put(NEVER, { expectRevision: 1 })).toMatchObject({ ok: true });
  });

  test('is still known after a restart, and tells when a task names one that is gone', async () => {
    await put(ALWAYS);
    await addTask({ only: ['quiet'] });
    cluster.machine(1).kill();
    await cluster.machine(1).boot();
    await cluster.run(20_000);
    expect(cluster.machine(1).peer.view.calendars()).toMatchObject([{ name: 'quiet', tasks: ['often'], revision: 1 }]);
    expect(cluster.machine(1).peer.view.warnings).toEqual([]);
  });
});
