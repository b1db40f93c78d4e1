/** Fixed scenarios of the whole cluster in virtual time, each with the real core on every machine. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from './sim-cluster.ts';

describe('a cluster without faults', () => {
  test('runs each occurrence once, on its owner, on time', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('tick', '*/10 * * * * *');
    await cluster.put(1, task);
    const owner = cluster.ownerOf(task);
    await cluster.run(60_000);
    const starts = cluster.startsOf(task);
    expect(starts).toHaveLength(6);
    expect(new Set(starts.map((start) => start.machine))).toEqual(new Set([owner.id]));
    expect(new Set(starts.map((start) => start.occurrenceId)).size).toBe(6);
    for (let index = 0; index < 3; index += 1) {
      const runs = await cluster.runs(index, task);
      expect(runs.map((run) => run.state)).toEqual(Array(6).fill('succeeded'));
    }
  });

  test('a task placed on all machines runs on each of them', async () => {
    const cluster = new SimCluster({ machines: 4 });
    await cluster.form();
    const task = simTask('everywhere', '0 * * * * *', { placement: { mode: 'all' } });
    await cluster.put(0, task);
    await cluster.run(60_000);
    expect(new Set(cluster.startsOf(task).map((start) => start.machine)).size).toBe(4);
    expect(cluster.startsOf(task)).toHaveLength(4);
  });

  test('the same seed gives the same trace', async () => {
    const trace = async (): Promise<string[]> => {
      const lines: string[] = [];
      const cluster = new SimCluster({ machines: 3, seed: 7, trace: (line) => lines.push(line) });
      await cluster.form();
      await cluster.put(0, simTask('tick', '*/5 * * * * *'));
      await cluster.run(30_000);
      lines.push(JSON.stringify(cluster.starts));
      return lines;
    };
    expect(await trace()).toEqual(await trace());
  });
});

describe('when the owner dies', () => {
  test('the next occurrence runs elsewhere, less than two seconds late', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('tick', '*/10 * * * * *');
    await cluster.put(0, task);
    await cluster.run(15_000);
    const owner = cluster.ownerOf(task);
    const before = cluster.startsOf(task).length;
    owner.kill();
    await cluster.run(30_000);
    const after = cluster.startsOf(task).slice(before);
    expect(after.length).toBeGreaterThanOrEqual(2);
    for (const start of after) {
      expect(start.machine).not.toBe(owner.id);
      expect(start.atMs % 10_000).toBeLessThan(2000);
    }
  });

  test('killed at the due instant, before it could claim: a standby runs it less than two seconds late', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('tick', '*/30 * * * * *');
    await cluster.put(0, task);
    const untilDue = 30_000 - (cluster.time.now % 30_000);
    await cluster.run(untilDue - 5);
    const owner = cluster.ownerOf(task);
    owner.kill();
    await cluster.run(3000);
    const starts = cluster.startsOf(task);
    expect(starts).toHaveLength(1);
    expect(starts[0]?.machine).not.toBe(owner.id);
    expect((starts[0]?.atMs ?? 0) % 30_000).toBeLessThan(2000);
  });

  test('its run is closed as lost and run again elsewhere, with a higher fencing token', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 20_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('long', undefined, { policy: { onLost: 'rerun', rerunAfterMs: 5000 } });
    await cluster.put(0, task);
    await cluster.command(0, { kind: 'run-task', id: task.id });
    await cluster.run(1000);
    const first = cluster.startsOf(task)[0];
    if (first === undefined) throw new Error('it did not start');
    cluster.byId(first.machine).losePower();
    const survivor = cluster.machines.findIndex((machine) => machine.id !== first.machine);
    await cluster.run(30_000);
    const [, second] = cluster.startsOf(task);
    expect(second?.machine).not.toBe(first.machine);
    expect(second?.fencingToken).toBeGreaterThan(first.fencingToken);
    expect(cluster.startsOf(task)).toHaveLength(2);
    const states = (await cluster.runs(survivor, task)).map((run) => `${run.attempt} ${run.state}`);
    expect(states).toContain('1 lost');
    expect(states).toContain('2 succeeded');
  });

  test('at-most-once is reported as lost and never run again', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 20_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('invoice', undefined, { policy: { guarantee: 'at-most-once' } });
    await cluster.put(0, task);
    await cluster.command(0, { kind: 'run-task', id: task.id });
    await cluster.run(1000);
    const first = cluster.startsOf(task)[0];
    if (first === undefined) throw new Error('it did not start');
    cluster.byId(first.machine).losePower();
    const survivor = cluster.machines.findIndex((machine) => machine.id !== first.machine);
    await cluster.run(180_000);
    expect(cluster.startsOf(task)).toHaveLength(1);
    expect((await cluster.runs(survivor, task)).map((run) => run.state)).toContain('lost');
  });
});

describe('when the agent is killed and its process lives on', () => {
  test('a restarted agent adopts it, and the rerun that waited is dropped', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 30_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('long', undefined);
    await cluster.put(0, task);
    await cluster.command(0, { kind: 'run-task', id: task.id });
    await cluster.run(1000);
    const start = cluster.startsOf(task)[0];
    if (start === undefined) throw new Error('it did not start');
    const machine = cluster.byId(start.machine);
    machine.kill();
    await cluster.run(5000);
    await machine.boot();
    await cluster.run(120_000);
    expect(cluster.startsOf(task)).toHaveLength(1);
    for (let index = 0; index < 3; index += 1) {
      const runs = await cluster.runs(index, task);
      expect(runs.map((run) => run.state).filter((state) => state !== 'due')).toEqual(['succeeded']);
    }
  });
});

describe('when the network splits', () => {
  test('at-most-once runs on the larger side only, and the smaller says why it waits', async () => {
    const cluster = new SimCluster({ machines: 5 });
    await cluster.form();
    const task = simTask('invoice', '0 * * * * *', { policy: { guarantee: 'at-most-once' } });
    await cluster.put(0, task);
    const ids = cluster.machines.map((machine) => machine.id);
    cluster.network.split(ids.slice(0, 2), ids.slice(2));
    await cluster.run(120_000);
    const small = new Set(ids.slice(0, 2));
    const starts = cluster.startsOf(task);
    expect(starts.length).toBeGreaterThanOrEqual(1);
    expect(starts.filter((start) => small.has(start.machine))).toEqual([]);
    const seen = (await cluster.runs(0, task)).map((run) => `${run.state} ${run.reason?.code ?? ''}`);
    expect(seen.some((line) => line.startsWith('withheld NO_QUORUM') || line.startsWith('skipped'))).toBe(true);
    cluster.network.heal();
    await cluster.run(120_000);
    const perAttempt = cluster.startsOf(task).map((start) => `${start.occurrenceId} ${start.attempt}`);
    expect(new Set(perAttempt).size).toBe(perAttempt.length);
  });

  test('at-least-once goes on on both sides, and all agree after it has healed', async () => {
    const cluster = new SimCluster({ machines: 5 });
    await cluster.form();
    const task = simTask('backup', '0 * * * * *');
    await cluster.put(0, task);
    const ids = cluster.machines.map((machine) => machine.id);
    cluster.network.split(ids.slice(0, 2), ids.slice(2));
    await cluster.run(120_000);
    const small = new Set(ids.slice(0, 2));
    expect(cluster.startsOf(task).some((start) => small.has(start.machine))).toBe(true);
    expect(cluster.startsOf(task).some((start) => !small.has(start.machine))).toBe(true);
    cluster.network.heal();
    await cluster.run(30_000);
    const digests = new Set(cluster.machines.map((machine) => machine.peer.view.documentDigest));
    expect(digests.size).toBe(1);
    const lists = await Promise.all(
      cluster.machines.map(async (_, index) => JSON.stringify(await cluster.runs(index, task))),
    );
    expect(new Set(lists).size).toBe(1);
  });
});

describe('overlap across machines', () => {
  test('skip: a task never runs twice at a time, wherever its occurrences land', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 25_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('slow', '*/10 * * * * *');
    await cluster.put(0, task);
    await cluster.run(120_000);
    const starts = cluster.startsOf(task).sort((a, b) => a.atMs - b.atMs);
    expect(starts.length).toBeGreaterThanOrEqual(3);
    for (const [index, start] of starts.entries()) {
      const next = starts[index + 1];
      if (next !== undefined) expect(next.atMs).toBeGreaterThanOrEqual(start.endedAtMs ?? Infinity);
    }
    const skipped = (await cluster.runs(1, task)).filter((run) => run.state === 'skipped');
    expect(skipped.length).toBeGreaterThanOrEqual(3);
    expect(skipped[0]?.reason?.code).toBe('OVERLAP');
  });

  test('queue-all: every occurrence runs, one after the other', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 4000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('queued', undefined, { policy: { overlap: 'queue-all' } });
    await cluster.put(0, task);
    for (let count = 0; count < 4; count += 1) await cluster.command(count % 3, { kind: 'run-task', id: task.id });
    await cluster.run(60_000);
    const starts = cluster.startsOf(task).sort((a, b) => a.atMs - b.atMs);
    expect(starts).toHaveLength(4);
    for (const [index, start] of starts.entries()) {
      const next = starts[index + 1];
      if (next !== undefined) expect(next.atMs).toBeGreaterThanOrEqual(start.endedAtMs ?? Infinity);
    }
  });

  test('replace: the older run is cancelled, then the new one starts', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 60_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('replaced', undefined, { policy: { overlap: 'replace' } });
    await cluster.put(0, task);
    await cluster.command(0, { kind: 'run-task', id: task.id });
    await cluster.run(2000);
    await cluster.command(1, { kind: 'run-task', id: task.id });
    await cluster.run(5000);
    const states = (await cluster.runs(2, task)).map((run) => run.state).filter((state) => state !== 'due');
    expect(states.sort()).toEqual(['cancelled', 'running']);
  });
});

describe('catch-up after everybody was away', () => {
  const away = async (mode: 'skip' | 'latest' | 'all'): Promise<{ starts: number; skipped: number }> => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('regular', '0 */10 * * * *', { policy: { catchUp: { mode }, overlap: 'queue-all' } });
    await cluster.put(0, task);
    await cluster.run(600_000);
    const before = cluster.startsOf(task).length;
    await cluster.stopAll();
    await cluster.run(5 * 600_000 + 300_000);
    for (const machine of cluster.machines) await machine.boot();
    await cluster.run(60_000);
    const skipped = (await cluster.runs(0, task)).filter((run) => run.state === 'skipped').length;
    return { starts: cluster.startsOf(task).length - before, skipped };
  };

  test('skip: none is made up for, and each is recorded', async () => {
    expect(await away('skip')).toEqual({ starts: 0, skipped: 5 });
  });

  test('latest: the newest is made up for, once', async () => {
    expect(await away('latest')).toEqual({ starts: 1, skipped: 4 });
  });

  test('all: each is made up for, once', async () => {
    expect(await away('all')).toEqual({ starts: 5, skipped: 0 });
  });
});

describe('edits', () => {
  test('made on two sides of a split both survive, and all machines agree', async () => {
    const cluster = new SimCluster({ machines: 4 });
    await cluster.form();
    const task = simTask('shared', undefined);
    await cluster.put(0, task);
    await cluster.run(2000);
    const ids = cluster.machines.map((machine) => machine.id);
    cluster.network.split(ids.slice(0, 2), ids.slice(2));
    await cluster.put(0, { ...task, about: { ...task.about, name: 'Renamed on the left' } });
    await cluster.put(3, { ...task, schedule: { ...task.schedule, timeZone: 'Europe/Berlin' } });
    await cluster.run(20_000);
    cluster.network.heal();
    await cluster.run(30_000);
    for (const machine of cluster.machines) {
      const held = machine.peer.view.task(task.id);
      expect(held?.about.name).toBe('Renamed on the left');
      expect(held?.schedule.timeZone).toBe('Europe/Berlin');
    }
  });
});

describe('a full disk', () => {
  test('the machine takes no runs, others do, nothing is lost, and it comes back', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('tick', '*/10 * * * * *');
    await cluster.put(0, task);
    await cluster.run(12_000);
    const owner = cluster.ownerOf(task);
    owner.disk.full = true;
    const before = cluster.startsOf(task).length;
    await cluster.run(40_000);
    const during = cluster.startsOf(task).slice(before);
    expect(during.length).toBeGreaterThanOrEqual(3);
    expect(during.filter((start) => start.machine === owner.id)).toEqual([]);
    expect(owner.peer.view.warnings.map((warning) => warning.code)).toContain('STORAGE_FULL');
    owner.disk.full = false;
    await cluster.run(30_000);
    expect(owner.peer.view.warnings.map((warning) => warning.code)).not.toContain('STORAGE_FULL');
    const lists = await Promise.all(
      cluster.machines.map(async (_, index) => JSON.stringify(await cluster.runs(index, task))),
    );
    expect(new Set(lists).size).toBe(1);
  });
});
