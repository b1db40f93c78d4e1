/** What only the store of output on disk can get wrong; what every store does is in `test/conformance/output-store`. */
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createOutputStore } from '../../core/adapters/processes/output-store.ts';
import { LIMITS } from '../../core/config/constants.ts';
import { hashId, type RunId } from '../../core/domain/ids.ts';
import type { OutputStore } from '../../core/ports/output-store.ts';

const RUN = hashId('test', 'output') as RunId;
const HOUR = 3_600_000;
const COPY = new TextEncoder().encode('copy');

describe('the store of output on disk', () => {
  let dataFolder: string;
  let store: OutputStore;
  let copies: string;

  beforeEach(async () => {
    dataFolder = await mkdtemp(join(tmpdir(), 'carillon-output-'));
    store = createOutputStore({ dataFolder });
    copies = join(dataFolder, 'copies', RUN.slice(0, 2));
  });
  afterEach(() => rm(dataFolder, { recursive: true, force: true }));

  const age = async (path: string, byMs: number): Promise<void> => {
    const then = new Date(Date.now() - byMs);
    await utimes(path, then, then);
  };

  test('keeps a copy whole as long as it is remembered that it is complete, and then forgets both', async () => {
    await store.append(RUN, 0, COPY, false);
    await store.append(RUN, COPY.length, new Uint8Array(), true);
    await age(join(copies, `${RUN}.output`), 5 * HOUR);
    await age(join(copies, `${RUN}.complete`), 2 * HOUR);
    await store.prune(Date.now() - 3 * HOUR);
    expect(await store.read(RUN, 0, 10)).toMatchObject({ size: COPY.length, complete: true });
    await store.prune(Date.now() - HOUR);
    expect(await store.read(RUN, 0, 10)).toBeUndefined();
    expect(await readdir(copies)).toEqual([]);
  });

  test('forgets a run that left no end behind when no run can last that long', async () => {
    const folder = join(dataFolder, 'runs', RUN.slice(0, 2), RUN);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'output'), 'interrupted');
    const longestMs = LIMITS.runTimeoutMs + LIMITS.killGraceMs;
    await age(join(folder, 'output'), longestMs);
    await store.prune(Date.now() - HOUR);
    expect(await store.read(RUN, 0, 100)).toMatchObject({ size: 11, complete: false });
    await age(join(folder, 'output'), longestMs + 2 * HOUR);
    await store.prune(Date.now() - HOUR);
    expect(await store.read(RUN, 0, 100)).toBeUndefined();
  });

  test('finds again after a restart what it kept', async () => {
    await store.append(RUN, 0, COPY, false);
    const again = createOutputStore({ dataFolder });
    await again.append(RUN, COPY.length, COPY, true);
    expect(await createOutputStore({ dataFolder }).read(RUN, 0, 100)).toMatchObject({ size: 8, complete: true });
  });
});
