/** A machine of the simulation: disk, clock, processes, and the lives of its agent. The core in it is the real one. */
import { createInlineHost } from '../../core/adapters/document/inline-host.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import type { MachineFacts } from '../../core/domain/machine.ts';
import { META } from '../../core/peer/meta.ts';
import type { Peer } from '../../core/peer/peer.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { DocumentHost } from '../../core/ports/document-host.ts';
import { AppErrorException } from '../../core/std/app-error.ts';
import type { LaunchSpec } from '../../core/ports/process-runner.ts';
import type { Sealer } from '../../core/ports/sealer.ts';
import type { Signer } from '../../core/ports/signer.ts';
import { MemoryOutputStore } from '../fakes/memory-output-store.ts';
import { MemoryDisk, PowerCut } from '../fakes/memory-disk.ts';
import { MemoryRunQueries } from '../fakes/memory-run-queries.ts';
import { MemoryStateStore } from '../fakes/memory-store.ts';
import { MemoryNotifier } from '../fakes/memory-notifier.ts';
import { createQuickSealer } from '../fakes/quick-sealer.ts';
import { CommitHold, HeldPeer, holdNotifier, holdTransport } from './commit-hold.ts';
import type { SeededRandom } from './seeded-random.ts';
import { MachineClock } from './machine-clock.ts';
import { createSimClock } from './sim-clock.ts';
import { OPEN_POLICY, type PolicyReading } from '../../core/domain/local-policy.ts';
import { createSimLoad } from './sim-load.ts';
import { createSimLogger } from './sim-logger.ts';
import { createSimSigner } from './sim-signer.ts';
import type { SimNetwork } from './sim-network.ts';
import { type ProgramBehaviour, type RealStart, SimProcessTable } from './sim-processes.ts';
import { SimTransport } from './sim-transport.ts';
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
  /** What stands between the agent and its document; by default nothing. */
  readonly document?: ((host: DocumentHost) => DocumentHost) | undefined;
}

/** From one start of the agent to its end. */
interface Life {
  readonly peer: Peer;
  readonly transport: SimTransport;
  readonly document: DocumentHost;
  alive: boolean;
}

/** What a service manager waits before it starts an agent that failed again. */
const RESTART_MS = 5000;

export class SimMachine {
  readonly name: string;
  readonly id: MachineId;
  readonly signer: Signer;
  readonly disk: MemoryDisk;
  /** Output of its own runs, as far as they write any, and copies for others; it outlives the agent. */
  readonly outputs = new MemoryOutputStore(() => this.wallMs());
  readonly clock: MachineClock;
  /** Its own policy and what that looks at, as its agent finds them from now on. */
  policy: PolicyReading = OPEN_POLICY;
  /** Taken out of service by people, for good: nobody boots it again. */
  retired = false;
  readonly #options: SimMachineOptions;
  readonly #sealer: Sealer;
  /** What it has told channels; it outlives the agent. */
  readonly notifier = new MemoryNotifier();
  readonly processes: SimProcessTable;
  #life: Life | undefined;
  /** How often the power came back. */
  #powerUps = 0;
  /** It has been told to stop and has not ended yet. */
  #ending: Life | undefined;

  constructor(options: SimMachineOptions) {
    this.#options = options;
    this.name = options.name;
    const seed = options.random.bytes(32);
    this.signer = createSimSigner(seed);
    this.#sealer = createQuickSealer(seed);
    this.id = this.signer.self;
    this.clock = new MachineClock(options.time, options.random.fork(), options.epochMs);
    const chance = options.random.fork();
    this.disk = new MemoryDisk({
      nowMs: () => options.time.now,
      chance: () => chance.fraction(),
      stall: (durationMs) => {
        this.pause(durationMs);
      },
    });
    this.processes = new SimProcessTable(
      this.clock.forProcesses(),
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

  /** A life that was told to stop has not ended yet. */
  get stopping(): boolean {
    return this.#ending !== undefined;
  }

  /** Its screen says that it was removed, or that the others have not heard of its admission. */
  get saysShutOut(): boolean {
    return this.#life?.peer.view.shutOut !== undefined;
  }

  /** Its database was made anew, and it waits for what the others hold of its own log. */
  get recovering(): boolean {
    const { grantsCompleteSince, meta } = this.disk.tables;
    return grantsCompleteSince > 0 && meta.get(META.recovered) !== String(grantsCompleteSince);
  }

  get paused(): boolean {
    return this.clock.paused;
  }

  /** The agent stands still for a while, as in a long collection of garbage. What arrives meanwhile waits. */
  pause(durationMs: number): void {
    this.clock.pause(durationMs);
  }

  /** The whole machine sleeps: its processes stand still too, and nothing reaches it. */
  sleep(durationMs: number): void {
    const { network, time } = this.#options;
    this.clock.sleep(durationMs);
    network.darken(this.id);
    time.after(durationMs, () => {
      if (!this.clock.asleep && this.#life !== undefined) network.lighten(this.id);
    });
  }

  /** Ends a pause and sleep. */
  wakeUp(): void {
    this.clock.wakeUp();
    if (this.#life !== undefined) this.#options.network.lighten(this.id);
  }

  /** Wall clock less true time, drift aside. */
  get clockOffsetMs(): number {
    return this.clock.offsetMs;
  }

  set clockOffsetMs(offsetMs: number) {
    this.clock.offsetMs = offsetMs;
  }

  wallMs(): number {
    return this.clock.wallMs();
  }

  async boot(): Promise<void> {
    if (this.#life !== undefined || this.#ending !== undefined) throw new Error(`${this.name} runs already`);
    this.clock.wakeUp();
    const { network, time, random, name, labels, slots } = this.#options;
    const transport = new SimTransport(network, this.id, () => !this.paused);
    const store = new MemoryStateStore(this.disk);
    const inline = createInlineHost(this.signer);
    const document = this.#options.document?.(inline) ?? inline;
    const logger = createSimLogger(name, () => time.now, this.#options.trace);
    const life = { alive: true };
    const hold = new CommitHold(this.disk, time, () => life.alive);
    const peer = new HeldPeer(hold, {
      identity: {
        self: this.id,
        name,
        labels,
        version: 'sim',
        facts: factsOf(slots),
        sealingKey: this.#sealer.publicKey,
        bootId: `power-up-${this.#powerUps}`,
        seeds: [],
      },
      ports: {
        clock: this.#clock(life),
        transport: holdTransport(transport, hold),
        store,
        processes: this.processes.runner((act) => {
          hold.run(act);
        }),
        outputs: this.outputs,
        document,
        sealer: this.#sealer,
        notifier: holdNotifier(this.notifier, hold),
        load: createSimLoad(),
        policy: { read: () => this.policy },
        logger,
      },
      random: random.fork(),
      createSigner: createSimSigner,
      signer: this.signer,
      runs: new MemoryRunQueries(this.disk),
    });
    this.#life = Object.assign(life, { peer, transport, document });
    try {
      const started = await peer.start();
      if (!started.ok) throw new Error(started.error.message);
    } catch (fault) {
      if (!(fault instanceof AppErrorException)) throw fault;
      // The disk does not read: the agent says so and ends, and its service manager tries again.
      logger.log('error', 'the agent cannot start', { reason: fault.message });
      this.kill();
      time.after(RESTART_MS, () => {
        if (!this.running && !this.stopping) void this.boot();
      });
    }
  }

  /** SIGKILL of the agent: what it started lives on. */
  kill(): void {
    this.#die((transport) => {
      transport.kill();
    });
    this.processes.agentGone();
    this.disk.interrupt();
  }

  /** The power fails: processes are gone too, and nobody is told. */
  losePower(): void {
    this.#die((transport) => {
      transport.vanish();
    });
    this.#options.network.darken(this.id);
    this.processes.powerLost();
    this.#powerUps += 1;
    this.disk.interrupt();
  }

  /** Ends the agent in order; resolves when it has ended, which needs virtual time. */
  async stop(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    this.#ending = life;
    await life.peer.stop();
    life.alive = false;
    if (this.#ending === life) this.#ending = undefined;
  }

  #die(leave: (transport: SimTransport) => void): void {
    const life = this.#life ?? this.#ending;
    if (life === undefined) return;
    this.#life = undefined;
    this.#ending = undefined;
    life.alive = false;
    leave(life.transport);
    void life.document.stop();
  }

  #clock(life: { alive: boolean }): Clock {
    const clock = createSimClock(this.clock.forAgent(), {
      wallMs: () => this.clock.wallMs(),
      isAlive: () => life.alive,
    });
    // A peer has one thing to do soon: its next turn.
    let usual: (() => void) | undefined;
    let usualSurvived: () => void = () => undefined;
    return {
      ...clock,
      soon: (callback) => {
        if (callback !== usual) {
          usual = callback;
          usualSurvived = () => {
            this.#survive(callback);
          };
        }
        clock.soon(usualSurvived);
      },
    };
  }

  /** Lets the agent do something, in which the power may fail. */
  #survive(act: () => void): void {
    try {
      act();
    } catch (fault) {
      if (!(fault instanceof PowerCut)) throw fault;
      this.losePower();
    }
  }
}

function factsOf(slots: number): MachineFacts {
  return { operatingSystem: 'linux', architecture: 'x64', version: 'sim', timeZoneDataVersion: '', slots };
}
