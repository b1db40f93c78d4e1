/**
 * One real agent as a process of its own, in a data folder that outlives it: started, killed, stopped and started again
 * like the agent of a machine. Its ports are free ones, its peers are found by invitation alone.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { connectToAgent } from '../../agent/cli/agent-client.ts';
import type { ClusterStatus } from '../../core/api/cluster-schemas.ts';
import type { ApiClient } from '../../core/api/contract.ts';
import type { RunOutput } from '../../core/api/run-schemas.ts';
import { type CommandOptions, type CommandResult, carillon, spawnProgram } from './command-line.ts';

export interface ReadyLine {
  readonly event: 'ready';
  readonly machineId: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly console: string | null;
  readonly phase: string;
  readonly cluster: { readonly id: string; readonly name: string } | null;
}

/** Where agents run: on loopback of this machine, unless somebody builds them a network of their own. */
export interface AgentPlace {
  /** The words of the command line about the network. @param port the agent's own of last time, or 0. */
  network(port: number): readonly string[];
  spawn(words: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess;
  /** Hears every line that the agent writes. */
  heard?(line: string): void;
}

/** On loopback, without looking for others: they are found by invitation, or by their address. */
export const LOOPBACK: AgentPlace = {
  network: (port) => ['--listen', `/ip4/127.0.0.1/tcp/${port}`, '--console', '0', '--no-mdns'],
  spawn: spawnProgram,
};

const START_MS = 40_000;
const STOP_MS = 15_000;
/** What is kept of the agent's own words, to be shown when a test fails. */
const SHOWN_LINES = 300;
/** What the message of a failed test shows of it. */
const LAST_LINES = 8;

export class AgentProcess {
  readonly name: string;
  readonly dataFolder: string;
  readonly #options: readonly string[];
  readonly #environment: Readonly<Record<string, string>>;
  readonly #place: AgentPlace;
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;
  #ready: ReadyLine | undefined;
  #client: ApiClient | undefined;
  /** Any free one at first, and the same again after that, as an agent does of itself when nobody says where to listen. */
  #port = 0;

  /** @param options further words of the command line. */
  constructor(
    name: string,
    dataFolder: string,
    options: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
    place: AgentPlace = LOOPBACK,
  ) {
    this.#place = place;
    this.name = name;
    this.dataFolder = dataFolder;
    this.#options = options;
    this.#environment = environment;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What the agent said when it was ready. */
  get ready(): ReadyLine {
    if (this.#ready === undefined) throw new Error(`${this.name} was never ready`);
    return this.#ready;
  }

  get id(): string {
    return this.ready.machineId;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.name} does not run`);
    return pid;
  }

  /** The API of the running agent. */
  get client(): ApiClient {
    if (this.#client === undefined) throw new Error(`${this.name} was never ready`);
    return this.#client;
  }

  /** The words after `carillon` that start this agent. */
  get words(): string[] {
    return [
      'start',
      ...['--data', this.dataFolder, '--name', this.name],
      ...this.#place.network(this.#port),
      '--json',
      ...this.#options,
    ];
  }

  /** Starts the process and resolves when it is ready; rejects with all that it said when it ends before. */
  async start(): Promise<this> {
    try {
      await this.#start();
    } catch (fault) {
      if (this.#port === 0 || !String(fault).includes('PORT_IN_USE')) throw fault;
      // Somebody else was given the port meanwhile.
      this.#port = 0;
      await this.#start();
    }
    return this;
  }

  async #start(): Promise<void> {
    const child = this.#place.spawn(this.words, this.#environment);
    this.#child = child;
    child.stdin?.end();
    const ready = Promise.withResolvers<ReadyLine>();
    const fail = (why: string): void => ready.reject(new Error(`${this.name} ${why}\n${this.report()}`));
    const overdue = setTimeout(() => fail('was not ready in time'), START_MS);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.#keep(line);
        this.#place.heard?.(line);
        const told = readyLineOf(line);
        if (told !== undefined) ready.resolve(told);
      });
    }
    child.once('error', (fault) => fail(`could not be started: ${fault.message}`));
    child.once('close', (code, signal) => {
      this.#keep(`(ended: ${code ?? signal ?? ''})`);
      fail(`ended before it was ready: ${code ?? signal ?? ''}`);
    });
    try {
      this.#ready = await ready.promise;
    } finally {
      clearTimeout(overdue);
    }
    this.#client = await connectToAgent(this.dataFolder);
    this.#port = Number(/\/tcp\/(\d+)/.exec(this.#ready.addresses[0] ?? '')?.[1] ?? 0);
  }

  /** Ends the process at once, as a power cut would; the tasks' processes live on. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends the agent as a person would. @returns its exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Runs one command against this agent. */
  run(words: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return carillon([...words, '--data', this.dataFolder], options);
  }

  status(): Promise<ClusterStatus> {
    return this.client.cluster.status({});
  }

  /** The newest runs of a task as this agent knows them, newest first. */
  async runsOf(task: string): Promise<RunOutput[]> {
    return (await this.client.runs.list({ task, limit: 200 })).runs;
  }

  /** What the agent said, as far as it is kept. */
  report(): string {
    return [`--- ${this.name} (${this.dataFolder})`, ...this.#lines].join('\n');
  }

  /** What it said last, in few lines. */
  lastWords(): string {
    return [`${this.name}:`, ...this.#lines.slice(-LAST_LINES)].join('\n');
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || !this.running) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    const overdue = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.kill(signal);
    await ended;
    clearTimeout(overdue);
    return child.exitCode;
  }

  #keep(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > SHOWN_LINES) this.#lines.shift();
  }
}

function readyLineOf(line: string): ReadyLine | undefined {
  return line.startsWith('{"event":"ready"') ? (JSON.parse(line) as ReadyLine) : undefined;
}
