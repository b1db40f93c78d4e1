/**
 * Real agents for tests in the browser: processes in data folders of their own, on loopback and free ports, each serving the
 * built page. At the end of each test nothing of them is left, neither files nor processes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type FullProject, type Page, expect, test as base } from '@playwright/test';
import { AgentProcess, type AgentPlace, LOOPBACK } from '../../integration/agent-process.ts';
import { endLeftovers } from '../../integration/own-processes.ts';

export { expect };

/** How long real agents may take to agree, on a busy machine. */
export const AGREE_MS = 45_000;
/** How long three may take until they are one cluster, from their start. */
const FORM_MS = 240_000;

export class RealAgents {
  readonly folder: string;
  readonly #newContext: () => Promise<BrowserContext>;
  readonly #contexts: BrowserContext[] = [];
  readonly #agents: AgentProcess[] = [];

  constructor(folder: string, newContext: () => Promise<BrowserContext>) {
    this.folder = folder;
    this.#newContext = newContext;
  }

  /** An agent that is ready and belongs to no cluster. */
  async start(name: string): Promise<AgentProcess> {
    let consolePort = '0';
    // A page finds its agent again at the address that it knows, so that a restarted agent keeps the port of its console.
    const place: AgentPlace = {
      ...LOOPBACK,
      network: (port) => LOOPBACK.network(port).with(3, consolePort),
    };
    const agent = new AgentProcess(name, join(this.folder, name), [], { HOME: this.folder }, place);
    this.#agents.push(agent);
    await agent.start();
    consolePort = new URL(agent.ready.console ?? '').port;
    return agent;
  }

  /** Agents of one cluster, the first of them its founder; each sees all, and takes tasks. */
  async form(...names: readonly string[]): Promise<AgentProcess[]> {
    const agents = await Promise.all(names.map((name) => this.start(name)));
    const [founder, ...others] = agents;
    if (founder === undefined) return agents;
    await founder.client.cluster.create({ name: 'bed' });
    for (const other of others) {
      const { token } = await founder.client.cluster.invite({ roles: ['admin', 'editor', 'executor'] });
      await other.client.cluster.join({ token });
    }
    await this.settled(...agents);
    return agents;
  }

  /** Resolves when each of these sees all of these, and that they vote and take tasks, in the same document. */
  async settled(...agents: readonly AgentProcess[]): Promise<void> {
    const names = agents.map((agent) => agent.name).sort();
    const seen = async () => {
      const statuses = await Promise.all(agents.map((agent) => agent.status()));
      const digests = new Set(statuses.map(({ document }) => document.digest));
      const ready = statuses.map(({ members }) =>
        members
          .filter(({ state, voter, load }) => state === 'alive' && voter && load !== null && load.notAccepting === null)
          .map(({ name }) => name)
          .sort(),
      );
      return { ready, documents: digests.size };
    };
    await expect.poll(seen, { timeout: AGREE_MS }).toEqual({ ready: agents.map(() => names), documents: 1 });
  }

  /** The console of an agent, logged in, in a browser of its own. */
  async open(agent: AgentProcess): Promise<Page> {
    const context = await this.#newContext();
    this.#contexts.push(context);
    const page = await context.newPage();
    const { urls } = await agent.client.console.link({});
    await page.goto(urls[0] ?? '');
    return page;
  }

  /** Closes all browsers that were opened. */
  async closePages(): Promise<void> {
    for (const context of this.#contexts.splice(0)) await context.close();
  }

  /** What the agents said, for a test that failed. */
  report(): string {
    return this.#agents.map((agent) => agent.report()).join('\n');
  }

  async clean(): Promise<void> {
    await this.closePages();
    await Promise.all(this.#agents.map((agent) => agent.kill()));
    for (const { dataFolder } of this.#agents) endLeftovers(dataFolder);
    // What a launcher still writes as it ends is waited for.
    await rm(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** Agents of one test alone. */
export const test = base.extend<{ readonly agents: RealAgents }>({
  agents: async ({ browser }, use, info) => {
    const agents = await newAgents(browser, info.project);
    try {
      await use(agents);
      if (info.status !== info.expectedStatus) process.stderr.write(`${agents.report()}\n`);
    } finally {
      await agents.clean();
    }
  },
});

/** Three agents of one cluster, in their order, for all tests of a file that runs in one worker. */
export interface Trio {
  readonly agents: RealAgents;
  readonly alpha: AgentProcess;
  readonly beta: AgentProcess;
  readonly gamma: AgentProcess;
}

/** Each test leaves the three running, with tasks that no other test looks at. */
export const testOfTrio = base.extend<{ readonly trio: Trio }, { readonly trioOfWorker: Trio }>({
  trioOfWorker: [
    async ({ browser }, use, info) => {
      const agents = await newAgents(browser, info.project);
      try {
        const [alpha, beta, gamma] = await agents.form('alpha', 'beta', 'gamma');
        if (alpha === undefined || beta === undefined || gamma === undefined) throw new Error('not three agents');
        await use({ agents, alpha, beta, gamma });
      } finally {
        await agents.clean();
      }
    },
    { scope: 'worker', timeout: FORM_MS },
  ],
  trio: async ({ trioOfWorker }, use, info) => {
    const { agents } = trioOfWorker;
    await use(trioOfWorker);
    if (info.status !== info.expectedStatus) process.stderr.write(`${agents.report()}\n`);
    await agents.closePages();
  },
});

async function newAgents(browser: Browser, { use }: FullProject): Promise<RealAgents> {
  const { locale, timezoneId, viewport, contextOptions } = use;
  const folder = await mkdtemp(join(tmpdir(), 'carillon-real-'));
  return new RealAgents(folder, () =>
    browser.newContext({
      ...contextOptions,
      ...(locale === undefined ? {} : { locale }),
      ...(timezoneId === undefined ? {} : { timezoneId }),
      ...(viewport === undefined ? {} : { viewport }),
    }),
  );
}
