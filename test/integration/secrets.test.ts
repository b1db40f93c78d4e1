/** Secrets between real agents: the right machines have them, and no file of any machine does, however it ended. */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { bedOfFile } from './agent-bed.ts';
import { endProcess, launchersOf } from './own-processes.ts';
import { carillon } from './command-line.ts';
import { eventually } from './eventually.ts';
import { shellTask } from './task-builder.ts';

const VALUE = 'tr0ub4dor-and-three';
const bed = bedOfFile();
const first = bed.add('first');
const second = bed.add('second');
const all = [first, second];

beforeAll(async () => {
  await bed.form(...all);
}, 90_000);
afterEach(() => bed.heal(...all), 90_000);

/** Files below a folder that hold a text; pipes and sockets aside. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}

async function setByHand(value: string): Promise<void> {
  const words = ['secret', 'set', 'key', '--data', first.dataFolder];
  expect(await carillon(words, { input: `${value}\n` })).toMatchObject({ exitCode: 0 });
  await eventually(async () => {
    const { secrets } = await second.client.secrets.list({});
    expect(secrets).toMatchObject([{ name: 'key', missing: [] }]);
    expect(secrets[0]?.machines.map(({ name }) => name).sort()).toEqual(['first', 'second']);
  });
}

function taskOn(name: 'first' | 'second', id: string, script: string) {
  const task = shellTask(id, script, {});
  const environment = { KEY: { secret: 'key' } };
  const machine = bed.agent(name).id;
  return {
    ...task,
    action: { ...task.action, environment },
    placement: { ...task.placement, mode: 'pin' as const, machine },
  };
}

it('a secret that was set on one machine is used on another, and nothing that is kept or said tells it', async () => {
  await setByHand(VALUE);
  const script = `test "$KEY" = ${[...VALUE].map((letter) => `"${letter}"`).join('')} && echo same; echo "$KEY"; exit 3`;
  await first.client.tasks.apply({ definitions: [taskOn('second', 'uses', script)] });
  await first.client.tasks.run({ id: 'uses' });
  const run = await eventually(async () => {
    const [found] = await first.runsOf('uses');
    expect(found?.state).toBe('failed');
    return found;
  });
  const { data } = await first.client.runs.output({ run: run?.id ?? '', encoding: 'text' });
  expect(data).toBe('same\n••••\n');
  const listed = await carillon(['secret', 'list', '--json', '--data', second.dataFolder]);
  expect(listed.stdout).not.toContain(VALUE);
  for (const agent of all) expect(filesWith(agent.dataFolder, VALUE)).toEqual([]);
});

it.runIf(process.platform === 'linux')('killed agents and launchers leave it in no file, nor in a copy', async () => {
  await setByHand(VALUE);
  await first.client.tasks.apply({ definitions: [taskOn('first', 'lasts', 'echo "$KEY"; sleep 60')] });
  await first.client.tasks.run({ id: 'lasts' });
  await eventually(async () => expect((await first.runsOf('lasts'))[0]?.state).toBe('running'));
  const launchers = launchersOf(first.dataFolder);
  await first.kill();
  for (const pid of launchers) endProcess(pid);
  await eventually(() => expect(launchersOf(first.dataFolder)).toEqual([]));
  expect(filesWith(first.dataFolder, VALUE)).toEqual([]);
  const backup = join(bed.folder, 'backup');
  cpSync(first.dataFolder, backup, { recursive: true, filter: (path) => !/launcher(?:\/|$)/.test(path) });
  expect(filesWith(backup, VALUE)).toEqual([]);
});
