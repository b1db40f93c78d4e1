/**
 * Agents on a LAN of their own: one a machine, found by mDNS alone, driven through relays. A bed like that of the
 * integration tests, and all that was said there holds; at the end the network goes too.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { AgentBed } from '../integration/agent-bed.ts';
import { mountSmallDisk, type SmallDisk } from '../fakes/small-disk.ts';
import { AgentProcess } from '../integration/agent-process.ts';
import { PROGRAM } from '../integration/command-line.ts';
import { type LanShape, LanNetwork } from './lan-network.ts';
import { lanTools } from './lan-tools.ts';
import { bedFolderPrefix } from './lan-folder.ts';
import { Relay } from './relay.ts';

/** One machine gave another up. */
export interface Death {
  /** Name of the agent that says so. */
  readonly observer: string;
  /** Id of the machine that is said to be dead. */
  readonly machine: string;
  /** By the observer's clock, epoch milliseconds. */
  readonly at: number;
  readonly reason: string;
}

export interface LanAgentOptions {
  /** Number of the machine, from 1. */
  readonly machine: number;
  readonly name?: string;
  readonly dataFolder?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** As many agents as there are here share the processors: each of them has the time that one alone would not need. */
const SETTLE_MS = 150_000;

export class LanBed extends AgentBed {
  protected override readonly settleMs = SETTLE_MS;
  readonly network: LanNetwork;
  /** In the order in which they were told. */
  readonly deaths: Death[] = [];
  readonly #relays = new Map<number, Promise<Relay>>();
  readonly #disks: SmallDisk[] = [];

  constructor(shape: LanShape) {
    super(bedFolderPrefix());
    this.network = new LanNetwork(shape);
  }

  /** A file system of its own, which can be filled. @returns its path; it is gone with the bed. */
  smallDisk(sizeBytes: number): string {
    const disk = mountSmallDisk(join(this.folder, `disk-${this.#disks.length}`), sizeBytes);
    this.#disks.push(disk);
    return disk.path;
  }

  /** An agent on a machine, not started yet. */
  async addTo({ machine, environment = {}, ...wishes }: LanAgentOptions): Promise<AgentProcess> {
    const name = wishes.name ?? `m${machine}`;
    const consolePort = await (await this.#relayTo(machine)).openDoor();
    const place = {
      network: () => ['--console', String(consolePort)],
      spawn: (words: readonly string[], more: Readonly<Record<string, string>>) => this.#spawn(machine, words, more),
      heard: (line: string) => this.#hear(name, line),
    };
    const folder = wishes.dataFolder ?? join(this.folder, name);
    const agent = new AgentProcess(name, folder, [], { HOME: this.folder, ...environment }, place);
    this.agents.push(agent);
    return agent;
  }

  /** Who was given up since, by whom: to find the deaths of machines that lived. */
  deathsSince(from: number, ...expected: readonly AgentProcess[]): string[] {
    const ids = new Set(expected.map((agent) => agent.id));
    return this.deaths
      .filter((death) => death.at >= from && !ids.has(death.machine))
      .map((death) => `${death.observer} gave up ${this.agent(death.machine).name}: ${death.reason}`);
  }

  override async clean(): Promise<void> {
    try {
      await Promise.all(this.agents.map((agent) => agent.kill()));
      for (const disk of this.#disks) disk.remove();
      await super.clean();
    } finally {
      for (const relay of this.#relays.values()) (await relay).close();
      this.network.remove();
    }
  }

  #relayTo(machine: number): Promise<Relay> {
    const existing = this.#relays.get(machine);
    if (existing !== undefined) return existing;
    const relay = Relay.start(this.network.on(machine), join(this.folder, `relay-${machine}`));
    this.#relays.set(machine, relay);
    return relay;
  }

  #spawn(machine: number, words: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
    // Variables of the agent alone, not of `ip`: a shifted clock is nothing to it.
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const [ip = '', ...on] = this.network.on(machine);
    return spawn(ip, [...on, 'env', ...variables, process.execPath, PROGRAM, ...words], {
      stdio: 'pipe',
      env: { ...process.env, NO_COLOR: '1' },
    });
  }

  #hear(observer: string, line: string): void {
    if (!line.includes('"message":"machine dead"')) return;
    const told = JSON.parse(line) as { at: string; machine: string; reason: string };
    this.deaths.push({ observer, machine: told.machine, at: Date.parse(told.at), reason: told.reason });
  }
}

/**
 * A group of tests that need a LAN. Where there can be none they are left out, and their place says why.
 * @param missing what else these tests lack.
 */
export function describeOnLan(title: string, body: () => void, missing?: string): void {
  const reason = lanTools().noNetwork ?? missing;
  if (reason === undefined) describe(title, body);
  else describe.skipIf(true)(title, () => it(`left out: ${reason}`, () => undefined));
}

export interface LanOfFile {
  readonly bed: LanBed;
  /** By number, the first first; there from the first test on. */
  readonly machines: AgentProcess[];
}

/**
 * A LAN for one test file, with one agent a machine, formed into one cluster of voters before the first test.
 * @param wishes for the agent of one machine.
 */
export function lanOfFile(
  shape: LanShape,
  wishes: (machine: number, bed: LanBed) => Partial<LanAgentOptions> = () => ({}),
): LanOfFile {
  const machines: AgentProcess[] = [];
  const bed = new LanBed(shape);
  beforeAll(async () => {
    for (let machine = 1; machine <= bed.network.machines; machine += 1) {
      machines.push(await bed.addTo({ machine, ...wishes(machine, bed) }));
    }
    await bed.form(...machines);
    await bed.voting(...machines);
  });
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(`${task.name}\n${bed.report()}\n`);
  });
  afterAll(() => bed.clean());
  return { bed, machines };
}
