/**
 * A cluster of real agents in a temporary folder, for the length of one measurement. Whatever happens in it, its agents
 * are ended and its folder is removed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchOptions } from './bench-options.ts';
import { type AgentSettings, RealAgent } from './real-agent.ts';

const SETTLED_MS = 60_000;
const LOOK_AGAIN_MS = 200;
const LAUNCHER_GONE_TRIES = 100;

export interface ClusterWishes {
  readonly agents: number;
  readonly slots?: number;
}

export class RealCluster {
  readonly agents: RealAgent[] = [];
  readonly #folder: string;
  readonly #options: BenchOptions;

  private constructor(folder: string, options: BenchOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** Forms the cluster, does the work, and leaves nothing behind. */
  static async use<T>(
    wishes: ClusterWishes,
    options: BenchOptions,
    work: (cluster: RealCluster) => Promise<T>,
  ): Promise<T> {
    const cluster = new RealCluster(await mkdtemp(join(tmpdir(), 'carillon-bench-')), options);
    try {
      for (let index = 0; index < wishes.agents; index += 1) await cluster.add(wishes.slots);
      return await work(cluster);
    } finally {
      await cluster.#close();
    }
  }

  get founder(): RealAgent {
    const founder = this.agents[0];
    if (founder === undefined) throw new Error('the cluster has no agent');
    return founder;
  }

  /** Starts one more agent, which founds the cluster or joins it; resolves when all see it and hold one document. */
  async add(slots?: number): Promise<RealAgent> {
    const agent = await this.start(slots);
    await this.admit(agent);
    await this.settled();
    return agent;
  }

  /** Starts one more agent, outside the cluster so far. */
  async start(slots?: number): Promise<RealAgent> {
    const { profileFolder } = this.#options;
    const settings: AgentSettings = {
      name: `agent-${this.agents.length + 1}`,
      folder: this.#folder,
      ...(slots === undefined ? {} : { slots }),
      ...(profileFolder === undefined ? {} : { profileFolder }),
    };
    const agent = await RealAgent.start(settings);
    this.agents.push(agent);
    return agent;
  }

  async admit(agent: RealAgent): Promise<void> {
    if (agent === this.founder) await agent.client.cluster.create({ name: 'bench' });
    else {
      const { token } = await this.founder.client.cluster.invite({});
      await agent.client.cluster.join({ token });
    }
  }

  /** Resolves when every agent is active, sees all alive, and holds the same document of so many tasks. */
  async settled(tasks?: number): Promise<void> {
    await until('the cluster to settle', SETTLED_MS, async () => {
      const all = await Promise.all(this.agents.map((agent) => agent.client.cluster.status({})));
      const digests = new Set(all.map((status) => status.document.digest));
      return all.every(
        ({ phase, counts }) =>
          phase === 'active' &&
          counts.machinesAlive === this.agents.length &&
          digests.size === 1 &&
          (tasks === undefined || counts.tasks === tasks),
      );
    });
  }

  async #close(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.stop()));
    // The launchers end by themselves a while after their agents, and write until then.
    for (let tries = 0; tries < LAUNCHER_GONE_TRIES; tries += 1) {
      try {
        await rm(this.#folder, { recursive: true, force: true });
        return;
      } catch (fault) {
        if (tries === LAUNCHER_GONE_TRIES - 1) throw fault;
        await sleep(LOOK_AGAIN_MS);
      }
    }
  }
}

/** Looks again and again until it is so. Throws when it takes longer than that. */
export async function until(what: string, timeoutMs: number, isSo: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > untilMs) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await sleep(LOOK_AGAIN_MS);
  }
}
