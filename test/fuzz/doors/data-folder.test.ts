/**
 * Small files and values of the data folder, damaged: what this machine remembers of itself and its cluster, the copy of
 * it beside the database, who holds the folder, where the agent answers. The agent starts all the same, and works.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectToAgent } from '../../../agent/cli/agent-client.ts';
import { loadOrMakeToken } from '../../../agent/console/console-file.ts';
import { loadSessions } from '../../../agent/console/session-file.ts';
import { findHolder } from '../../../core/adapters/data-folder.ts';
import { ValueMirror } from '../../../core/adapters/sqlite/value-mirror.ts';
import { META } from '../../../core/peer/meta.ts';
import { AppErrorException } from '../../../core/std/app-error.ts';
import { quietLogger } from '../../fakes/quiet-logger.ts';
import { SimCluster, simTask } from '../../simulator/sim-cluster.ts';
import { fuzzRequest } from '../budget.ts';
import { poolsOf, STRANGERS } from '../corpus.ts';
import { mutateText } from '../mutation.ts';
import { storm } from '../storm.ts';
import { mutateValue } from '../value-mutation.ts';

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const SEPARATOR = '\n';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-fuzz-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

test('what a machine remembers of itself', async () => {
  const cluster = new SimCluster({ machines: 2, seed: fuzzRequest().seed });
  await cluster.form();
  await cluster.put(0, simTask('often', '*/5 * * * * *'));
  await cluster.run(3000);
  const machine = cluster.machine(0);
  const remembered = [...machine.disk.tables.meta];
  expect(remembered.map(([key]) => key)).toEqual(expect.arrayContaining([META.actor, META.incarnation, META.joined]));
  const pools = poolsOf({ ...STRANGERS, machines: cluster.machines.map(({ id }) => id) });
  const good = structuredClone(machine.disk.tables);
  await storm({
    door: 'data-folder',
    title: 'meta',
    part: 0.6,
    growthMib: 150,
    make: (random) => {
      const [key, value] = random.pick(remembered);
      if (random.below(3) === 0) return mutateText(random, [`${key}${SEPARATOR}${value}`]);
      const changed = mutateValue(random, parsed(value), pools);
      return encoder.encode(`${key}${SEPARATOR}${typeof changed === 'string' ? changed : JSON.stringify(changed)}`);
    },
    feed: async (bytes) => {
      const text = decoder.decode(bytes);
      const at = text.indexOf(SEPARATOR);
      machine.kill();
      machine.disk.tables = structuredClone(good);
      machine.disk.tables.meta.set(text.slice(0, Math.max(at, 0)), text.slice(at + 1));
      await machine.boot();
      await cluster.run(7000);
      expect(machine.peer.view.phase).toMatch(/^(active|settling|no-cluster)$/);
    },
  });
});

test('the copy of the named values', async () => {
  const path = join(folder, 'membership.json');
  const mirror = new ValueMirror(path, quietLogger);
  const text = JSON.stringify({ joined: '{"id":"a"}', actor: 'ab'.repeat(16), __proto__: null });
  await storm({
    door: 'data-folder',
    title: 'mirror',
    part: 0.15,
    make: (random) => mutateText(random, [text], ['"__proto__":"x",', '"a":1,']),
    feed: (bytes) => {
      writeFileSync(path, bytes);
      for (const value of mirror.read().values()) expect(typeof value).toBe('string');
    },
  });
});

test('who holds the folder, and where the agent answers', async () => {
  const texts = ['{"pid":1,"processStart":"5"}', '{"port":7420,"token":"abc","pid":1}', 'a'.repeat(43)];
  await storm({
    door: 'data-folder',
    title: 'notes',
    part: 0.25,
    make: (random) => mutateText(random, texts, ['"pid":', '"port":', '-1', '65536', '1e9', 'null']),
    feed: async (bytes) => {
      for (const name of ['agent.pid', 'console.json', 'console.token', 'console.sessions'])
        writeFileSync(join(folder, name), bytes);
      const holder = findHolder(folder);
      if (holder !== undefined) expect(holder.pid).toBeGreaterThan(0);
      expect(await loadOrMakeToken(folder, quietLogger)).toMatch(/^[\w-]{43}$/);
      expect(Array.isArray(await loadSessions(folder))).toBe(true);
      const asked = await connectToAgent(folder).catch((fault: unknown) => fault);
      if (asked instanceof Error) expect(asked).toBeInstanceOf(AppErrorException);
    },
  });
});
