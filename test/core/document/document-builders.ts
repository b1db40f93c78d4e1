/** Builders for tests of the document: task definitions, machines with real keys, and a view folded from deltas. */
import { createSigner } from '../../../core/adapters/keys/ed25519.ts';
import type {
  ClusterSettings,
  DocumentCommand,
  DocumentEdit,
  DocumentEvent,
  ProjectionDelta,
  SealedChange,
} from '../../../core/document/document-protocol.ts';
import { DocumentMachine } from '../../../core/document/document-machine.ts';
import type { MachineId, TaskId } from '../../../core/domain/ids.ts';
import { clusterIdOf } from '../../../core/domain/ids.ts';
import { type RosterEntry, rosterEntrySchema } from '../../../core/domain/machine.ts';
import { type Task, type TaskDefinition, taskDefinitionSchema } from '../../../core/domain/task.ts';
import type { Signer } from '../../../core/ports/signer.ts';
import { InvariantError } from '../../../core/std/assert.ts';

export const START = Date.UTC(2026, 0, 5, 12);

export type EventOf<Type extends DocumentEvent['type']> = Extract<DocumentEvent, { type: Type }>;

/** Any 32 bytes are a seed; these are machine number `index`'s. */
export function seedOf(index: number): Uint8Array {
  return new Uint8Array(32).fill(index + 1);
}

export function actorOf(index: number): string {
  return (index + 1).toString(16).padStart(2, '0').repeat(16);
}

/** A complete task definition; `changes` are put over the facets. */
export function definition(id: string, changes: Partial<Record<keyof TaskDefinition, object>> = {}): TaskDefinition {
  return taskDefinitionSchema.parse({
    id,
    about: { name: id, ...changes.about },
    schedule: { triggers: [{ kind: 'cron', expression: '0 3 * * *' }], ...changes.schedule },
    action: { type: 'command', argv: ['/bin/true'], ...changes.action },
    placement: { ...changes.placement },
    policy: { ...changes.policy },
  });
}

export function taskId(id: string): TaskId {
  return id as TaskId;
}

export function putTask(task: TaskDefinition, mode: 'create' | 'upsert' = 'upsert'): DocumentEdit {
  return { kind: 'put-task', definition: task, mode };
}

export function rosterEntry(id: MachineId, changes: Partial<RosterEntry> = {}): RosterEntry {
  return rosterEntrySchema.parse({ id, name: 'machine', roles: ['admin'], addedBy: id, addedAt: START, ...changes });
}

export function clusterSettings(root: MachineId): ClusterSettings {
  return { id: clusterIdOf(root), name: 'Home', root, createdAt: START };
}

/** The plain view, as a peer would hold it. */
export class View {
  readonly tasks = new Map<TaskId, Task>();
  readonly machines = new Map<MachineId, RosterEntry>();
  readonly unreadable = new Map<TaskId, string>();
  cluster: ClusterSettings | undefined;

  take(delta: ProjectionDelta): void {
    for (const task of delta.tasks) {
      this.tasks.set(task.id, task);
      this.unreadable.delete(task.id);
    }
    for (const id of delta.deletedTasks) this.tasks.delete(id);
    for (const { id, facet, reason } of delta.unreadableTasks ?? []) this.unreadable.set(id, `${facet}: ${reason}`);
    for (const machine of delta.machines) this.machines.set(machine.id, machine);
    if (delta.cluster !== undefined) this.cluster = delta.cluster;
  }

  /** Everything, in an order that depends on nothing. */
  plain(): unknown {
    const byKey = (a: readonly [string, unknown], b: readonly [string, unknown]): number => (a[0] < b[0] ? -1 : 1);
    return {
      tasks: [...this.tasks].sort(byKey),
      machines: [...this.machines].sort(byKey),
      cluster: this.cluster,
    };
  }
}

/** One machine's document with its key, its view and the changes that it made or took in. */
export class Bench {
  readonly signer: Signer;
  readonly actor: string;
  readonly stored: SealedChange[] = [];
  view = new View();
  digest = '';
  vector: Readonly<Record<string, number>> = {};
  #machine: DocumentMachine;
  #at = START;
  #requests = 0;

  constructor(index: number, actor = actorOf(index)) {
    this.signer = createSigner(seedOf(index));
    this.actor = actor;
    this.#machine = new DocumentMachine(this.signer);
  }

  get self(): MachineId {
    return this.signer.self;
  }

  run(command: DocumentCommand): DocumentEvent[] {
    const events = [...this.#machine.handle(command)];
    for (const event of events) {
      if (event.type === 'projected' || event.type === 'changed') this.view.take(event.delta);
      if (event.type === 'changed') this.stored.push(...event.changes);
      if (event.type === 'changed' || event.type === 'opened') {
        this.digest = event.digest;
        this.vector = event.vector;
      }
    }
    return events;
  }

  open(snapshot?: Uint8Array, changes: readonly SealedChange[] = []): DocumentEvent[] {
    this.view = new View();
    this.#machine = new DocumentMachine(this.signer);
    return this.run({ type: 'open', self: this.self, actor: this.actor, snapshot, changes });
  }

  /** Edits; the clock goes on by a second each time. */
  edit(...edits: DocumentEdit[]): DocumentEvent[] {
    this.#at += 1000;
    this.#requests += 1;
    return this.run({ type: 'edit', requestId: `request-${this.#requests}`, edits, at: this.#at });
  }

  /** Edits, and hands back the sealed changes. */
  make(...edits: DocumentEdit[]): readonly SealedChange[] {
    return only(this.edit(...edits), 'changed').changes;
  }

  receive(from: MachineId, changes: readonly SealedChange[]): DocumentEvent[] {
    return this.run({ type: 'receive', from, changes });
  }

  snapshot(): Uint8Array {
    return only(this.run({ type: 'snapshot' }), 'snapshot').bytes;
  }

  task(id: string): Task {
    const task = this.view.tasks.get(taskId(id));
    if (task === undefined) throw new InvariantError(`the view has a task ${id}`);
    return task;
  }
}

/** An opened machine. */
export function openBench(index: number): Bench {
  const bench = new Bench(index);
  bench.open();
  return bench;
}

/** The single event of a type. */
export function only<Type extends DocumentEvent['type']>(events: readonly DocumentEvent[], type: Type): EventOf<Type> {
  const found = events.filter((event): event is EventOf<Type> => event.type === type);
  const [first] = found;
  if (first === undefined || found.length !== 1) {
    throw new InvariantError(`one event ${type}, got ${JSON.stringify(events.map((event) => event.type))}`);
  }
  return first;
}

/** Brings two machines to the same document. */
export function synchronise(a: Bench, b: Bench): void {
  b.receive(a.self, a.stored);
  a.receive(b.self, b.stored);
}
