/**
 * The agents of one test file and the folder that all of them are in. Whatever a test did to them, the bed brings them
 * back before the next one; at the end nothing is left, neither files nor processes. Only own processes are ended:
 * agents by their handle, launchers by their data folder, tasks by the run that marks them.
 */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect } from 'vitest';
import { AgentProcess } from './agent-process.ts';
import { eventually } from './eventually.ts';
import { endLeftovers } from './own-processes.ts';

const SETTLE_MS = 45_000;

/** A start of a task, as the task itself noted it. */
export interface Start {
  readonly machine: string;
  readonly occurrence: string;
  readonly attempt: number;
  readonly fencingToken: number;
}

export class AgentBed {
  /** How long these agents may take to be one cluster: each of them needs its share of the processors for that. */
  protected readonly settleMs: number = SETTLE_MS;
  readonly folder: string;
  readonly agents: AgentProcess[] = [];

  /** @param folderPrefix the folder's path up to the part by which it differs from all others. */
  constructor(folderPrefix = join(tmpdir(), 'carillon-bed-')) {
    this.folder = mkdtempSync(folderPrefix);
  }

  /** An agent that is not started yet. @param options further words of its command line. */
  add(name: string, options: readonly string[] = [], dataFolder = join(this.folder, name)): AgentProcess {
    const agent = new AgentProcess(name, dataFolder, options, { HOME: this.folder });
    this.agents.push(agent);
    return agent;
  }

  /** Starts agents and makes them one cluster, the first of them its founder; resolves when each sees all. */
  async form(...agents: readonly AgentProcess[]): Promise<void> {
    await Promise.all(agents.map((agent) => agent.start()));
    const [founder, ...others] = agents;
    await founder?.client.cluster.create({ name: 'bed' });
    for (const other of others) {
      const invitation = await founder?.client.cluster.invite({ roles: ['admin', 'editor', 'executor'] });
      await other.client.cluster.join({ token: invitation?.token ?? '' });
    }
    await this.settled(...agents);
  }

  /** Resolves when all of these agents vote: joiners do one by one, as a majority of the voters agrees to each. */
  async voting(...agents: readonly AgentProcess[]): Promise<void> {
    await this.#reporting(async () => {
      expectRunning(agents);
      for (const agent of agents) {
        const { members } = await agent.status();
        const waiting = members.filter((member) => !member.voter).map((member) => member.name);
        expect(waiting, `no voters, as ${agent.name} says`).toEqual([]);
      }
    });
  }

  /**
   * Resolves when each of these agents is active, sees all of these alive and no other, has heard of each that it takes
   * runs, and has the same document.
   */
  async settled(...agents: readonly AgentProcess[]): Promise<void> {
    const names = agents.map((agent) => agent.name).sort();
    const views = async () =>
      Promise.all(
        agents.map(async (agent) => {
          const { phase, members, document } = await agent.status();
          const alive = members.filter((member) => member.state === 'alive');
          // That a machine has settled is told by its next heartbeat: until then it is alive, and owns nothing.
          const accepting = alive.filter(({ load }) => load !== null && load.notAccepting === null);
          return {
            of: agent.name,
            phase,
            alive: alive.map((member) => member.name).sort(),
            accepting: accepting.map((member) => member.name).sort(),
            document: document.digest,
          };
        }),
      );
    await this.#reporting(async () => {
      expectRunning(agents);
      const seen = await views();
      const document = seen[0]?.document;
      const wanted = { phase: 'active', alive: names, accepting: names, document };
      expect(seen).toEqual(agents.map((agent) => ({ of: agent.name, ...wanted })));
    });
  }

  /** Starts what has ended and waits until all agents are one cluster again. */
  async heal(...agents: readonly AgentProcess[]): Promise<void> {
    await Promise.all(agents.filter((agent) => !agent.running).map((agent) => agent.start()));
    await this.settled(...agents);
  }

  /** The agent that the others call by this name or id. */
  agent(nameOrId: string | null | undefined): AgentProcess {
    const found = this.agents.find((agent) => agent.name === nameOrId || (agent.running && agent.id === nameOrId));
    if (found === undefined) throw new Error(`no agent is called ${nameOrId ?? 'nothing'}`);
    return found;
  }

  /** A shell line by which a task notes its start where the test finds it. */
  noteStart(file: string): string {
    const words = '$CARILLON_MACHINE $CARILLON_OCCURRENCE $CARILLON_ATTEMPT $CARILLON_FENCING_TOKEN';
    return `echo "${words}" >> ${join(this.folder, file)}`;
  }

  /** What `noteStart` has noted so far. */
  starts(file: string): Start[] {
    const path = join(this.folder, file);
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => {
      const [machine = '', occurrence = '', attempt, token] = line.split(' ');
      return { machine, occurrence, attempt: Number(attempt), fencingToken: Number(token) };
    });
  }

  /** Adds to a file of the bed, for tasks that wait for it. */
  tell(file: string): void {
    appendFileSync(join(this.folder, file), 'go\n');
  }

  /** Looks until it holds; otherwise says what the agents said. */
  async #reporting(look: () => Promise<void>): Promise<void> {
    try {
      await eventually(look, this.settleMs);
    } catch (fault) {
      process.stderr.write(`${this.report()}\n`);
      throw fault;
    }
  }

  report(): string {
    return this.agents.map((agent) => agent.report()).join('\n');
  }

  async clean(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.kill()));
    for (const { dataFolder } of this.agents) endLeftovers(dataFolder);
    await eventually(() => {
      rmSync(this.folder, { recursive: true, force: true });
      expect(existsSync(this.folder)).toBe(false);
    });
  }
}

/** A bed for one test file: it says what its agents said when a test fails, and is cleaned at the end. */
export function bedOfFile(): AgentBed {
  const bed = new AgentBed();
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(`${task.name}\n${bed.report()}\n`);
  });
  afterAll(() => bed.clean());
  return bed;
}

/** An agent that has ended says why, before others are blamed that wait for it. */
function expectRunning(agents: readonly AgentProcess[]): void {
  const ended = agents.filter((agent) => !agent.running).map((agent) => agent.lastWords());
  expect(ended, 'agents that have ended').toEqual([]);
}
