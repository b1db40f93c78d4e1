/**
 * Builders for tests of the document: task definitions, machines with real keys, and a view folded from deltas. All
 * machines are of one cluster: a founder, certified by the root key, has admitted machines 0 to 9 with every role.
 */
import { decodeChange } from '@automerge/automerge';
import { createSigner } from '../../../core/adapters/keys/ed25519.ts';
import { lastOperation } from '../../../core/document/actor-ledger.ts';
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
import { certificateText } from '../../../core/security/authorization.ts';
import { toBase64Url } from '../../../core/security/base64url.ts';
import { InvariantError } from '../../../core/std/assert.ts';

export const START = Date.UTC(2026, 0, 5, 12);

export type EventOf<Type extends DocumentEvent['type']> = Extract<DocumentEvent, { type: Type }>;

/** The last operation and the newest change of what every document here begins with. */
export function foundingEnd(): { readonly operation: number; readonly hash: string } {
  const { bytes, hash } = founding().at(-1) as SealedChange;
  return { operation: lastOperation(decodeChange(bytes)), hash };
}

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

/** The root key of every cluster here; no machine's. */
export const ROOT = createSigner(seedOf(200));
export const CLUSTER = clusterIdOf(ROOT.self);
/** Index of the machine that founds. */
export const FOUNDER = 90;
const ADMITTED = 10;

export function clusterSettings(root = ROOT.self): ClusterSettings {
  return { id: clusterIdOf(root), name: 'Home', root, createdAt: START };
}

/** The root key's word that a machine is an admin. */
export function certificateFor(machine: MachineId, root = ROOT): string {
  return toBase64Url(root.sign(certificateText(clusterIdOf(root.self), machine)));
}

/** The edits that make a cluster, as its founder makes them. */
export function foundingEdits(founder: MachineId, root = ROOT): DocumentEdit[] {
  const entry = rosterEntry(founder, {
    name: 'founder',
    roles: ['admin', 'editor', 'executor'],
    certificate: certificateFor(founder, root),
  });
  return [
    { kind: 'create-cluster', settings: clusterSettings(root.self) },
    { kind: 'put-machine', entry },
  ];
}

let foundingChanges: readonly SealedChange[] | undefined;

/** The changes with which every document here begins. */
export function founding(): readonly SealedChange[] {
  if (foundingChanges !== undefined) return foundingChanges;
  const founder = new Bench(FOUNDER);
  founder.openBlank();
  founder.edit(...foundingEdits(founder.self));
  const newcomers = Array.from({ length: ADMITTED }, (_, index) => new Bench(index).self);
  founder.edit(
    ...newcomers.map((id, index): DocumentEdit => {
      const roles: RosterEntry['roles'] = ['admin', 'editor', 'executor'];
      return { kind: 'put-machine', entry: rosterEntry(id, { name: `m${index}`, roles, addedBy: founder.self }) };
    }),
  );
  foundingChanges = [...founder.stored];
  return foundingChanges;
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

  /** Opens the document of the cluster, with some changes beside those that made it. */
  open(snapshot?: Uint8Array, changes: readonly SealedChange[] = []): DocumentEvent[] {
    return this.#open(snapshot, [...founding(), ...changes]);
  }

  /** Opens a document that belongs to no cluster yet. */
  openBlank(): DocumentEvent[] {
    return this.#open(undefined, []);
  }

  #open(snapshot: Uint8Array | undefined, changes: readonly SealedChange[]): DocumentEvent[] {
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
