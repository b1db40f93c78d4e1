/** Tasks that follow others: whatever fails between the end of the one and the start of the other, that happens once. */
import { describe, expect, test } from 'vitest';
import { type AuditQuestion, auditTasks } from '../../../core/api/run-audit.ts';
import { LIMITS } from '../../../core/config/constants.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import type { AuditReport } from '../../../core/history/audit.ts';
import type { PeerHandle } from '../../../core/peer/peer-handle.ts';
import type { LaunchSpec } from '../../../core/ports/process-runner.ts';
import { type SimCluster, simTask } from '../sim-cluster.ts';
import type { ProgramBehaviour } from '../sim-processes.ts';
import {
  AGREE_MS,
  expectAgreement,
  expectOneStartPerAttempt,
  firstStart,
  formed,
  formedWith,
  idsOf,
  indexOf,
  statesOf,
  until,
} from './lab.ts';

const backup = simTask('backup', undefined, { policy: { rerunAfterMs: 2000 } });
const check = following('check', 'success');

/** A task that comes due after the backup. */
function following(id: string, outcome: string, over: Record<string, unknown> = {}): TaskDefinition {
  return simTask(id, undefined, { schedule: { triggers: [{ kind: 'after', task: 'backup', outcome }] }, ...over });
}

function ending(exitCode: number, durationMs = 1000): (spec: LaunchSpec) => ProgramBehaviour {
  return ({ taskId }) => ({ durationMs, exitCode: taskId === backup.id ? exitCode : 0 });
}

async function begin(cluster: SimCluster, task = backup, index = 0): Promise<void> {
  await cluster.command(index, { kind: 'run-task', id: task.id });
}

describe('a task that follows another', () => {
  test('runs once whenever that has succeeded, and says after which run', async () => {
    const cluster = await formedWith({ machines: 3, behaviour: ending(0) }, backup, check);
    await begin(cluster);
    await cluster.run(5000);
    expect(cluster.startsOf(check)).toHaveLength(1);
    const [upstream] = await cluster.runs(1, backup);
    const [run] = await cluster.runs(1, check);
    expect(run).toMatchObject({
      state: 'succeeded',
      nominalAt: upstream?.finishedAt,
      cause: { kind: 'after', taskId: backup.id, runId: upstream?.id, state: 'succeeded', depth: 1 },
    });
    await expectAgreement(cluster, backup, check);
  });

  test('is audited by the ends that it follows, alike on all machines: what nobody noted is missed', async () => {
    const failed = following('alarm', 'failure');
    const cluster = await formedWith({ machines: 3, behaviour: ending(0) }, backup, check, failed);
    const since = cluster.epochMs + cluster.time.now;
    for (const index of [0, 1, 2]) {
      await begin(cluster, backup, index);
      await cluster.run(5000);
    }
    await cluster.run(70_000);
    const now = cluster.epochMs + cluster.time.now;
    const tasks = cluster.machine(0).peer.view.tasks();
    const totals = { 'on-time': 3, late: 0, doubled: 0, skipped: 0, withheld: 0, pending: 0, missed: 0 };
    for (const index of [0, 1, 2]) {
      const { peer } = cluster.machine(index);
      const question = { tasks, since, until: now, onTimeMs: 60_000, now };
      const byTask = await reportsOf(peer, question);
      expect(byTask.get(check.id)?.totals).toEqual(totals);
      expect(byTask.get(check.id)?.entries.map(({ runs }) => runs.length)).toEqual([1, 1, 1]);
      expect(byTask.get(failed.id)?.totals).toEqual({ ...totals, 'on-time': 0 });
      const forgetful = await reportsOf(without(peer, check.id), question);
      expect([forgetful.get(check.id)?.totals.missed, forgetful.get(failed.id)?.totals.missed]).toEqual([3, 0]);
    }
  });

  test('is told apart by how that ended', async () => {
    const tasks = ['success', 'failure', 'any'].map((outcome) => following(outcome, outcome));
    const cluster = await formedWith({ machines: 3, behaviour: ending(1) }, backup, ...tasks);
    await begin(cluster);
    await cluster.run(5000);
    expect(tasks.map((task) => cluster.startsOf(task).length)).toEqual([0, 1, 1]);
  });

  test('waits for the last attempt', async () => {
    const retried = { ...backup, policy: { ...backup.policy, retry: { ...backup.policy.retry, maxAttempts: 3 } } };
    const failed = following('alarm', 'failure');
    const cluster = await formedWith({ machines: 2, behaviour: ending(1, 50) }, retried, failed);
    await begin(cluster);
    await cluster.run(60_000);
    expect(cluster.startsOf(backup)).toHaveLength(3);
    expect(cluster.startsOf(failed)).toHaveLength(1);
  });

  test('is not due while it is suspended, nor outside of its bounds', async () => {
    const asleep = following('asleep', 'any', { about: { name: 'asleep', suspended: true } });
    const past = { triggers: [{ kind: 'after', task: 'backup', outcome: 'any' }], endAt: 1_000_000 };
    const over = simTask('over', undefined, { schedule: past });
    const cluster = await formedWith({ machines: 2, behaviour: ending(0) }, backup, asleep, over);
    await begin(cluster);
    await cluster.run(70_000);
    expect([...(await cluster.runs(0, asleep)), ...(await cluster.runs(0, over))]).toEqual([]);
  });

  test('goes on in chains, on several machines where it is placed so', async () => {
    const second = simTask('second', undefined, {
      schedule: { triggers: [{ kind: 'after', task: 'check' }] },
      placement: { mode: 'all' },
    });
    const cluster = await formedWith({ machines: 3, behaviour: ending(0) }, backup, check, second);
    await begin(cluster);
    await cluster.run(5000);
    expect(
      cluster
        .startsOf(second)
        .map(({ machine }) => machine)
        .sort(),
    ).toEqual(idsOf(cluster).sort());
    expect((await cluster.runs(2, second)).map(({ cause }) => cause)).toContainEqual(
      expect.objectContaining({ kind: 'after', taskId: check.id, depth: 2 }),
    );
  });
});

describe('between the end of the one and the start of the other', () => {
  for (const delayMs of [0, 1, 5, 20, 60, 200]) {
    test(`the machine that ran the first loses power ${delayMs} ms later: the second runs, once`, async () => {
      const cluster = await formedWith({ machines: 3, seed: 7 + delayMs, behaviour: ending(0) }, backup, check);
      await begin(cluster);
      const first = firstStart(cluster, backup);
      await until(cluster, 5000, () => first.endedAtMs !== undefined, 1);
      await cluster.run(delayMs);
      const machine = cluster.byId(first.machine);
      machine.losePower();
      await cluster.run(30_000);
      const ran = cluster.startsOf(check).length;
      await machine.boot();
      await cluster.run(AGREE_MS);
      expectOneStartPerAttempt(cluster, check);
      const occurrences = new Set(cluster.startsOf(check).map(({ occurrenceId }) => occurrenceId));
      expect(occurrences.size).toBe(1);
      expect(ran).toBeGreaterThan(0);
      await expectAgreement(cluster, backup, check);
    });
  }

  for (const [offMs, states] of [
    [10_000, { succeeded: 1 }],
    [600_000, { MISSED: 1 }],
  ] as const) {
    test(`the only machine is off for ${offMs / 1000} s: it runs the second, or records that it was missed`, async () => {
      const later = following('later', 'success');
      const spread = { ...later, schedule: { ...later.schedule, jitterMs: 60_000 } };
      const cluster = await formedWith({ machines: 1, behaviour: ending(0) }, backup, spread);
      await begin(cluster);
      await until(cluster, 5000, () => cluster.machine(0).peer.view.activeRuns().length === 0, 1);
      cluster.machine(0).losePower();
      await cluster.run(offMs);
      expect(cluster.startsOf(spread)).toEqual([]);
      await cluster.machine(0).boot();
      await cluster.run(80_000);
      expect(await statesOf(cluster, 0, spread)).toEqual(states);
      expect((await cluster.runs(0, spread)).map(({ cause }) => cause.kind)).toEqual(['after']);
    });
  }

  test('a machine that was off meanwhile hears of it late, and does not start it again', async () => {
    const cluster = await formedWith({ machines: 3, behaviour: ending(0) }, backup, check);
    cluster.machine(2).losePower();
    await cluster.run(10_000);
    await begin(cluster);
    await cluster.run(20_000);
    await cluster.machine(2).boot();
    await cluster.run(AGREE_MS);
    expect(cluster.startsOf(check)).toHaveLength(1);
    await expectAgreement(cluster, backup, check);
  });
});

describe('on both sides of a split', () => {
  test('what ran on both is followed on both, as one occurrence; once, where it must not run twice', async () => {
    const nightly = simTask('backup', '30 * * * * *', { policy: { overlap: 'allow' } });
    const once = following('invoice', 'success', { policy: { guarantee: 'at-most-once' } });
    const cluster = await formedWith({ machines: 5, behaviour: ending(0) }, nightly, check, once);
    const ids = idsOf(cluster);
    cluster.network.split(ids.slice(0, 3), ids.slice(3));
    await until(cluster, 120_000, () => cluster.startsOf(nightly).length >= 4);
    await cluster.run(5000);
    cluster.network.heal();
    await cluster.run(AGREE_MS + 60_000);
    const byOccurrence = new Map<string, number>();
    for (const { occurrenceId } of cluster.startsOf(check)) {
      byOccurrence.set(occurrenceId, (byOccurrence.get(occurrenceId) ?? 0) + 1);
    }
    expect([...byOccurrence.values()]).toContain(2);
    expect(Math.max(...byOccurrence.values())).toBe(2);
    const upstreams = new Set(cluster.startsOf(nightly).map(({ occurrenceId }) => occurrenceId));
    expect(byOccurrence.size).toBeLessThanOrEqual(upstreams.size);
    expectOneStartPerAttempt(cluster, once);
    await expectAgreement(cluster, nightly, check, once);
  });

  test('two people close a circle: it comes to an end by itself, and says why', async () => {
    const there = simTask('there', undefined, {});
    const cluster = await formedWith(
      { machines: 2, behaviour: () => ({ durationMs: 10, exitCode: 0 }) },
      backup,
      there,
    );
    const [left, right] = idsOf(cluster) as [never, never];
    cluster.network.split([left], [right]);
    await cluster.put(0, { ...backup, schedule: { ...there.schedule, triggers: [after('there')] } });
    await cluster.put(1, { ...there, schedule: { ...there.schedule, triggers: [after('backup')] } });
    cluster.network.heal();
    await cluster.run(AGREE_MS);
    await begin(cluster);
    await cluster.run(60_000);
    const starts = cluster.startsOf(backup).length + cluster.startsOf(there).length;
    expect(starts).toBe(LIMITS.chainDepth + 1);
    const states = [await statesOf(cluster, 1, backup), await statesOf(cluster, 1, there)];
    expect(states).toContainEqual(expect.objectContaining({ refused: 1 }));
    const reasons = (await cluster.runs(1)).map(({ reason }) => reason?.code);
    expect(reasons).toContain('CHAIN_TOO_LONG');
  });
});

async function reportsOf(peer: PeerHandle, question: AuditQuestion): Promise<Map<string, AuditReport>> {
  const reports = new Map<string, AuditReport>();
  for await (const { task, report } of auditTasks(peer, question)) reports.set(task.id, report);
  return reports;
}

/** A peer whose logs hold no run of a task. */
function without(peer: PeerHandle, task: TaskDefinition['id']): PeerHandle {
  const page: PeerHandle['runs']['page'] = async (filter, limit, cursor) =>
    filter.taskId === task ? { runs: [] } : peer.runs.page(filter, limit, cursor);
  const runs = new Proxy(peer.runs, {
    get: (own, key) => (key === 'page' ? page : (Reflect.get(own, key) as unknown)),
  });
  return new Proxy(peer, { get: (own, key) => (key === 'runs' ? runs : (Reflect.get(own, key) as unknown)) });
}

function after(task: string): TaskDefinition['schedule']['triggers'][number] {
  return { kind: 'after', task: task as TaskDefinition['id'], outcome: 'success' };
}

describe('a circle, or a task that nobody knows', () => {
  test('is refused where a person would make it', async () => {
    const cluster = await formed({ machines: 1 });
    const ask = async (...definitions: TaskDefinition[]): Promise<string> => {
      const asked = cluster.machine(0).peer.execute({ kind: 'put-tasks', mode: 'upsert', definitions });
      await cluster.run(200);
      const outcome = await asked;
      return outcome.ok ? 'ok' : outcome.error.code;
    };
    expect(await ask(check)).toBe('TASK_NOT_FOUND');
    // Addresses of the console have these places.
    for (const id of ['new', 'import']) expect(await ask(simTask(id, undefined))).toBe('INVALID_INPUT');
    expect(await ask(check, backup)).toBe('ok');
    expect(await ask({ ...backup, schedule: { ...backup.schedule, triggers: [after('check')] } })).toBe('TASK_CYCLE');
    expect(await ask({ ...backup, schedule: { ...backup.schedule, triggers: [after('backup')] } })).toBe('TASK_CYCLE');
  });
});

describe('a task for the start of a machine', () => {
  const greet = simTask('greet', undefined, { schedule: { triggers: [{ kind: 'machine-start' }] } });
  const everywhere = simTask('everywhere', undefined, {
    schedule: { triggers: [{ kind: 'machine-start' }] },
    placement: { mode: 'all' },
  });

  test('runs there when the machine starts, once, and not when its agent alone does', async () => {
    const cluster = await formedWith({ machines: 3 }, greet, everywhere);
    const machine = cluster.machine(1);
    machine.kill();
    await machine.boot();
    await cluster.run(30_000);
    expect(cluster.starts).toEqual([]);
    machine.losePower();
    await cluster.run(10_000);
    await machine.boot();
    await cluster.run(30_000);
    machine.kill();
    await machine.boot();
    await cluster.run(30_000);
    for (const task of [greet, everywhere]) {
      expect(cluster.startsOf(task).map((start) => start.machine)).toEqual([machine.id]);
      const [run] = await cluster.runs(0, task);
      expect(run).toMatchObject({ state: 'succeeded', cause: { kind: 'machine-start', machineId: machine.id } });
    }
    await expectAgreement(cluster, greet, everywhere);
  });

  test('does not run where it may not, nor where it is pinned to another machine', async () => {
    const cluster = await formed({ machines: 2 });
    const pinned = {
      ...greet,
      placement: { ...greet.placement, mode: 'pin' as const, machine: cluster.machine(0).id },
    };
    const labelled = { ...everywhere, placement: { ...everywhere.placement, labels: { rack: 'left' } } };
    await cluster.put(0, pinned, labelled);
    for (const machine of [...cluster.machines].reverse()) {
      machine.losePower();
      await cluster.run(10_000);
      await machine.boot();
      await cluster.run(20_000);
    }
    for (const task of [pinned, labelled]) {
      expect(cluster.startsOf(task).map(({ machine }) => indexOf(cluster, cluster.byId(machine)))).toEqual([0]);
    }
  });
});
