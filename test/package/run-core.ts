/**
 * Runs the core of a packaged desktop app under Node, as far as it needs no Electron, on loopback: `node run-core.ts
 * APP_FOLDER DATA_FOLDER`. Makes a cluster, runs one task, and prints as JSON how that ended and what the launcher is run with.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { connectToAgent } from '../../agent/cli/agent-client.ts';
import type { runAgent } from '../../agent/agent-main.ts';

const LOOK_AGAIN_MS = 50;
const [, , app = '', dataFolder = ''] = process.argv;
const main = join(app, 'out', 'desktop', 'agent', 'agent-main.js');
const program = (await import(pathToFileURL(main).href)) as { readonly runAgent: typeof runAgent };

const ending = new AbortController();
const served = Promise.withResolvers<undefined>();
const running = program.runAgent({
  dataFolder,
  labels: {},
  listen: ['/ip4/127.0.0.1/tcp/0'],
  peers: [],
  mdns: false,
  console: 0,
  json: true,
  ending: ending.signal,
  print: async () => undefined,
  serving: () => served.resolve(undefined),
});
await Promise.race([served.promise, running]);
const client = await connectToAgent(dataFolder);
await until(async () => {
  await client.cluster.create({ name: 'lab' });
  return true;
});
const action = { type: 'command' as const, argv: ['echo', 'hello'] as [string, ...string[]] };
await client.tasks.apply({ definitions: [{ id: 'hello', about: { name: 'Hello' }, action }] });
await client.tasks.run({ id: 'hello' });
const state = await until(async () => {
  const { runs } = await client.runs.list({ task: 'hello' });
  const found = runs[0]?.state;
  return found === 'succeeded' || found === 'failed' ? found : undefined;
});
console.log(JSON.stringify({ state, launcher: launcherWords() }));
ending.abort();
await running;

/** Looks until there is an answer; what it is too early for is tried again. The one who started this has the patience. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look().catch((fault: unknown) => {
      if (!String(fault).includes('BUSY')) throw fault;
      return undefined;
    });
    if (found !== undefined) return found;
    await delay(LOOK_AGAIN_MS);
  }
}

/** The program of the process that serves this data folder, and its file. */
function launcherWords(): (string | undefined)[] {
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const file = join('/proc', id, 'cmdline');
    if (!existsSync(file)) continue;
    const words = readFileSync(file, 'utf8').split('\0');
    const at = words.findIndex((word) => word.endsWith('launcher.js'));
    if (at > 0 && words.includes(dataFolder)) return [words[0], words[at]];
  }
  return [];
}
