/** A whole cluster in virtual time, formed by real invitations and joins. */
import type { MachineId, TaskId } from '../../core/domain/ids.ts';
import type { Role } from '../../core/domain/machine.ts';
import type { Run } from '../../core/domain/run.ts';
import { type TaskDefinition, taskDefinitionSchema } from '../../core/domain/task.ts';
import type { CommandKind, CommandOf, CommandValues } from '../../core/peer/commands.ts';
import type { DocumentHost } from '../../core/ports/document-host.ts';
import type { LaunchSpec } from '../../core/ports/process-runner.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimMachine } from './sim-machine.ts';
import { SimNetwork } from './sim-network.ts';
import type { ProgramBehaviour, RealStart } from './sim-processes.ts';
import { VirtualTime } from './virtual-time.ts';

export interface SimClusterOptions {
  readonly machines: number;
  /** How many of them form the cluster; the others run and belong to none. By default all. */
  readonly founders?: number;
  readonly seed?: number;
  /** What a machine is when it joins; by default admin, editor and executor. */
  readonly roles?: (index: number) => readonly Role[];
  readonly slots?: number;
  /** Wall clock at the start of the simulation, epoch milliseconds. */
  readonly epochMs?: number;
  /** What simulated programs do; by default they take 50 ms and succeed. */
  readonly behaviour?: (spec: LaunchSpec) => ProgramBehaviour;
  /** What stands between each agent and its document; by default nothing. */
  readonly document?: (host: DocumentHost) => DocumentHost;
  readonly trace?: (line: string) => void;
}

/** Wall clock at the start of the simulation, unless it is told another. */
export const EPOCH_MS = Date.UTC(2026, 5, 1, 12, 0, 0);

/** In virtual time: voters are admitted one after the other. */
const FORM_MAX_MS = 30_000;
const FORM_MAX_MACHINE_MS = 2000;
/** One machine invites no more than this: invitations count until they expire. */
const INVITED_BY_ONE = 24;

export class SimCluster {
  readonly time = new VirtualTime();
  readonly random: SeededRandom;
  readonly network: SimNetwork;
  readonly machines: SimMachine[];
  /** Every process that was really started, on any machine. */
  readonly starts: RealStart[] = [];
  /** Wall clock at the start of the simulation, epoch milliseconds. */
  readonly epochMs: number;
  /** Is called before each stretch of time; it may look, and must change nothing. */
  onStep: (() => void) | undefined;

  readonly #founders: number;
  readonly #roles: (index: number) => readonly Role[];

  constructor(options: SimClusterOptions) {
    this.#founders = options.founders ?? options.machines;
    this.#roles = options.roles ?? (() => ['admin', 'editor', 'executor']);
    this.epochMs = options.epochMs ?? EPOCH_MS;
    this.random = new SeededRandom(options.seed ?? 1);
    this.network = new SimNetwork(this.time, this.random.fork());
    this.machines = Array.from(
      { length: options.machines },
      (_, index) =>
        new SimMachine({
          name: `m${index}`,
          time: this.time,
          network: this.network,
          random: this.random.fork(),
          epochMs: this.epochMs,
          labels: { name: `m${index}`, rack: index % 2 === 0 ? 'left' : 'right' },
          starts: this.starts,
          behaviour: options.behaviour ?? (() => ({ durationMs: 50, exitCode: 0 })),
          slots: options.slots ?? 16,
          trace: options.trace,
          document: options.document,
        }),
    );
  }

  machine(index: number): SimMachine {
    const machine = this.machines[index];
    if (machine === undefined) throw new Error(`no machine ${index}`);
    return machine;
  }

  byId(id: MachineId): SimMachine {
    const machine = this.machines.find((other) => other.id === id);
    if (machine === undefined) throw new Error(`no machine ${id}`);
    return machine;
  }

  /** Boots all machines, creates a cluster on the first and lets the others join. */
  async form(): Promise<void> {
    for (const machine of this.machines) await machine.boot();
    await this.run(100);
    await this.command(0, { kind: 'create-cluster', name: 'lab' });
    for (let index = 1; index < this.#founders; index += 1) await this.join(index, inviterOf(index));
    await this.run(5000);
    const maxMs = FORM_MAX_MS + this.#founders * FORM_MAX_MACHINE_MS;
    for (let waited = 0; waited < maxMs && !this.allVote(); waited += 100) await this.run(100);
    if (!this.allVote()) throw new Error('not every machine has become a voter');
    for (const machine of this.machines.slice(0, this.#founders)) {
      if (machine.peer.view.phase !== 'active') throw new Error(`${machine.name} is ${machine.peer.view.phase}`);
    }
  }

  /** Lets a machine join by an invitation of another. */
  async join(index: number, inviter: number): Promise<void> {
    const roles = this.#roles(index);
    const { token } = await this.command(inviter, { kind: 'invite', roles, expiresMs: 60_000 });
    await this.command(index, { kind: 'join', token });
  }

  /** True when so many machines (by default the founders) know each other, and all executors among them as voters. */
  allVote(count: number = this.#founders): boolean {
    return this.machines.slice(0, count).every((machine) => {
      const known = machine.peer.view.machines();
      return known.length === count && known.every(({ entry }) => entry.voter || !entry.roles.includes('executor'));
    });
  }

  /** Stops every agent in order, as people do in the evening. */
  async stopAll(): Promise<void> {
    const stopping = this.machines.map((machine) => machine.stop());
    await this.run(100);
    await Promise.all(stopping);
  }

  /** Lets virtual time pass. */
  async run(durationMs: number): Promise<void> {
    this.onStep?.();
    await this.time.runUntil(this.time.now + durationMs);
  }

  /** The same for whoever has promised nothing; there is nothing to await, as a rule, and that costs less. */
  runFreely(durationMs: number): Promise<void> | undefined {
    this.onStep?.();
    const until = this.time.now + durationMs;
    return this.time.runFreely(until) ? undefined : this.time.goOnUntil(until);
  }

  /** Carries out a command on a machine and expects it to be accepted. */
  async command<K extends CommandKind>(index: number, command: CommandOf<K>): Promise<CommandValues[K]> {
    const outcome = this.machine(index).peer.execute<K>(command);
    await this.run(200);
    const result = await outcome;
    if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
    return result.value;
  }

  async put(index: number, ...definitions: TaskDefinition[]): Promise<void> {
    await this.command(index, { kind: 'put-tasks', mode: 'upsert', definitions });
  }

  ownerOf(task: TaskDefinition, seenBy = 0): SimMachine {
    const owner = this.machine(seenBy).peer.view.placement(task.id)?.owner;
    if (owner === undefined) throw new Error(`${task.id} has no owner`);
    return this.byId(owner);
  }

  startsOf(task: TaskDefinition): RealStart[] {
    return this.starts.filter((start) => start.taskId === task.id);
  }

  /** All runs that a machine knows, newest first. */
  async runs(index: number, task?: TaskDefinition): Promise<readonly Run[]> {
    const filter = task === undefined ? {} : { taskId: task.id };
    const page = await this.machine(index).peer.runs.page(filter, 5000, undefined);
    return page.runs;
  }
}

/** The first machine, and once it has invited many, one of those that joined first. */
function inviterOf(index: number): number {
  return Math.floor((index - 1) / INVITED_BY_ONE);
}

/** A task with defaults: a command, due by `cron` (seconds first) or by hand. */
export function simTask(id: string, cron: string | undefined, over: Record<string, unknown> = {}): TaskDefinition {
  return taskDefinitionSchema.parse({
    id: id as TaskId,
    about: { name: id },
    schedule: { triggers: cron === undefined ? [] : [{ kind: 'cron', expression: cron }] },
    action: { type: 'command', argv: ['true'] },
    placement: {},
    policy: {},
    ...over,
  });
}
