/** The output store: pages of the machine's own runs while they grow, copies for others, and pruning. */
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createOutputStore } from '../../core/adapters/processes/output-store.ts';
import { hashId, type RunId } from '../../core/domain/ids.ts';
import type { OutputStore } from '../../core/ports/output-store.ts';

const RUN = hashId('test', 'output') as RunId;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('output store', () => {
  let dataFolder: string;
  let store: OutputStore;
  let runFolder: string;

  beforeEach(async () => {
    dataFolder = await mkdtemp(join(tmpdir(), 'carillon-output-'));
    store = createOutputStore({ dataFolder });
    runFolder = join(dataFolder, 'runs', RUN.slice(0, 2), RUN);
  });
  afterEach(() => rm(dataFolder, { recursive: true, force: true }));

  const read = async (offset: number, limit: number) => {
    const chunk = await store.read(RUN, offset, limit);
    return chunk && { ...chunk, data: Buffer.from(chunk.data).toString() };
  };
  const ownRun = async (output: string, ended: boolean): Promise<void> => {
    await mkdir(runFolder, { recursive: true });
    await writeFile(join(runFolder, 'output'), output);
    if (ended) await writeFile(join(runFolder, 'exit.json'), '{}');
  };
  const age = async (path: string, byMs: number): Promise<void> => {
    const then = new Date(Date.now() - byMs);
    await utimes(path, then, then);
  };

  test('knows nothing of a run that it does not hold', async () => {
    expect(await read(0, 100)).toBeUndefined();
  });

  test('pages through the output of its own run, and says when it is complete', async () => {
    await ownRun('abcdefgh', false);
    expect(await read(0, 3)).toEqual({ data: 'abc', offset: 0, size: 8, complete: false });
    expect(await read(6, 3)).toEqual({ data: 'gh', offset: 6, size: 8, complete: false });
    await writeFile(join(runFolder, 'exit.json'), '{}');
    expect(await read(8, 3)).toEqual({ data: '', offset: 8, size: 8, complete: true });
    expect(await read(99, 3)).toEqual({ data: '', offset: 99, size: 8, complete: true });
  });

  test('gives no more at once than a message may hold', async () => {
    await ownRun('x'.repeat(200_000), true);
    expect((await store.read(RUN, 0, 1_000_000))?.data.length).toBe(64 * 1024);
  });

  test('a run that ended without output is complete and empty', async () => {
    await mkdir(runFolder, { recursive: true });
    await writeFile(join(runFolder, 'exit.json'), '{}');
    expect(await read(0, 3)).toEqual({ data: '', offset: 0, size: 0, complete: true });
  });

  test('a copy grows by what follows it, and by nothing else', async () => {
    await store.append(RUN, 0, text('abc'), false);
    await store.append(RUN, 2, text('X'), false);
    await store.append(RUN, 4, text('X'), false);
    expect(await read(0, 10)).toEqual({ data: 'abc', offset: 0, size: 3, complete: false });
    await store.append(RUN, 3, text('def'), true);
    await store.append(RUN, 6, text('X'), false);
    expect(await read(1, 10)).toEqual({ data: 'bcdef', offset: 1, size: 6, complete: true });
  });

  test('appends that are made at once take their turn', async () => {
    await Promise.all(Array.from({ length: 20 }, () => store.append(RUN, 0, text('one'), false)));
    expect(await read(0, 100)).toMatchObject({ data: 'one', size: 3 });
    const parts = Array.from({ length: 20 }, (_, index) => store.append(RUN, 3 + index, text('x'), index === 19));
    await Promise.all(parts);
    expect(await read(0, 100)).toMatchObject({ data: `one${'x'.repeat(20)}`, complete: true });
  });

  test('no copy is made of a run that is held as its own', async () => {
    await ownRun('own', true);
    await store.append(RUN, 0, text('other'), true);
    expect(await read(0, 100)).toMatchObject({ data: 'own' });
    expect(await readFile(join(runFolder, 'output'), 'utf8')).toBe('own');
  });

  test('an id that would lead out of the folder is refused', async () => {
    await expect(store.read('../../../../etc/hosts' as RunId, 0, 10)).rejects.toThrow('a run id');
    await expect(store.append('../x' as RunId, 0, text('x'), true)).rejects.toThrow('a run id');
  });

  test('prunes ended runs and copies that are older, and nothing that may still grow', async () => {
    const hour = 3_600_000;
    await ownRun('old', true);
    await age(join(runFolder, 'exit.json'), 2 * hour);
    const copied = hashId('test', 'copied') as RunId;
    const running = hashId('test', 'running') as RunId;
    await store.append(copied, 0, text('copy'), true);
    const copies = join(dataFolder, 'copies', copied.slice(0, 2));
    await age(join(copies, `${copied}.output`), 2 * hour);
    await age(join(copies, `${copied}.complete`), 2 * hour);
    const runningFolder = join(dataFolder, 'runs', running.slice(0, 2), running);
    await mkdir(runningFolder, { recursive: true });
    await writeFile(join(runningFolder, 'output'), 'still');
    await age(join(runningFolder, 'output'), 2 * hour);
    await store.prune(Date.now() - 3 * hour);
    expect(await read(0, 10)).toMatchObject({ data: 'old' });
    await store.prune(Date.now() - hour);
    expect(await read(0, 10)).toBeUndefined();
    expect(await store.read(copied, 0, 10)).toBeUndefined();
    expect(await store.read(running, 0, 10)).toMatchObject({ size: 5 });
  });

  test('prunes nothing where nothing is', async () => {
    await expect(store.prune(Date.now())).resolves.toBeUndefined();
  });
});
