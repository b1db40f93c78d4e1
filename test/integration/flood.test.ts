/** A member in foreign hands floods another machine over real connections: that one slows down nobody, and cuts it off. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadOrCreateKey } from '../../core/adapters/keys/key-file.ts';
import type { MachineId, RunId, TaskId } from '../../core/domain/ids.ts';
import { createSigner } from '../../core/adapters/keys/ed25519.ts';
import type { Signer } from '../../core/ports/signer.ts';
import { createHostileNode, type HostileNode } from '../adapters/hostile-node.ts';
import { type FloodFrame, smallFloods } from '../attacks/kit/flood-kinds.ts';
import { flood } from '../attacks/kit/flooder.ts';
import { AgentProcess } from './agent-process.ts';
import { bedOfFile } from './agent-bed.ts';
import { eventually } from './eventually.ts';
import type { LoopSample } from './loop-watch.ts';
import { shellTask } from './task-builder.ts';

const FLOOD_MS = 10_000;
const MIB = 1024 * 1024;
/** Far less than the flood itself, which is some ten megabytes each second. */
const HELD_BYTES = 30 * MIB;

const bed = bedOfFile();
const watchFile = (name: string): string => join(bed.folder, `${name}.watch`);
const watched = ['one', 'two', 'three'].map((name) => {
  const environment = {
    HOME: bed.folder,
    NODE_OPTIONS: `--import ${new URL('loop-watch.ts', import.meta.url).href}`,
    CARILLON_LOOP_WATCH: watchFile(name),
  };
  const agent = new AgentProcess(name, join(bed.folder, name), [], environment);
  bed.agents.push(agent);
  return agent;
});

let victim: AgentProcess;
let neighbour: AgentProcess;
let hostile: HostileNode;
let signer: Signer;

beforeAll(async () => {
  await bed.form(...watched);
  // The machine with the smallest id opens the control streams, and need not wait to be called.
  const [mallory, ...others] = [...watched].sort((a, b) => (a.id < b.id ? -1 : 1));
  [victim, neighbour] = others as [AgentProcess, AgentProcess];
  await mallory?.stop();
  const key = loadOrCreateKey(mallory?.dataFolder ?? '');
  if (!key.ok) throw new Error(key.error.message);
  signer = createSigner(key.value.seed);
  hostile = await createHostileNode(key.value.seed);
}, 120_000);

afterAll(() => hostile.stop());

function samplesOf(agent: AgentProcess, since: number): LoopSample[] {
  const path = watchFile(agent.name);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  return lines.map((line) => JSON.parse(line) as LoopSample).filter(({ at }) => at >= since);
}

/** What an agent holds in memory once its garbage is collected, in bytes. */
async function heldBy(agent: AgentProcess): Promise<number> {
  const askedAt = Date.now();
  process.kill(agent.pid, 'SIGUSR2');
  return eventually(() => {
    const held = samplesOf(agent, askedAt).findLast(({ heldBytes }) => heldBytes !== undefined)?.heldBytes;
    if (held === undefined) throw new Error(`${agent.name} has not told yet`);
    return held;
  });
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

it('cuts off a member that floods it, stays quick and small, serves the others, and says so', async () => {
  const reachable = { transport: { addresses: () => victim.ready.addresses } };
  const goods = { taskId: 'during' as TaskId, runId: 'a'.repeat(20) as RunId, recorder: hostile.id };
  const kinds = [...smallFloods({ signer, victim: victim.id as MachineId, ...goods }).values()];
  const startedAt = Date.now();
  const before = await heldBy(victim);
  const flooded = flood(
    hostile,
    reachable,
    (number) => (kinds[Math.floor(number / 50) % kinds.length] as FloodFrame)(number),
    FLOOD_MS,
  );
  // What a person asks for meanwhile is done at once, and on the other machine too.
  await victim.client.tasks.apply({ definitions: [shellTask('during', 'true')] });
  await eventually(async () => {
    expect((await neighbour.client.tasks.list({ text: 'during' })).total).toBe(1);
  });
  await neighbour.client.tasks.run({ id: 'during' });
  await eventually(async () => {
    expect((await victim.runsOf('during')).map(({ state }) => state)).toEqual(['succeeded']);
  });
  const report = await flooded;
  const after = await heldBy(victim);
  const samples = samplesOf(victim, startedAt);
  const pauses = samples.map(({ longestPauseMs }) => longestPauseMs);
  expect(report.sent).toBeGreaterThan(1000);
  expect(report.cut).toBeGreaterThanOrEqual(1);
  expect(report.opened).toBeLessThanOrEqual(3);
  expect(after - before, 'what it has left behind').toBeLessThan(HELD_BYTES);
  expect(median(pauses)).toBeLessThan(100);
  const { warnings } = await victim.status();
  expect(warnings.map(({ code }) => code)).toContain('MEMBER_CUT_OFF');
  const audit = await victim.client.audit.list({ text: 'floods' });
  expect(audit.records.length).toBeGreaterThanOrEqual(1);
}, 90_000);
