/**
 * A real agent for a bench: the command line's own `carillon start` in a process of its own, on loopback, with free
 * ports, no discovery, and `agent-watch` beside it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connectToAgent } from '../agent/cli/agent-client.ts';
import type { ApiClient } from '../core/api/contract.ts';
import type { AgentUse, WatchRequest } from './agent-watch.ts';

export const PROGRAM = fileURLToPath(new URL('../agent/bin/carillon.mjs', import.meta.url));
const WATCH = new URL('agent-watch.ts', import.meta.url).href;

const START_MS = 40_000;
const ANSWER_MS = 30_000;
const STOP_MS = 15_000;

export interface AgentSettings {
  readonly name: string;
  /** A folder of its own is made in it. */
  readonly folder: string;
  /** Runs at once; what the agent takes by itself when absent. */
  readonly slots?: number;
  /** Where its CPU profile is written when it ends. */
  readonly profileFolder?: string;
}

export class RealAgent {
  readonly name: string;
  readonly dataFolder: string;
  readonly client: ApiClient;
  /** Where it listens for others, multiaddrs. */
  readonly addresses: readonly string[];
  readonly #child: ChildProcess;

  private constructor(settings: AgentSettings, child: ChildProcess, client: ApiClient, addresses: readonly string[]) {
    this.name = settings.name;
    this.dataFolder = dataFolderOf(settings);
    this.client = client;
    this.addresses = addresses;
    this.#child = child;
  }

  /** Resolves when the agent is ready; rejects with what it said when it is not in time. */
  static async start(settings: AgentSettings): Promise<RealAgent> {
    const child = spawn(process.execPath, [...nodeFlags(settings), PROGRAM, ...wordsOf(settings)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, NO_COLOR: '1' },
    });
    try {
      const addresses = await ready(child, settings.name);
      return new RealAgent(settings, child, await connectToAgent(dataFolderOf(settings)), addresses);
    } catch (fault) {
      child.kill('SIGKILL');
      throw fault;
    }
  }

  /** What it used since the last reset. */
  async ask(request: WatchRequest): Promise<AgentUse> {
    const answer = once(this.#child, 'message', { signal: AbortSignal.timeout(ANSWER_MS) });
    this.#child.send(request);
    const [use] = (await answer) as [AgentUse];
    return use;
  }

  /** Ends it as a person would; after a while at once. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    const overdue = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    this.#child.kill('SIGTERM');
    await ended;
    clearTimeout(overdue);
  }
}

function dataFolderOf({ folder, name }: AgentSettings): string {
  return join(folder, name);
}

function nodeFlags({ profileFolder, name }: AgentSettings): string[] {
  const flags = ['--import', WATCH];
  if (profileFolder === undefined) return flags;
  return [...flags, '--cpu-prof', '--cpu-prof-dir', join(profileFolder, name)];
}

function wordsOf(settings: AgentSettings): string[] {
  const words = ['start', '--data', dataFolderOf(settings), '--name', settings.name];
  if (settings.slots !== undefined) words.push('--slots', String(settings.slots));
  return [...words, '--listen', '/ip4/127.0.0.1/tcp/0', '--console', '0', '--no-mdns', '--json'];
}

/**
 * Resolves at the agent's word that it is ready, with its addresses. Its output is read to the end of its life, so that it
 * never waits.
 */
async function ready(child: ChildProcess, name: string): Promise<readonly string[]> {
  const told = Promise.withResolvers<readonly string[]>();
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      if (said.length < 100) said.push(line);
      if (line.startsWith('{"event":"ready"')) told.resolve((JSON.parse(line) as { addresses: string[] }).addresses);
    });
  }
  const fail = (why: string): void => told.reject(new Error(`${name} ${why}\n${said.join('\n')}`));
  const overdue = setTimeout(() => fail('was not ready in time'), START_MS);
  child.once('exit', (code, signal) => fail(`ended: ${signal ?? String(code)}`));
  try {
    return await told.promise;
  } finally {
    clearTimeout(overdue);
  }
}
