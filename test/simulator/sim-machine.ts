/** A machine of the simulation: disk, clock, processes, and the lives of its agent. The core in it is the real one. */
import { createSigner } from '../../core/adapters/keys/ed25519.ts';
import { createInlineHost } from '../../core/adapters/document/inline-host.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import type { MachineFacts } from '../../core/domain/machine.ts';
import { Peer } from '../../core/peer/peer.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { DocumentHost } from '../../core/ports/document-host.ts';
import type { LaunchSpec } from '../../core/ports/process-runner.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Signer } from '../../core/ports/signer.ts';
import { MemoryDisk, MemoryRunQueries, MemoryStateStore } from '../fakes/memory-store.ts';
import type { SeededRandom } from './seeded-random.ts';
import { type SimNetwork, SimTransport } from './sim-network.ts';
import { type ProgramBehaviour, type RealStart, SimProcessTable } from './sim-processes.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface SimMachineOptions {
  readonly name: string;
  readonly time: VirtualTime;
  readonly network: SimNetwork;
  readonly random: SeededRandom;
  readonly epochMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly starts: RealStart[];
  readonly behaviour: (spec: LaunchSpec) => ProgramBehaviour;
  readonly slots: number;
  readonly trace: ((line: string) => void) | undefined;
}

export class SimMachine {
  readonly name: string;
  readonly id: MachineId;
  readonly disk = new MemoryDisk();
  /** Wall clock less true time. */
  clockOffsetMs = 0;
  /** Until then (virtual time) the agent does nothing, as in a long collection of garbage; its processes go on. */
  #pausedUntilMs = 0;
  readonly #options: SimMachineOptions;
  readonly #signer: Signer;
  readonly #processes: SimProcessTable;
  #life:
    | { readonly peer: Peer; readonly transport: SimTransport; readonly document: DocumentHost; alive: boolean }
    | undefined;

  constructor(options: SimMachineOptions) {
    this.#options = options;
    this.name = options.name;
    this.#signer = createSigner(options.random.bytes(32));
    this.id = this.#signer.self;
    this.#processes = new SimProcessTable(
      options.time,
      this.id,
      () => this.wallMs(),
      options.starts,
      options.behaviour,
    );
  }

  get peer(): Peer {
    if (this.#life === undefined) throw new Error(`${this.name} is not running`);
    return this.#life.peer;
  }

  get running(): boolean {
    return this.#life !== undefined;
  }

  get paused(): boolean {
    return this.#options.time.now < this.#pausedUntilMs;
  }

  /** The agent stands still for a while. What arrives meanwhile waits. */
  pause(durationMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#options.time.now + durationMs);
  }

  wallMs(): number {
    return this.#options.epochMs + this.#options.time.now + this.clockOffsetMs;
  }

  async boot(): Promise<void> {
    if (this.#life !== undefined) throw new Error(`${this.name} runs already`);
    const { network, random, name, labels, slots } = this.#options;
    const transport = new SimTransport(network, this.id);
    const store = new MemoryStateStore(this.disk);
    const document = createInlineHost(this.#signer);
    const life = { alive: true };
    const peer = new Peer({
      identity: { self: this.id, name, labels, version: 'sim', facts: factsOf(slots), seeds: [] },
      ports: {
        clock: this.#clock(life),
        transport,
        store,
        processes: this.#processes.runner(),
        outputs: {
          read: () => Promise.resolve(undefined),
          append: () => Promise.resolve(),
          prune: () => Promise.resolve(),
        },
        document,
        load: { measure: () => ({ freeMemoryBytes: 1e9, processorLoad: 0 }) },
        logger: this.#logger(),
      },
      random: random.fork(),
      createSigner,
      runs: new MemoryRunQueries(this.disk),
    });
    this.#life = Object.assign(life, { peer, transport, document });
    const started = await peer.start();
    if (!started.ok) throw new Error(started.error.message);
  }

  /** SIGKILL of the agent: what it started lives on. */
  kill(): void {
    this.#die();
    this.#processes.agentGone();
  }

  /** The power fails: processes are gone too. */
  losePower(): void {
    this.#die();
    this.#processes.powerLost();
    this.disk.crash();
  }

  async stop(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    await life.peer.stop();
    life.alive = false;
  }

  #die(): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    life.alive = false;
    life.transport.kill();
    void life.document.stop();
  }

  /** A dead life hears no timer any more. */
  #clock(life: { alive: boolean }): Clock {
    const { time } = this.#options;
    let generation = 0;
    return {
      wallMs: () => this.wallMs(),
      monotonicMs: () => time.now,
      soon: (callback) => {
        this.#whenAwake(0, () => {
          if (life.alive) callback();
        });
      },
      wake: (atMs, callback) => {
        generation += 1;
        const mine = generation;
        if (atMs === undefined) return;
        this.#whenAwake(atMs - time.now, () => {
          if (life.alive && mine === generation) callback();
        });
      },
    };
  }

  #whenAwake(delayMs: number, callback: () => void): void {
    const { time } = this.#options;
    time.after(delayMs, () => {
      if (this.paused) this.#whenAwake(this.#pausedUntilMs - time.now, callback);
      else callback();
    });
  }

  #logger(): Logger {
    const { trace, time, name } = this.#options;
    return {
      log: (level, message, fields) => {
        trace?.(`${time.now.toFixed(0)} ${name} ${level} ${message} ${JSON.stringify(fields ?? {})}`);
      },
    };
  }
}

function factsOf(slots: number): MachineFacts {
  return { operatingSystem: 'linux', architecture: 'x64', version: 'sim', timeZoneDataVersion: '', slots };
}
