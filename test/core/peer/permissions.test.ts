/** What may be asked for on a machine depends on its roles; what is refused says which role is lacking and who has it. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Role, RosterEntry } from '../../../core/domain/machine.ts';
import type { RunId, TaskId } from '../../../core/domain/ids.ts';
import type { Command, CommandKind, CommandOf } from '../../../core/peer/commands.ts';
import type { AppError } from '../../../core/std/app-error.ts';
import type { Result } from '../../../core/std/result.ts';
import { SimCluster, simTask } from '../../simulator/sim-cluster.ts';

const task = simTask('backup', undefined);
const ADMIN = 0;
const EDITOR = 1;
const EXECUTOR = 2;
const VIEWER = 3;
const ROLES: readonly (readonly Role[])[] = [['admin', 'editor', 'executor'], ['editor'], ['executor'], ['viewer']];

let cluster: SimCluster;

beforeEach(async () => {
  cluster = new SimCluster({ machines: 4, roles: (index) => ROLES[index] ?? ['viewer'] });
  await cluster.form();
  await cluster.command(ADMIN, { kind: 'set-roles', id: cluster.machine(ADMIN).id, roles: ['admin', 'executor'] });
  await cluster.put(EDITOR, task);
});

async function ask(index: number, command: Command): Promise<Result<unknown, AppError>> {
  const outcome = cluster.machine(index).peer.execute(command);
  await cluster.run(1500);
  return outcome;
}

async function errorOf(index: number, command: Command): Promise<AppError> {
  const outcome = await ask(index, command);
  if (outcome.ok) throw new Error(`${command.kind} was done`);
  return outcome.error;
}

function entryOf(index: number, seenBy = ADMIN): RosterEntry {
  const { id } = cluster.machine(index);
  const found = cluster
    .machine(seenBy)
    .peer.view.machines()
    .find(({ entry }) => entry.id === id);
  if (found === undefined) throw new Error(`no machine ${index}`);
  return found.entry;
}

type SecretCommand = 'set-secret' | 'scope-secret' | 'delete-secret';

describe('commands', () => {
  const one = (): RosterEntry['id'] => cluster.machine(EXECUTOR).id;
  const id = 'backup' as TaskId;
  const of: Record<
    Exclude<
      CommandKind,
      | 'create-cluster'
      | 'join'
      | 'recovery-kit'
      | 'recover'
      | 'list-nearby'
      | 'pair'
      | 'confirm-pairing'
      | 'cancel-pairing'
      | SecretCommand
    >,
    [Role, () => Command]
  > = {
    invite: ['admin', () => ({ kind: 'invite', roles: ['viewer'], expiresMs: 60_000 })],
    'list-invitations': ['admin', () => ({ kind: 'list-invitations' })],
    'cancel-invitation': ['admin', () => ({ kind: 'cancel-invitation', id: 'abcdef01' })],
    'approve-pairing': ['admin', () => ({ kind: 'approve-pairing', id: one(), roles: ['viewer'] })],
    'refuse-pairing': ['admin', () => ({ kind: 'refuse-pairing', id: one() })],
    'clear-pairings': ['admin', () => ({ kind: 'clear-pairings' })],
    'rename-machine': ['admin', () => ({ kind: 'rename-machine', id: one(), name: 'other' })],
    'label-machine': ['admin', () => ({ kind: 'label-machine', id: one(), labels: { a: 'b' } })],
    'drain-machine': ['admin', () => ({ kind: 'drain-machine', id: one(), drained: true })],
    'set-roles': ['admin', () => ({ kind: 'set-roles', id: one(), roles: ['admin', 'executor'] })],
    'remove-machine': ['admin', () => ({ kind: 'remove-machine', id: one() })],
    'put-calendar': [
      'editor',
      () => ({ kind: 'put-calendar', name: 'holidays', calendar: { about: '', days: [], windows: [] } }),
    ],
    'delete-calendar': ['editor', () => ({ kind: 'delete-calendar', name: 'holidays' })],
    'put-channel': [
      'admin',
      () => ({
        kind: 'put-channel',
        name: 'ops',
        channel: { kind: 'webhook', about: '', url: 'https://receiver.test/', paused: false },
      }),
    ],
    'test-channel': ['admin', () => ({ kind: 'test-channel', name: 'ops' })],
    'delete-channel': ['admin', () => ({ kind: 'delete-channel', name: 'ops' })],
    'put-tasks': ['editor', () => ({ kind: 'put-tasks', mode: 'upsert', definitions: [task] })],
    'suspend-task': ['editor', () => ({ kind: 'suspend-task', id, suspended: true })],
    'edit-tasks': ['editor', () => ({ kind: 'edit-tasks', act: 'resume', ids: [id] })],
    'settle-conflict': ['editor', () => ({ kind: 'settle-conflict', id, facet: 'action', chosen: 'x' })],
    'run-task': ['editor', () => ({ kind: 'run-task', id })],
    'try-task': ['editor', () => ({ kind: 'try-task', definition: task, machine: one() })],
    'cancel-run': ['editor', () => ({ kind: 'cancel-run', id: 'none' as RunId })],
    'delete-task': ['editor', () => ({ kind: 'delete-task', id })],
    'restore-task': ['editor', () => ({ kind: 'restore-task', id })],
  };

  test.each(Object.entries(of))('%s needs its role', async (_kind, [role, command]) => {
    const has = role === 'admin' ? ADMIN : EDITOR;
    for (const index of [ADMIN, EDITOR, EXECUTOR, VIEWER].filter((other) => other !== has)) {
      const error = await errorOf(index, command());
      expect(error.code).toBe('NOT_AUTHORIZED');
      expect(error.message).toContain(`it needs the role ${role}. Ask on "m${has}".`);
    }
    const outcome = await ask(has, command());
    if (!outcome.ok) expect(outcome.error.code).not.toBe('NOT_AUTHORIZED');
  });
});

describe('secrets', () => {
  const commands: readonly CommandOf<SecretCommand>[] = [
    { kind: 'set-secret', name: 'key', value: 'some value' },
    { kind: 'scope-secret', name: 'key', scope: {} },
    { kind: 'delete-secret', name: 'key' },
  ];

  test.each(commands.map((command) => [command.kind, command] as const))(
    '%s needs an admin or an editor',
    async (_, command) => {
      for (const index of [EXECUTOR, VIEWER]) {
        const error = await errorOf(index, command);
        expect(error).toMatchObject({ code: 'NOT_AUTHORIZED', message: expect.stringContaining('admin or editor') });
      }
      for (const index of [ADMIN, EDITOR]) {
        const outcome = await ask(index, command);
        if (!outcome.ok) expect(outcome.error.code).not.toBe('NOT_AUTHORIZED');
      }
    },
  );
});

describe('roles', () => {
  test('replace those that a machine had, everywhere, and it is told apart by what it may do from then on', async () => {
    await ask(ADMIN, { kind: 'set-roles', id: cluster.machine(VIEWER).id, roles: ['viewer', 'editor'] });
    await cluster.run(1000);
    for (const index of [ADMIN, EDITOR, EXECUTOR, VIEWER]) {
      expect(entryOf(VIEWER, index).roles).toEqual(['editor', 'viewer']);
    }
    expect(await ask(VIEWER, { kind: 'suspend-task', id: task.id, suspended: true })).toMatchObject({ ok: true });
  });

  test('LAST_OF_ROLE: the only admin keeps its role and is not removed; of two, one may go', async () => {
    const { id } = cluster.machine(ADMIN);
    const error = await errorOf(ADMIN, { kind: 'set-roles', id, roles: ['editor', 'executor'] });
    expect(error).toMatchObject({ code: 'LAST_OF_ROLE', message: expect.stringContaining('"m0" is the only admin') });
    expect(await errorOf(ADMIN, { kind: 'remove-machine', id })).toMatchObject({ code: 'LAST_OF_ROLE' });
    await ask(ADMIN, { kind: 'set-roles', id: cluster.machine(EDITOR).id, roles: ['admin'] });
    await cluster.run(1000);
    expect(await ask(EDITOR, { kind: 'remove-machine', id })).toMatchObject({ ok: true });
  });

  test('who is no executor any more votes no more, and votes again once it is one and the others agree', async () => {
    const { id } = cluster.machine(EXECUTOR);
    expect(entryOf(EXECUTOR).voter).toBe(true);
    await ask(ADMIN, { kind: 'set-roles', id, roles: ['viewer'] });
    expect(entryOf(EXECUTOR).voter).toBe(false);
    await ask(ADMIN, { kind: 'set-roles', id, roles: ['executor'] });
    expect(entryOf(EXECUTOR).roles).toEqual(['executor']);
    await cluster.run(30_000);
    expect(entryOf(EXECUTOR).voter).toBe(true);
  });

  test('LAST_OF_ROLE: the only voter may stop running tasks, but not become powerless', async () => {
    const { id } = cluster.machine(ADMIN);
    await ask(ADMIN, { kind: 'set-roles', id: cluster.machine(EXECUTOR).id, roles: ['admin'] });
    await cluster.run(1000);
    expect(entryOf(ADMIN).voter).toBe(true);
    const error = await errorOf(EXECUTOR, { kind: 'set-roles', id, roles: ['viewer'] });
    expect(error).toMatchObject({ code: 'LAST_OF_ROLE', message: expect.stringContaining('at most once') });
    expect(await ask(EXECUTOR, { kind: 'set-roles', id, roles: ['admin'] })).toMatchObject({ ok: true });
    expect(entryOf(ADMIN, EXECUTOR).voter).toBe(true);
  });
});
