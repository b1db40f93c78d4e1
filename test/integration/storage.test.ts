/** The disk of one machine goes bad: its database is damaged, or full. Nothing that others hold is lost. */
import { closeSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AgentProcess } from './agent-process.ts';
import { bedOfFile } from './agent-bed.ts';
import { mountSmallDisk, whyNoSmallDisk, type SmallDisk } from '../fakes/small-disk.ts';
import { eventually } from './eventually.ts';
import { shellTask } from './task-builder.ts';

const DISK_BYTES = 40 * 1024 * 1024;

const bed = bedOfFile();
const mounted = whyNoSmallDisk() === undefined;
const disk = join(bed.folder, 'small-disk');
const first = bed.add('first');
const second = bed.add('second');
const small = bed.add('small', [], join(disk, 'small'));
const all = [first, second, small];

let smallDisk: SmallDisk | undefined;

beforeAll(async () => {
  if (mounted) smallDisk = mountSmallDisk(disk, DISK_BYTES);
  await bed.form(...all);
}, 90_000);
afterEach(() => bed.heal(...all), 90_000);
afterAll(async () => {
  await small.kill();
  smallDisk?.remove();
});

/** Runs a task to its end on a machine, and waits until all machines have the record. */
async function runOn(agent: AgentProcess, task: string): Promise<string> {
  const placement = { mode: 'pin', machine: agent.id } as const;
  await agent.client.tasks.apply({ definitions: [shellTask(task, 'echo done', { placement })] });
  await agent.client.tasks.run({ id: task });
  return eventually(async () => {
    const views = await Promise.all(all.map((other) => other.runsOf(task)));
    for (const runs of views) expect(runs[0]?.state).toBe('succeeded');
    return views[0]?.[0]?.id ?? '';
  });
}

function overwrite(path: string, position: number, bytes: number): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, Buffer.alloc(bytes, 0xa5), 0, bytes, position);
  } finally {
    closeSync(file);
  }
}

/** Overwrites the first page of each of these tables: what they hold cannot be read any more, the rest of the file can. */
function damageTables(path: string, tables: readonly string[]): void {
  const database = new DatabaseSync(path, { readOnly: true });
  const sizeBytes = Number(database.prepare('pragma page_size').get()?.['page_size']);
  const find = database.prepare(`select rootpage from sqlite_schema where type = 'table' and name = ?`);
  const pages = tables.map((table) => Number(find.get(table)?.['rootpage']));
  database.close();
  for (const page of pages) overwrite(path, (page - 1) * sizeBytes, sizeBytes);
}

/** One run of this machine and one of another, and the tasks of both: what has to be there again. */
async function leaveTraces(who: AgentProcess, task: string): Promise<() => Promise<void>> {
  const other = who === first ? second : first;
  const runs = { [task]: await runOn(who, task), [`${task}-other`]: await runOn(other, `${task}-other`) };
  return async () => {
    await eventually(async () => {
      for (const [id, run] of Object.entries(runs)) {
        expect((await who.runsOf(id)).map((known) => [known.id, known.state])).toEqual([[run, 'succeeded']]);
      }
      expect((await who.client.tasks.list({ text: task })).total).toBe(2);
    });
    const after = await runOn(who, `${task}-after`);
    expect((await other.client.runs.get({ run: after })).run).toMatchObject({ machineName: who.name });
  };
}

function keptAside(who: AgentProcess): string[] {
  return readdirSync(who.dataFolder).filter((name) => name.startsWith('carillon.db.damaged-'));
}

describe('a damaged database', () => {
  it('is kept aside, and the others give back tasks and history', async () => {
    const expectTraces = await leaveTraces(second, 'damaged-tables');
    const machineId = second.id;
    await second.stop();
    const before = keptAside(second).length;
    damageTables(join(second.dataFolder, 'carillon.db'), ['changes', 'run_records', 'grants']);
    await second.start();
    await bed.settled(...all);
    expect(second.id).toBe(machineId);
    expect(keptAside(second).length).toBeGreaterThan(before);
    await expectTraces();
  });

  it.each([
    { where: 'its header', who: second, from: 0, bytes: 4096 },
    { where: 'nearly all of it, of the machine that made the cluster', who: first, from: 8192, bytes: Infinity },
  ])('in $where is kept aside, and the machine has all back from the others', async ({ who, from, bytes }) => {
    const expectTraces = await leaveTraces(who, `destroyed-${from}`);
    const machineId = who.id;
    await who.stop();
    const before = keptAside(who).length;
    const path = join(who.dataFolder, 'carillon.db');
    overwrite(path, from, Math.min(bytes, statSync(path).size - from));
    await who.start();
    await bed.settled(...all);
    expect(who.id).toBe(machineId);
    expect(keptAside(who).length).toBeGreaterThan(before);
    await expectTraces();
  });
});

describe.runIf(mounted)('a full disk', () => {
  it('stops a machine from taking runs, which others take over; it loses nothing, and recovers', async () => {
    const before = await runOn(small, 'before-full');
    const { tasks } = await first.client.tasks.list({});
    const ballast = join(disk, 'ballast');
    fill(ballast);
    // Anything that must be stored shows that nothing can be.
    await eventually(async () => {
      await small.client.tasks
        .apply({ definitions: [shellTask('too-much', 'x'.repeat(100_000))] })
        .catch(() => undefined);
      const { members } = await second.status();
      expect(members.find((member) => member.name === 'small')?.load?.notAccepting).toBe('STORAGE_FULL');
    }, 40_000);
    await expect(small.client.tasks.apply({ definitions: [shellTask('refused', 'true')] })).rejects.toMatchObject({
      error: { code: 'STORAGE_FULL' },
    });
    const { checks } = await small.client.health.doctor({});
    expect(checks.find((check) => check.name === 'accepting')).toMatchObject({ ok: false });
    const { run: known } = await small.client.runs.get({ run: before });
    expect(known.state).toBe('succeeded');
    for (let index = 0; index < 6; index += 1) {
      const id = `elsewhere-${index}`;
      await first.client.tasks.apply({ definitions: [shellTask(id, 'true')] });
      await first.client.tasks.run({ id });
      await eventually(async () => {
        const run = (await second.runsOf(id)).find((candidate) => candidate.state === 'succeeded');
        expect(run?.machineName).toMatch(/^(first|second)$/);
      });
    }

    rmSync(ballast);
    await bed.settled(...all);
    await eventually(async () => {
      const { members } = await second.status();
      expect(members.find((member) => member.name === 'small')?.load?.notAccepting).toBeNull();
    }, 40_000);
    const ids = new Set((await small.client.tasks.list({})).tasks.map((task) => task.id));
    for (const task of tasks) expect(ids.has(task.id)).toBe(true);
    await eventually(async () => {
      for (let index = 0; index < 6; index += 1) {
        expect((await small.runsOf(`elsewhere-${index}`))[0]?.state).toBe('succeeded');
      }
    });
    await runOn(small, 'after-full');
    await small.kill();
    await small.start();
    await bed.settled(...all);
    expect((await small.runsOf('before-full'))[0]).toMatchObject({ id: before, state: 'succeeded' });
  });
});

/** Writes until nothing fits any more. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (let bytes = 1024 * 1024; bytes >= 1; bytes = Math.floor(bytes / 2)) {
      const block = Buffer.alloc(bytes, 0x5a);
      for (let count = 0; count * bytes < DISK_BYTES && writeSync(file, block) === bytes; count += 1);
    }
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'ENOSPC') throw fault;
  } finally {
    closeSync(file);
  }
}
