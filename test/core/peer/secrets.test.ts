/** Secrets in a cluster: who can open them, who seals them anew, and what is refused. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Action } from '../../../core/domain/action.ts';
import type { RunId } from '../../../core/domain/ids.ts';
import type { Role } from '../../../core/domain/machine.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import type { CommandKind, CommandOf } from '../../../core/peer/commands.ts';
import type { SecretView } from '../../../core/peer/peer-view.ts';
import { aTask } from '../../fakes/definitions.ts';
import { SimCluster } from '../../simulator/sim-cluster.ts';

const SLICE_MS = 250;
const VALUE = 'the value of the secret';
let cluster: SimCluster;

beforeEach(async () => {
  cluster = new SimCluster({ machines: 3, seed: 5 });
  await cluster.form();
  await cluster.run(20_000);
});

async function ask<K extends CommandKind>(command: CommandOf<K>, index = 0) {
  const { peer } = cluster.machine(index);
  let answered = false;
  const outcome = peer.execute(command).finally(() => (answered = true));
  for (let turns = 0; !answered && turns < 20; turns += 1) await pass(SLICE_MS);
  return outcome;
}

/** Sealing takes a while of real time, for which virtual time has to wait. */
async function pass(durationMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += SLICE_MS) {
    await cluster.run(SLICE_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const set = (name = 'key', scope: object = {}) => ask({ kind: 'set-secret', name, value: VALUE, scope });

function viewOf(name = 'key', seenBy = 0): SecretView {
  const view = cluster
    .machine(seenBy)
    .peer.view.secrets()
    .find((secret) => secret.name === name);
  if (view === undefined) throw new Error(`no secret ${name}`);
  return view;
}

const idOf = (index: number) => cluster.machine(index).id;
const idsOf = (...indexes: number[]) => indexes.map(idOf).sort();

function taskWith(id: string, changes: Partial<TaskDefinition> = {}): TaskDefinition {
  const action: Action = { type: 'command', argv: ['true'], environment: { KEY: { secret: 'key' } } };
  return { ...aTask(id), action, schedule: { ...aTask(id).schedule, triggers: [] }, ...changes };
}

/** Runs a task by hand, and says how that ended. */
async function outcomeOf(task: TaskDefinition, waitMs = 15_000) {
  await ask({ kind: 'put-tasks', mode: 'upsert', definitions: [task] });
  const ran = await ask({ kind: 'run-task', id: task.id });
  if (!ran.ok) throw new Error(ran.error.message);
  await pass(waitMs);
  const [run] = (await cluster.machine(0).peer.runs.page({ taskId: task.id }, 10, undefined)).runs;
  return { state: run?.state, code: run?.reason?.code, machineId: run?.machineId, id: run?.id as RunId };
}

describe('a secret', () => {
  test('is sealed to every admin and executor, and shown on all machines without its value', async () => {
    expect(await set()).toMatchObject({ ok: true, value: { version: 1 } });
    await pass(2000);
    for (const index of [0, 1, 2]) {
      const view = viewOf('key', index);
      expect(view.machines).toEqual(idsOf(0, 1, 2));
      expect(view).toMatchObject({ missing: [], secret: { setBy: idOf(0), version: 1 } });
      expect(JSON.stringify(view)).not.toContain(VALUE);
    }
  });

  test('is given to a task that names it', async () => {
    await set();
    expect(await outcomeOf(taskWith('uses'))).toMatchObject({ state: 'succeeded' });
  });

  test('keeps its scope with a new value, and has a new version with another scope', async () => {
    await set('key', { tasks: ['uses'] });
    expect(await ask({ kind: 'set-secret', name: 'key', value: 'another value' })).toMatchObject({
      value: { version: 2 },
    });
    expect(viewOf().secret.scope).toEqual({ tasks: ['uses'] });
    expect(await ask({ kind: 'scope-secret', name: 'key', scope: {} })).toMatchObject({ value: { version: 3 } });
    expect(viewOf().secret).toMatchObject({ scope: {}, generation: 2 });
  });

  test.each([
    ['', 'INVALID_INPUT'],
    ['a\0b', 'INVALID_INPUT'],
    ['x'.repeat(64 * 1024 + 1), 'LIMIT_EXCEEDED'],
  ])('is refused with a value that cannot be one', async (value, code) => {
    expect(await ask({ kind: 'set-secret', name: 'key', value })).toMatchObject({ ok: false, error: { code } });
  });

  test('of 64 KiB fits', async () => {
    expect(await ask({ kind: 'set-secret', name: 'key', value: 'x'.repeat(64 * 1024) })).toMatchObject({ ok: true });
  });
});

describe('a task', () => {
  test('SECRET_NOT_FOUND: it names no secret that there is, or one that was deleted', async () => {
    expect(await outcomeOf(taskWith('one'))).toMatchObject({ state: 'refused', code: 'SECRET_NOT_FOUND' });
    await set();
    expect(await ask({ kind: 'delete-secret', name: 'key' })).toMatchObject({ ok: true });
    expect(await outcomeOf(taskWith('two'))).toMatchObject({ state: 'refused', code: 'SECRET_NOT_FOUND' });
    expect(await ask({ kind: 'delete-secret', name: 'key' })).toMatchObject({ error: { code: 'SECRET_NOT_FOUND' } });
    expect(await ask({ kind: 'scope-secret', name: 'key', scope: {} })).toMatchObject({
      error: { code: 'SECRET_NOT_FOUND' },
    });
    expect(await set()).toMatchObject({ ok: true, value: { version: 3 } });
  });

  test('SECRET_OUT_OF_SCOPE: the secret is for other tasks', async () => {
    await set('key', { tasks: ['other'] });
    expect(await outcomeOf(taskWith('one'))).toMatchObject({ state: 'refused', code: 'SECRET_OUT_OF_SCOPE' });
    expect(await outcomeOf(taskWith('other'))).toMatchObject({ state: 'succeeded' });
  });

  test('SECRET_NOT_FOR_THIS_MACHINE: it is tied to a machine that cannot open the secret', async () => {
    await rolesOf(2, ['executor']);
    await set('key', { labels: { vault: 'yes' } });
    const placement = { ...aTask('one').placement, mode: 'pin' as const, machine: idOf(2) };
    expect(await outcomeOf(taskWith('one', { placement }), 30_000)).toMatchObject({
      state: 'refused',
      code: 'SECRET_NOT_FOR_THIS_MACHINE',
    });
  });

  test('is run by a machine that can open its secret when its owner cannot', async () => {
    await rolesOf(1, ['executor']);
    await rolesOf(2, ['executor']);
    await set('key', { labels: { vault: 'yes' } });
    expect(viewOf().machines).toEqual(idsOf(0));
    for (const id of ['a', 'b', 'c', 'd']) {
      expect(await outcomeOf(taskWith(id))).toMatchObject({ state: 'succeeded', machineId: idOf(0) });
    }
  });
});

describe('sealing anew', () => {
  test('a machine that becomes an executor can open secrets, without a new version', async () => {
    await rolesOf(2, ['viewer']);
    await set();
    expect(viewOf().machines).toEqual(idsOf(0, 1));
    await rolesOf(2, ['executor']);
    expect(viewOf()).toMatchObject({ machines: idsOf(0, 1, 2), secret: { version: 1 } });
  });

  test('a machine that gets the label of the scope can open it, and cannot when it loses the label', async () => {
    for (const index of [1, 2]) await rolesOf(index, ['executor']);
    await set('key', { labels: { vault: 'yes' } });
    expect(viewOf().machines).toEqual(idsOf(0));
    await ask({ kind: 'label-machine', id: idOf(1), labels: { vault: 'yes' } });
    await pass(5000);
    expect(viewOf()).toMatchObject({ machines: idsOf(0, 1), secret: { version: 1 } });
    await ask({ kind: 'label-machine', id: idOf(1), labels: {} });
    await pass(5000);
    expect(viewOf()).toMatchObject({ machines: idsOf(0), secret: { version: 2, generation: 1, exposed: [idOf(1)] } });
    expect(viewOf().exposedTo).toEqual([]);
  });

  test('a removed machine cannot open the next version, and a warning names what it knew until a new value is set', async () => {
    await set();
    await ask({ kind: 'remove-machine', id: idOf(2) });
    await pass(5000);
    expect(viewOf()).toMatchObject({ machines: idsOf(0, 1), exposedTo: [idOf(2)], secret: { version: 2 } });
    const warned = (): string[] => cluster.machine(1).peer.view.warnings.map(({ code }) => code);
    expect(warned()).toContain('SECRET_EXPOSED');
    expect(await outcomeOf(taskWith('uses'))).toMatchObject({ state: 'succeeded' });
    await set();
    await pass(2000);
    expect(warned()).not.toContain('SECRET_EXPOSED');
  });

  test('another admin does it when the first is off', async () => {
    await set();
    const [first = 0, second = 1] = [0, 1].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
    cluster.machine(first).kill();
    await pass(5000);
    await ask({ kind: 'remove-machine', id: idOf(2) }, second);
    await pass(30_000);
    expect(viewOf('key', second).machines).not.toContain(idOf(2));
  });
});

async function rolesOf(index: number, roles: Role[]): Promise<void> {
  await ask({ kind: 'set-roles', id: idOf(index), roles });
  await pass(5000);
}
