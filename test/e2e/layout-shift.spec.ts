/**
 * What a person reads stays where it is while the page lives: what comes, changes and ends meanwhile pushes nothing away.
 * What may move has a reason, and is named here: rows of a list below one that has gone, and what stands below the things
 * that need a look, of which the headline tells.
 */
import type { Page, WebSocketRoute } from '@playwright/test';
import type { RunId, TaskId } from '../../core/domain/ids.ts';
import type { Run } from '../../core/domain/run.ts';
import type { Task } from '../../core/domain/task.ts';
import { type FakePeer, MACHINES } from '../fakes/peer-handle.ts';
import { askToJoin, livelyPeer } from './console-scene.ts';
import { expect, goTo, test } from './console-test.ts';
import { expectStill, shiftsDuring, watchShifts } from './layout-shifts.ts';
import { OverviewPage } from './pages/overview.ts';
import { RunsPage } from './pages/runs.ts';

const HOUR_MS = 3_600_000;
const LINES_AT_ONCE = 60;

test.beforeEach(({ page }) => watchShifts(page));

test('on the first screen, runs that come, go on and end move nothing else', async ({ page, visit }) => {
  const { peer } = await visit(calmPeer());
  const overview = new OverviewPage(page);
  await settled(page);
  const rows = overview.running.getByRole('listitem');
  const newest = rows.last();
  const begun: Run[] = [];
  // One at a time: a third run fills what was free, and a fifth no longer fits.
  for (const task of ['firmware', 'certificates', 'nightly-backup', 'mirror-packages']) {
    await expectStill(page, async () => {
      begun.push(begin(peer, task));
      await expect(rows).toHaveCount(2 + begun.length);
    });
  }
  await expectStill(page, async () => {
    peer.addRun({ ...last(begun), progress: 0.4, recordedAt: Date.now() });
    await expect(newest).toContainText('40%');
  });
  await expectStill(page, async () => {
    end(peer, last(begun));
    await expect(rows).toHaveCount(1 + begun.length);
  });
  // Another one than the newest: those below it close up, and nothing outside of the list moves.
  const below = await shiftsDuring(page, async () => {
    end(peer, begun[0] as Run);
    await expect(rows).toHaveCount(begun.length);
  });
  expect(below.filter(({ what }) => !/^Running now: <(li|a)>/.test(what))).toEqual([]);
});

test('on the first screen, machines beat, work and tasks get other names without moving anything', async ({
  page,
  visit,
}) => {
  const { peer } = await visit(calmPeer());
  const overview = new OverviewPage(page);
  await settled(page);
  await expectStill(page, async () => {
    beat(peer, 4, 0.97);
    await expect(page.getByRole('main').getByText('97% busy').first()).toBeVisible();
  });
  await expectStill(page, async () => {
    beat(peer, 0, 0.03);
    await expect(page.getByRole('main').getByText('3% busy', { exact: true }).first()).toBeVisible();
  });
  await expectStill(page, async () => {
    const name = 'Index whatever is new among the photos of everybody';
    change(peer, 'photo-index', { about: { ...taskOf(peer, 'photo-index').about, name } });
    await expect(overview.running.getByText(name)).toBeVisible();
  });
});

test('a failure moves only what stands below the things that need a look', async ({ page, visit }) => {
  const { peer } = await visit(calmPeer());
  const overview = new OverviewPage(page);
  await settled(page);
  const shifts = await shiftsDuring(page, async () => {
    end(peer, begin(peer, 'firmware'), { state: 'failed', exitCode: 1, reason: { code: 'EXIT', text: 'exit code 1' } });
    await expect(overview.needs.getByTitle('Update firmware')).toBeVisible();
  });
  expect(shifts.filter(({ what }) => !/^(Needs a look|Timeline): /.test(what))).toEqual([]);
});

test('in the table of tasks, nothing moves when tasks change, run, get a first tag, or a warning comes', async ({
  page,
  visit,
}) => {
  const { peer } = await visit(calmPeer());
  const task = taskOf(peer, 'firmware');
  const row = page.getByRole('row', { name: /Update firmware/ });
  await goTo(page, '#/tasks');
  await expect(row).toContainText('never');
  const steps: [act: () => void, seen: string | RegExp][] = [
    [() => void end(peer, begin(peer, 'firmware')), 'Succeeded'],
    [() => void end(peer, begin(peer, 'firmware'), { state: 'timed-out' }), 'Timed out'],
    [() => change(peer, 'firmware', { about: { ...task.about, suspended: true } }), 'Suspended'],
    [() => change(peer, 'firmware', { about: { ...task.about, tags: ['hardware'] } }), '#hardware'],
  ];
  for (const [act, seen] of steps) {
    await expectStill(page, async () => {
      act();
      await expect(row).toContainText(seen);
    });
  }
  const warnings = page.getByRole('region', { name: 'Warnings' });
  await expect(warnings).toBeHidden();
  await expectStill(page, async () => {
    skew(peer, 4000);
    await expect(warnings).toContainText('nas');
  });
});

test('in the table of runs, nothing moves for who reads further down, nor in the frame of it', async ({
  page,
  visit,
}) => {
  const calm = calmPeer();
  for (let number = 0; number < 300; number += 1) calm.addRun({ taskId: 'firmware' as TaskId });
  const { peer } = await visit(calm);
  const runs = new RunsPage(page);
  await goTo(page, '#/runs');
  await expect(runs.row(/Running Database dump/)).toBeVisible();
  await expectStill(page, async () => {
    end(peer, begin(peer, 'certificates'), { state: 'failed', reason: { code: 'EXIT', text: 'exit code 3' } });
    await expect(runs.row(/Failed Renew certificates .*exit code 3/)).toBeVisible();
  });
  await runs.grid.evaluate((grid) => (grid.scrollTop = 4000));
  const read = runs.grid.getByRole('row', { name: /Update firmware/ }).nth(8);
  await expect(read).toBeInViewport();
  const before = [await read.getAttribute('id'), await read.boundingBox()];
  await expectStill(page, async () => {
    for (let number = 0; number < 12; number += 1) end(peer, begin(peer, number % 2 ? 'thumbnails' : 'photo-index'));
    await expect(page.getByRole('button', { name: /new runs/ })).toBeVisible();
  });
  expect([await read.getAttribute('id'), await read.boundingBox()]).toEqual(before);
});

test('on the page of a run, nothing moves as its output comes, it goes on, and it fails', async ({ page, visit }) => {
  const { peer } = await visit(calmPeer());
  const runs = new RunsPage(page);
  const run = begin(peer, 'firmware');
  write(peer, run.id, 1);
  await goTo(page, `#/runs/${run.id}`);
  await expect(runs.output).toContainText('line 1 of');
  for (const count of [30, 400]) {
    await expectStill(page, async () => {
      write(peer, run.id, count);
      await expect(runs.output).toContainText(`line ${count} of`);
    });
  }
  await expectStill(page, async () => {
    peer.addRun({ ...run, progress: 0.5, recordedAt: Date.now() });
    await expect(page.getByRole('main')).toContainText('50%');
  });
  await expectStill(page, async () => {
    write(peer, run.id, 401, true);
    end(peer, run, {
      state: 'failed',
      exitCode: 3,
      reason: { code: 'EXIT', text: `exit code 3: ${'why '.repeat(60)}` },
    });
    await expect(runs.output).toContainText('complete');
    await expect(runs.facts).toContainText('exit code 3');
  });
});

test('who reads an earlier part of an output has it stay there', async ({ page, visit }) => {
  const { peer } = await visit(calmPeer());
  const runs = new RunsPage(page);
  const run = begin(peer, 'firmware');
  write(peer, run.id, 400);
  await goTo(page, `#/runs/${run.id}`);
  const { lines } = runs;
  await expect(lines).toContainText('line 400 of');
  await lines.evaluate((element) => (element.scrollTop = 2000));
  await expect(runs.output.getByRole('button', { name: 'To the end' })).toBeVisible();
  const read = lines.getByText('line 120 of');
  await expect(read).toBeInViewport();
  const before = await read.boundingBox();
  await expectStill(page, async () => {
    write(peer, run.id, 400 + LINES_AT_ONCE);
    await expect(runs.output).toContainText(/(19|20|21|22) KiB/);
  });
  expect(await read.boundingBox()).toEqual(before);
});

test('in the table of machines, nothing moves as they beat, work, fall silent and are given up', async ({
  page,
  visit,
}) => {
  const { peer } = await visit(calmPeer());
  await goTo(page, '#/machines');
  const row = page.getByRole('row', { name: /nas/ });
  await expect(row).toContainText('1 / 4');
  await expectStill(page, async () => {
    beat(peer, 4, 0.99);
    await expect(row).toContainText('99%');
  });
  await expectStill(page, async () => {
    end(peer, begin(peer, 'firmware', MACHINES.beta), { state: 'lost' });
    await expect(row).toContainText('Lost');
  });
  for (const [state, seen] of [
    ['suspect', 'Suspect'],
    ['dead', 'Dead'],
  ] as const) {
    await expectStill(page, async () => {
      const nas = machineOf(peer, MACHINES.beta);
      peer.machinesById.set(MACHINES.beta, { ...nas, state, stateReason: 'silent' });
      peer.emit({ kind: 'machines' });
      await expect(row).toContainText(seen);
    });
  }
});

test('who asks to join, and an agent that cannot be reached, push away no table', async ({
  page,
  visit,
  expectedFaults,
}) => {
  expectedFaults.push('WebSocket');
  const sockets: WebSocketRoute[] = [];
  await page.routeWebSocket(/\/rpc$/, (socket) => {
    // The first goes on until it is cut; none follows it.
    if (sockets.length > 0) return void socket.close();
    socket.connectToServer();
    sockets.push(socket);
  });
  const { peer } = await visit(calmPeer());
  await goTo(page, '#/machines');
  await expect(page.getByRole('row', { name: /nas/ })).toContainText('1 / 4');
  await expectStill(page, async () => {
    askToJoin(peer, { name: 'laptop' });
    await expect(page.getByRole('region', { name: 'Ask to join' })).toContainText('laptop');
  });
  // What stands at the foot makes room for it, and the word beside the dot becomes a longer one.
  const shifts = await shiftsDuring(page, async () => {
    for (const socket of sockets) await socket.close();
    await expect(page.getByRole('alert')).toContainText('cannot be reached');
  });
  expect(shifts.filter(({ what }) => !/^(Ask to join: |: <span> Reconnecting)/.test(what))).toEqual([]);
});

/** The lively cluster, in which nothing comes due by itself for hours, no tag is given, and no clock is wrong. */
function calmPeer(): FakePeer {
  const peer = livelyPeer();
  const later = new Date(Date.now() + 3 * HOUR_MS);
  const expression = `${later.getUTCMinutes()} ${later.getUTCHours()} * * *`;
  for (const [id, task] of peer.tasksById) {
    const { schedule } = task;
    if (schedule.triggers.length === 0) continue;
    peer.tasksById.set(id, {
      ...task,
      schedule: { ...schedule, timeZone: 'UTC', triggers: [{ kind: 'cron', expression }] },
    });
  }
  skew(peer, 3);
  return peer;
}

/** The first screen, with all that it has to fetch. */
async function settled(page: Page): Promise<void> {
  const overview = new OverviewPage(page);
  await expect(overview.running.getByRole('listitem')).toHaveCount(2);
  await expect(overview.next.getByRole('listitem').first()).toBeVisible();
  for (const failed of ['Renew certificates', 'Thumbnails for the gallery']) {
    await expect(overview.needs.getByTitle(failed)).toBeVisible();
  }
  // Known last: how tasks that failed have gone since.
  await expect(overview.needs).toContainText('succeeded since: Database dump');
  await expect(overview.figures).toContainText('%');
}

function begin(peer: FakePeer, task: string, machineId = MACHINES.alpha): Run {
  const at = Date.now();
  const run = peer.addRun({
    taskId: task as TaskId,
    machineId,
    state: 'running',
    nominalAt: at,
    dueAt: at,
    claimedAt: at,
    startedAt: at,
    recordedAt: at,
  });
  const { finishedAt: _finished, exitCode: _code, ...going } = run;
  peer.runsById.set(run.id, going);
  return going;
}

function end(peer: FakePeer, run: Run, how: Partial<Run> = {}): void {
  const at = Date.now();
  peer.addRun({ ...run, state: 'succeeded', exitCode: 0, finishedAt: at, recordedAt: at + 1, ...how });
}

/** The output is so many lines now. */
function write(peer: FakePeer, runId: RunId, count: number, complete = false): void {
  const lines = Array.from({ length: count }, (_, index) => `line ${index + 1} of the output, which goes on and on\n`);
  peer.output.set(runId, { bytes: new TextEncoder().encode(lines.join('')), complete });
}

function change(peer: FakePeer, id: string, facets: object): void {
  const task = taskOf(peer, id);
  peer.tasksById.set(task.id, { ...task, ...facets });
  peer.emit({ kind: 'tasks', ids: [task.id] });
}

function taskOf(peer: FakePeer, id: string): Task {
  const task = peer.tasksById.get(id as TaskId);
  if (task === undefined) throw new Error(`no task ${id}`);
  return task;
}

function machineOf(peer: FakePeer, id: (typeof MACHINES)['beta']) {
  const machine = peer.machinesById.get(id);
  if (machine === undefined) throw new Error(`no machine ${id}`);
  return machine;
}

/** Both machines that are there were heard, and are as busy as this. */
function beat(peer: FakePeer, slotsUsed: number, processorLoad: number): void {
  for (const id of [MACHINES.alpha, MACHINES.beta]) {
    const machine = machineOf(peer, id);
    const load = { freeMemoryBytes: 2 ** 30, ...machine.load, slotsUsed, processorLoad };
    peer.machinesById.set(id, { ...machine, lastSeenAt: Date.now(), load });
  }
  peer.emit({ kind: 'machines' });
}

function skew(peer: FakePeer, clockSkewMs: number): void {
  peer.machinesById.set(MACHINES.beta, { ...machineOf(peer, MACHINES.beta), clockSkewMs });
  peer.emit({ kind: 'machines' });
}

function last<T>(list: readonly T[]): T {
  const found = list.at(-1);
  if (found === undefined) throw new Error('the list is empty');
  return found;
}
