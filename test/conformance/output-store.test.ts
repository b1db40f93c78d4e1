/** The store of output on disk and the one in memory keep the contract. */
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOutputStore } from '../../core/adapters/processes/output-store.ts';
import { writeSwitches } from '../../core/adapters/processes/stream-switches.ts';
import type { RunId } from '../../core/domain/ids.ts';
import { switchesWith } from '../../core/domain/output-spans.ts';
import { MemoryOutputStore } from '../fakes/memory-output-store.ts';
import { describeOutputStore, type OutputStoreBed } from './output-store.ts';

describeOutputStore('the data folder', openOnDisk);

describeOutputStore('memory', (): Promise<OutputStoreBed> => {
  const store = new MemoryOutputStore(Date.now);
  return Promise.resolve({
    store,
    own: (runId, output, ended, errors) =>
      Promise.resolve(store.own(runId, new TextEncoder().encode(output), ended, errors)),
    age: (runId, byMs) => Promise.resolve(store.age(runId, byMs)),
    now: Date.now,
    dispose: () => Promise.resolve(),
  });
});

/** Own runs are written as the launcher does it: the output, and at the end what tells how it ended. */
async function openOnDisk(): Promise<OutputStoreBed> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'carillon-output-'));
  const folderOf = (runId: RunId): string => join(dataFolder, 'runs', runId.slice(0, 2), runId);
  return {
    store: createOutputStore({ dataFolder }),
    own: async (runId, output, ended, errors = []) => {
      await mkdir(folderOf(runId), { recursive: true });
      await writeFile(join(folderOf(runId), 'output'), output);
      if (errors.length > 0) await writeSwitches(join(folderOf(runId), 'streams'), switchesWith([], 0, errors));
      if (ended) await writeFile(join(folderOf(runId), 'exit.json'), '{}');
    },
    age: async (runId, byMs) => {
      for (const name of await readdir(dataFolder, { recursive: true })) {
        if (!name.includes(runId)) continue;
        const path = join(dataFolder, name);
        const then = new Date((await stat(path)).mtimeMs - byMs);
        await utimes(path, then, then);
      }
    },
    now: Date.now,
    dispose: () => rm(dataFolder, { recursive: true, force: true }),
  };
}
