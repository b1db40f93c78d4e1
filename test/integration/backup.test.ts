/** Backups of real agents: tasks brought back into a cluster, and a cluster begun anew when no machine is left. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { bedOfFile } from './agent-bed.ts';
import { carillon } from './command-line.ts';
import { eventually } from './eventually.ts';
import { shellTask } from './task-builder.ts';

const bed = bedOfFile();
const first = bed.add('first');

beforeAll(() => bed.form(first), 90_000);
afterEach(() => bed.heal(first), 90_000);

it('tasks that were deleted or changed are brought back as they were, and others stay as they are', async () => {
  const keep = shellTask('keep', 'echo 1', {});
  await first.client.tasks.apply({
    definitions: [keep, shellTask('gone', 'echo 2', {}), shellTask('other', 'echo 3', {})],
  });
  const { name } = await first.client.backups.make({});
  const { sizeBytes } = (await first.client.backups.list({})).backups.find((backup) => backup.name === name) ?? {};
  const parts: Buffer[] = [];
  for (let offset = 0; offset < (sizeBytes ?? 0);) {
    const piece = await first.client.backups.download({ name, offset });
    parts.push(Buffer.from(piece.data, 'base64'));
    offset = piece.nextOffset;
  }
  expect(Buffer.concat(parts).equals(await readFile(join(first.dataFolder, 'backups', name)))).toBe(true);
  await eventually(async () => {
    const { records } = await first.client.audit.list({ action: 'backup-downloaded' });
    expect(records).toMatchObject([{ subject: name, byName: 'first' }]);
  });
  await first.client.tasks.delete({ id: 'gone' });
  await first.client.tasks.apply({
    definitions: [shellTask('keep', 'echo changed', {}), shellTask('newcomer', 'echo 4', {})],
  });
  const { tasks } = await first.client.backups.tasks({ name });
  expect(tasks.filter(({ id }) => id !== 'night')).toMatchObject([
    { id: 'gone', state: 'missing', facets: [] },
    { id: 'keep', state: 'changed', facets: ['action'] },
    { id: 'other', state: 'same', facets: [] },
  ]);
  await first.client.backups.bringBack({ name, ids: ['gone', 'keep'] });
  expect((await first.client.tasks.get({ id: 'keep' })).definition.action).toMatchObject({ script: 'echo 1' });
  const now = (await first.client.tasks.list({})).tasks.map(({ id }) => id);
  expect(now.filter((id) => id !== 'night').sort()).toEqual(['gone', 'keep', 'newcomer', 'other']);
  await expect(first.client.backups.bringBack({ name, ids: ['newcomer'] })).rejects.toMatchObject({
    error: { code: 'TASK_NOT_FOUND' },
  });
});

it('a cluster of which no machine is left begins anew from a file and the words of the recovery kit', async () => {
  await first.client.tasks.apply({ definitions: [shellTask('night', 'echo again', {})] });
  const { words } = await first.client.recovery.kit({});
  const file = join(bed.folder, 'home.carillon-backup');
  expect(await carillon(['backup', file, '--data', first.dataFolder])).toMatchObject({ exitCode: 0 });
  const again = await carillon(['backup', file, '--data', first.dataFolder]);
  expect(again).toMatchObject({ exitCode: 2 });
  expect(again.stderr).toContain('FILE_NOT_WRITABLE');
  await first.stop();

  const heir = bed.add('heir');
  expect(await carillon(['restore', file, '--all', '--data', heir.dataFolder])).toMatchObject({ exitCode: 0 });
  expect(await carillon(['restore', file, '--all', '--data', heir.dataFolder])).toMatchObject({ exitCode: 3 });
  await heir.start();
  // Not a member yet: it knows the tasks, and may do nothing.
  await expect(heir.client.tasks.delete({ id: 'night' })).rejects.toMatchObject({ error: { code: 'NOT_AUTHORIZED' } });
  expect(await carillon(['recover', '--data', heir.dataFolder], { input: `${words.join(' ')}\n` })).toMatchObject({
    exitCode: 0,
  });
  await heir.client.machines.remove({ machine: 'first' });
  await heir.client.tasks.run({ id: 'night' });
  await eventually(async () => expect((await heir.runsOf('night')).map(({ state }) => state)).toContain('succeeded'));
  await heir.stop();
}, 120_000);
