/**
 * One machine of the demo: a real agent as a process of its own, with its own data folder, ports and console. It can
 * lose power and be switched on again. Its process group is its own, so that Ctrl-C reaches the demo alone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connectToAgent } from '../../agent/cli/agent-client.ts';
import type { ApiClient } from '../../core/api/contract.ts';
import { PROGRAM, carillonJson } from './command-line.ts';
import { type Sweep, sweepProcesses } from './process-sweep.ts';
import { until } from './until.ts';

const START_MS = 60_000;
/** What is kept of the agent's own words, to be told when it does not start. */
const KEPT_LINES = 30;
const SHOWN_LINES = 3;
const END_MS = 500;

interface ReadyLine {
  readonly machineId: string;
  readonly console: string | null;
}

export class Machine {
  readonly name: string;
  readonly dataFolder: string;
  readonly #temporaryFolder: string;
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;
  #ready: ReadyLine | undefined;
  #client: ApiClient | undefined;

  /** @param folder of this machine alone; it is made */
  constructor(name: string, folder: string) {
    this.name = name;
    this.dataFolder = join(folder, 'data');
    this.#temporaryFolder = join(folder, 'tmp');
    mkdirSync(this.#temporaryFolder, { recursive: true, mode: 0o700 });
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get id(): string {
    return this.#told().machineId;
  }

  /** Address of the console with its token, for a browser. */
  get console(): string {
    return this.#told().console ?? '';
  }

  /** The API of the running agent. */
  get client(): ApiClient {
    if (this.#client === undefined) throw new Error(`${this.name} was never ready`);
    return this.#client;
  }

  /** Resolves when the agent is ready; throws with its last words when it is not within a minute. */
  async start(): Promise<void> {
    const words = ['start', '--name', this.name, '--data', this.dataFolder, '--json', '--no-mdns'];
    const child = spawn(process.execPath, [PROGRAM, ...words, '--listen', '/ip4/127.0.0.1/tcp/0', '--console', '0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: this.#environment(),
      detached: true,
    });
    this.#child = child;
    const ready = Promise.withResolvers<ReadyLine>();
    const fail = (why: string): void => {
      ready.reject(new Error(`the agent of ${this.name} ${why}\n${this.#lines.join('\n')}`));
    };
    const overdue = setTimeout(() => fail(`was not ready within ${START_MS / 1000} s`), START_MS);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.#keep(line);
        if (line.startsWith('{"event":"ready"')) ready.resolve(JSON.parse(line) as ReadyLine);
      });
    }
    child.once('error', (fault) => fail(`could not be started: ${fault.message}`));
    child.once('exit', (code, signal) => fail(`ended: ${code ?? signal ?? ''}`));
    try {
      this.#ready = await ready.promise;
    } finally {
      clearTimeout(overdue);
    }
    this.#client = await connectToAgent(this.dataFolder);
  }

  /** Why the machine does not answer, as far as its process tells; its exit may be a moment behind. */
  async whyUnreachable(): Promise<string> {
    const ended = await until('its end', END_MS, () => (this.running ? undefined : true)).catch(() => false);
    if (!ended) return 'its agent runs on';
    const last = this.#lines.slice(-SHOWN_LINES).join('\n');
    return `its agent has ended (${this.#child?.exitCode ?? this.#child?.signalCode ?? ''})\n${last}`;
  }

  /** Ends agent, launcher and tasks at once. */
  cutPower(): Sweep {
    return sweepProcesses(this.running ? this.#child?.pid : undefined, this.#temporaryFolder);
  }

  /** What `carillon <words> --json` prints on this machine; throws when it ends with another code than the accepted. */
  carillon(words: readonly string[], accepted: readonly number[] = [0]): Promise<unknown> {
    return carillonJson([...words, '--data', this.dataFolder], this.#environment(), accepted);
  }

  /** Tasks leave what they forget in a folder that goes with the demo; compiled code is kept where it always is. */
  #environment(): NodeJS.ProcessEnv {
    const compiled = process.env['NODE_COMPILE_CACHE'] ?? join(tmpdir(), 'node-compile-cache');
    return { ...process.env, TMPDIR: this.#temporaryFolder, NODE_COMPILE_CACHE: compiled };
  }

  #told(): ReadyLine {
    if (this.#ready === undefined) throw new Error(`${this.name} was never ready`);
    return this.#ready;
  }

  #keep(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }
}
