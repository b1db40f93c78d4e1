/** One agent a folder: whoever comes second is told, and nobody is locked out by the dead. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DataFolder, findHolder, prepareDataFolder } from '../../core/adapters/data-folder.ts';
import { readLine } from '../fakes/child-lines.ts';

const HOLDER = new URL('../fakes/folder-holder.ts', import.meta.url).pathname;

describe('data folder', () => {
  let root: string;
  const children: ChildProcess[] = [];
  const held: DataFolder[] = [];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'carillon-folder-'));
  });
  afterEach(async () => {
    for (const folder of held.splice(0)) folder.release();
    for (const child of children.splice(0)) await end(child);
    rmSync(root, { recursive: true, force: true });
  });

  const prepare = (path: string): ReturnType<typeof prepareDataFolder> => {
    const prepared = prepareDataFolder(path);
    if (prepared.ok) held.push(prepared.value);
    return prepared;
  };
  const startHolder = (path: string): ChildProcess => {
    const child = spawn(process.execPath, [HOLDER, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    return child;
  };

  it('makes the folder for its user alone', () => {
    const path = join(root, 'deep', 'down');
    expect(prepare(path)).toMatchObject({ ok: true, value: { path, openToOthers: false } });
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('leaves the mode of a folder that is there, and says that others may enter', () => {
    chmodSync(root, 0o755);
    expect(prepare(root)).toMatchObject({ ok: true, value: { openToOthers: true } });
    expect(statSync(root).mode & 0o777).toBe(0o755);
  });

  it('refuses a path that cannot be a folder', () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    expect(prepare(file)).toMatchObject({ ok: false, error: { code: 'FOLDER_NOT_WRITABLE' } });
    expect(prepare(join(file, 'below'))).toMatchObject({ ok: false, error: { code: 'FOLDER_NOT_WRITABLE' } });
  });

  it('refuses a second agent in the same process, until the first lets go', () => {
    const first = prepareDataFolder(root);
    expect(prepare(root)).toMatchObject({ ok: false, error: { code: 'AGENT_ALREADY_RUNNING' } });
    if (first.ok) first.value.release();
    expect(prepare(root).ok).toBe(true);
  });

  it('names the process that holds it, and takes over at once when that is killed', async () => {
    const child = startHolder(root);
    expect(await readLine(child)).toBe('held');
    const refused = prepare(root);
    expect(refused).toMatchObject({ ok: false, error: { code: 'AGENT_ALREADY_RUNNING' } });
    if (!refused.ok) expect(refused.error.message).toContain(`Process ${child.pid} `);
    await end(child);
    expect(findHolder(root)).toBeUndefined();
    expect(prepare(root).ok).toBe(true);
  });

  it('is not misled by a process that got the number of a dead agent', () => {
    writeFileSync(join(root, 'agent.pid'), JSON.stringify({ pid: process.pid, processStart: '1' }));
    expect(findHolder(root)).toBeUndefined();
    expect(prepare(root).ok).toBe(true);
    expect(findHolder(root)).toMatchObject({ pid: process.pid });
  });

  it('is taken by exactly one of many that start at once', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => readLine(startHolder(root))));
    expect(answers.toSorted()).toEqual([
      'AGENT_ALREADY_RUNNING',
      'AGENT_ALREADY_RUNNING',
      'AGENT_ALREADY_RUNNING',
      'AGENT_ALREADY_RUNNING',
      'AGENT_ALREADY_RUNNING',
      'held',
    ]);
  });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
