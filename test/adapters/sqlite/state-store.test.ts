/** The store on disk and its reader, and those in memory that stand in for them, pass the same suites. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRunQueries } from '../../../core/adapters/sqlite/run-queries.ts';
import { openStateStore } from '../../../core/adapters/sqlite/state-store.ts';
import { describeRunQueries } from '../../conformance/run-queries.ts';
import { describeStateStore, type StateStoreSubject } from '../../conformance/state-store.ts';
import { MemoryDisk } from '../../fakes/memory-disk.ts';
import { MemoryRunQueries } from '../../fakes/memory-run-queries.ts';
import { openMemoryStore } from '../../fakes/memory-store.ts';
import { quietLogger } from '../../fakes/quiet-logger.ts';

describeStateStore('SQLite', openInNewFolder);
describeStateStore('memory', () => Promise.resolve(openInMemory(new MemoryDisk())));

describeRunQueries('SQLite', openInNewFolder);
describeRunQueries('memory', () => Promise.resolve(openInMemory(new MemoryDisk())));

async function openInNewFolder(): Promise<StateStoreSubject> {
  return openOnDisk(await mkdtemp(join(tmpdir(), 'carillon-store-')));
}

async function openOnDisk(dataFolder: string): Promise<StateStoreSubject> {
  const opened = openStateStore({ dataFolder, logger: quietLogger, now: Date.now, reserveBytes: 4096 });
  if (!opened.ok) throw new Error(opened.error.message);
  const store = opened.value;
  const queries = openRunQueries({ dataFolder, logger: quietLogger });
  const close = async (): Promise<void> => {
    await queries.close();
    store.close();
  };
  return Promise.resolve({
    store,
    queries,
    reopen: async () => {
      await close();
      return openOnDisk(dataFolder);
    },
    dispose: async () => {
      await close();
      await rm(dataFolder, { recursive: true, force: true });
    },
  });
}

function openInMemory(disk: MemoryDisk): StateStoreSubject {
  const store = openMemoryStore(disk);
  return {
    store,
    queries: new MemoryRunQueries(disk),
    reopen: async () => {
      store.close();
      return Promise.resolve(openInMemory(disk));
    },
    dispose: async () => Promise.resolve(store.close()),
  };
}
