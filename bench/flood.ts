/**
 * How long does an agent stand still while a member in foreign hands floods it? One kind of message after the other, each by
 * a machine of its own that was properly let in, over real connections. Pauses of the event loop tell what a person notices on
 * this machine, whoever else computes on it; the busiest turn, in processor time of the main thread, tells what the agent
 * itself does at a stretch. Both stand beside those of the same agent while nobody bothers it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MachineId, RunId, TaskId } from '../core/domain/ids.ts';
import { FloodAttacker, type FloodGoods, FLOODS, type FloodVictim } from '../test/attacks/kit/flood-attacker.ts';
import type { FloodReport } from '../test/attacks/kit/flooder.ts';
import type { AgentUse } from './agent-watch.ts';
import type { BenchOptions } from './bench-options.ts';
import { RealCluster, until } from './real-cluster.ts';
import type { RealAgent } from './real-agent.ts';

const FLOOD_MS = { usual: 3000, full: 8000 };
/** What was sent before the flood is dealt with by then. */
const REST_MS = 300;
const OUTPUT_BYTES = 1_000_000;
const TASK = 'flooded' as TaskId;
const MIB = 1024 * 1024;
/** Parts of the names of those that are wanted: `CARILLON_FLOOD_ONLY=log,claim`; by default all. */
const only = process.env['CARILLON_FLOOD_ONLY']?.split(',') ?? [''];

interface FloodCost extends FloodReport {
  readonly turnMaxMs: number;
  readonly pauseMaxMs: number;
  readonly pauseP99Ms: number;
  /** What is held once garbage is collected, beyond what was held before. */
  readonly heldMebibytes: number;
}

export async function run(options: BenchOptions): Promise<object> {
  const durationMs = options.full ? FLOOD_MS.full : FLOOD_MS.usual;
  return RealCluster.use({ agents: 1 }, options, async (cluster) => {
    const agent = cluster.founder;
    const victim = await victimOf(agent);
    const runId = await runWithOutput(agent);
    const giver = await FloodAttacker.admitted(victim, 'giver');
    await giver.fillLog();
    await agent.ask('reset');
    await sleep(durationMs);
    const idle = pausesOf(await agent.ask('reset'));
    const goods = { taskId: TASK, runId, recorder: giver.signer.self };
    const kinds: Record<string, FloodCost> = {};
    for (const name of FLOODS.filter((each) => only.some((part) => each.includes(part)))) {
      kinds[name] = await costOf(agent, victim, name, goods, durationMs);
    }
    await giver.stop();
    const costs = Object.values(kinds);
    const worst = (of: (cost: FloodCost) => number): number => Math.max(0, ...costs.map(of));
    return {
      durationMs,
      idle,
      worst: { turnMaxMs: worst((cost) => cost.turnMaxMs), pauseMaxMs: worst((cost) => cost.pauseMaxMs) },
      kinds,
    };
  });
}

async function costOf(
  agent: RealAgent,
  victim: FloodVictim,
  name: string,
  goods: FloodGoods,
  durationMs: number,
): Promise<FloodCost> {
  const attacker = await FloodAttacker.admitted(victim, name);
  const flood = attacker.floodBy(name, goods);
  await sleep(REST_MS);
  const before = await agent.ask('collect');
  await agent.ask('reset');
  const report = await flood(durationMs);
  const use = await agent.ask('report');
  await attacker.stop();
  await sleep(REST_MS);
  const after = await agent.ask('collect');
  return { ...report, ...pausesOf(use), heldMebibytes: ((after.heldBytes ?? 0) - (before.heldBytes ?? 0)) / MIB };
}

function pausesOf({ loop, turnMaxMs }: AgentUse): Pick<FloodCost, 'turnMaxMs' | 'pauseMaxMs' | 'pauseP99Ms'> {
  return { turnMaxMs, pauseMaxMs: loop.maxMs, pauseP99Ms: loop.p99Ms };
}

async function victimOf(agent: RealAgent): Promise<FloodVictim> {
  const { self } = await agent.client.cluster.status({});
  return {
    id: self.id as MachineId,
    addresses: agent.addresses,
    invite: async (roles) => (await agent.client.cluster.invite({ roles })).token,
  };
}

/** A task, and a run of it that wrote something. */
async function runWithOutput(agent: RealAgent): Promise<RunId> {
  const script = `head -c ${OUTPUT_BYTES} /dev/zero | tr '\\0' x`;
  const definition = {
    id: TASK,
    about: { name: TASK },
    schedule: { triggers: [] },
    action: { type: 'shell' as const, script },
  };
  await agent.client.tasks.apply({ definitions: [definition] });
  await agent.client.tasks.run({ id: TASK });
  let id = '';
  await until('the run to end', 20_000, async () => {
    const { runs } = await agent.client.runs.list({ task: TASK });
    id = runs[0]?.id ?? '';
    return runs[0]?.state === 'succeeded';
  });
  return id as RunId;
}
