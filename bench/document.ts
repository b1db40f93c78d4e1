/**
 * How quick is the document? Opening, editing and merging at 1,000 and 10,000 tasks on the document's own thread, and how
 * long the main loop stands still meanwhile. Beside each stands the floor: parsing the same tasks from JSON, and the
 * same work by Automerge alone.
 */
import * as Automerge from '@automerge/automerge';
import { createWorkerHost } from '../core/adapters/document/worker-host.ts';
import { createSigner } from '../core/adapters/keys/ed25519.ts';
import { DOCUMENT, LIMITS } from '../core/config/constants.ts';
import { DocumentMachine } from '../core/document/document-machine.ts';
import type { DocumentCommand, DocumentEdit, DocumentEvent, SealedChange } from '../core/document/document-protocol.ts';
import { createGenesis } from '../core/document/schema.ts';
import { decodeSnapshot } from '../core/document/snapshot.ts';
import { clusterIdOf } from '../core/domain/ids.ts';
import { rosterEntrySchema } from '../core/domain/machine.ts';
import { type TaskDefinition, taskDefinitionSchema } from '../core/domain/task.ts';
import type { DocumentHost } from '../core/ports/document-host.ts';
import { certificateText } from '../core/security/authorization.ts';
import { toBase64Url } from '../core/security/base64url.ts';
import { assert } from '../core/std/assert.ts';

type EventOf<Type extends DocumentEvent['type']> = Extract<DocumentEvent, { type: Type }>;

const SIZES = [1000, 10_000];
const EDITS = 100;
const ACTORS = ['11'.repeat(16), '22'.repeat(16)] as const;
const SEEDS = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;
const AT = Date.UTC(2026, 0, 5);
/** The root key of the cluster, which both machines are editors of. */
const ROOT = createSigner(new Uint8Array(32).fill(3));

/** Runs the benchmark. @returns milliseconds by size and question. */
export async function run(): Promise<object> {
  const results: Record<string, object> = {};
  for (const size of SIZES) results[`tasks${size}`] = await measure(size);
  return results;
}

async function measure(size: number): Promise<object> {
  const tasks = Array.from({ length: size }, (_, index) => definitionOf(index, 'first'));
  const author = new DocumentMachine(createSigner(SEEDS[1]));
  const open: DocumentCommand = { type: 'open', self: selfOf(1), actor: ACTORS[1], snapshot: undefined, changes: [] };
  Array.from(author.handle(open));
  const changes: SealedChange[] = foundingEdits().flatMap((edits) => edit(author, edits));
  for (let start = 0; start < size; start += LIMITS.operationsPerEdit) {
    changes.push(...edit(author, tasks.slice(start, start + LIMITS.operationsPerEdit).map(putTask)));
  }
  const [saved] = [...author.handle({ type: 'snapshot' })];
  assert(saved?.type === 'snapshot', 'a snapshot was made');
  return {
    snapshotBytes: saved.bytes.length,
    floor: floorOf(tasks, saved.bytes, changes),
    open: await measureOpen(saved.bytes),
    edit: await measureEdits(saved.bytes),
    merge: await measureMerge(size, changes),
  };
}

/** The same data without us. */
function floorOf(tasks: readonly TaskDefinition[], snapshot: Uint8Array, changes: readonly SealedChange[]): object {
  const text = JSON.stringify(tasks);
  const opened = decodeSnapshot(snapshot, ACTORS[0]);
  assert(opened.ok, 'the snapshot is sound');
  const bytes = opened.value.replica.save();
  let document = Automerge.load<Record<string, Record<string, unknown>>>(bytes, { actor: ACTORS[0] });
  const editOnce = (index: number): void => {
    document = Automerge.change(document, { time: 0 }, (draft) => {
      const bucket = draft['b00'];
      if (bucket !== undefined) bucket['raw/about'] = new Automerge.ImmutableString(`value ${index}`);
    });
  };
  return {
    jsonParseMs: timed(() => JSON.parse(text) as unknown),
    automergeLoadMs: timed(() => Automerge.load(bytes)),
    automergeEditMs: timed(() => Array.from({ length: EDITS }, (_, index) => editOnce(index))) / EDITS,
    automergeApplyMs: timed(() =>
      Automerge.applyChanges(
        createGenesis(ACTORS[0]),
        changes.map(({ bytes: change }) => change),
      ),
    ),
  };
}

async function measureOpen(snapshot: Uint8Array): Promise<object> {
  return withHost(async (client) => {
    const pause = watchLoop();
    const started = performance.now();
    client.open(snapshot);
    await client.next('opened');
    return { totalMs: performance.now() - started, ...pause.stop() };
  });
}

/** One edit after the other: what each costs this thread, and how long its answer takes. */
async function measureEdits(snapshot: Uint8Array): Promise<object> {
  return withHost(async (client) => {
    client.open(snapshot);
    await client.next('opened');
    const answerMs: number[] = [];
    let mainLoopMs = 0;
    for (let index = 0; index < EDITS; index += 1) {
      const before = process.threadCpuUsage();
      const started = performance.now();
      client.post({
        type: 'edit',
        requestId: `e${index}`,
        edits: [putTask(definitionOf(index, `edit ${index}`))],
        at: AT,
      });
      await client.next('changed');
      answerMs.push(performance.now() - started);
      const used = process.threadCpuUsage(before);
      mainLoopMs += (used.user + used.system) / 1000;
    }
    answerMs.sort((a, b) => a - b);
    return { answerP50Ms: answerMs[EDITS / 2], answerP99Ms: answerMs[EDITS - 1], mainLoopMs: mainLoopMs / EDITS };
  });
}

/** A machine that has nothing gets everything, in messages as peers send them. */
async function measureMerge(size: number, changes: readonly SealedChange[]): Promise<object> {
  return withHost(async (client) => {
    client.open(undefined);
    await client.next('opened');
    const pause = watchLoop();
    const started = performance.now();
    for (const change of changes) client.post({ type: 'receive', from: selfOf(1), changes: [change] });
    await client.until(() => client.tasksSeen >= size);
    return { totalMs: performance.now() - started, ...pause.stop() };
  });
}

/** A host on its own thread, and what it says. */
class Client {
  tasksSeen = 0;
  readonly #host: DocumentHost = createWorkerHost(SEEDS[0]);
  #events: DocumentEvent[] = [];
  #wake: () => void = () => undefined;

  constructor() {
    this.#host.start((event) => {
      if (event.type === 'projected' || event.type === 'changed') this.tasksSeen += event.delta.tasks.length;
      if (event.type !== 'projected') this.#events.push(event);
      this.#wake();
    });
  }

  post(command: DocumentCommand): void {
    this.#host.post(command);
  }

  open(snapshot: Uint8Array | undefined): void {
    this.post({ type: 'open', self: selfOf(0), actor: ACTORS[0], snapshot, changes: [] });
  }

  /** Takes the next event of a type; those before it are dropped. */
  async next<Type extends DocumentEvent['type']>(type: Type): Promise<EventOf<Type>> {
    await this.until(() => this.#events.some((event) => event.type === type));
    const index = this.#events.findIndex((event) => event.type === type);
    const event = this.#events[index] as EventOf<Type>;
    this.#events = this.#events.slice(index + 1);
    return event;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  stop(): Promise<void> {
    return this.#host.stop();
  }
}

async function withHost(work: (client: Client) => Promise<object>): Promise<object> {
  const client = new Client();
  // The thread's start is not what is asked about: it is ready when it refuses.
  client.post({ type: 'edit', requestId: 'ready', edits: [], at: AT });
  await client.next('refused');
  try {
    return await work(client);
  } finally {
    await client.stop();
  }
}

/**
 * The longest time between two turns of this thread's loop, by the wall clock and by what this thread computed in it (the
 * rest is other processes on the same machine). A timer every 5 ms, so idle is 5 at least.
 */
function watchLoop(): { stop(): { longestPauseMs: number; longestTurnCpuMs: number } } {
  let longestPauseMs = 0;
  let longestTurnCpuMs = 0;
  let last = performance.now();
  let cpu = process.threadCpuUsage();
  const turn = (): void => {
    const now = performance.now();
    const used = process.threadCpuUsage(cpu);
    longestPauseMs = Math.max(longestPauseMs, now - last);
    longestTurnCpuMs = Math.max(longestTurnCpuMs, (used.user + used.system) / 1000);
    last = now;
    cpu = process.threadCpuUsage();
  };
  const timer = setInterval(turn, 5);
  return {
    stop: () => {
      clearInterval(timer);
      turn();
      return { longestPauseMs, longestTurnCpuMs };
    },
  };
}

/** A cluster of both machines: made, then joined. */
function foundingEdits(): DocumentEdit[][] {
  const id = clusterIdOf(ROOT.self);
  const founder = selfOf(1);
  const certificate = toBase64Url(ROOT.sign(certificateText(id, founder)));
  const entry = { name: 'bench', roles: ['admin', 'editor'], addedBy: founder, addedAt: AT };
  const settings = { id, name: 'bench', root: ROOT.self, createdAt: AT };
  return [
    [
      { kind: 'create-cluster', settings },
      { kind: 'put-machine', entry: rosterEntrySchema.parse({ ...entry, id: founder, certificate }) },
    ],
    [{ kind: 'put-machine', entry: rosterEntrySchema.parse({ ...entry, id: selfOf(0) }) }],
  ];
}

function edit(machine: DocumentMachine, edits: readonly DocumentEdit[]): readonly SealedChange[] {
  const [changed] = [...machine.handle({ type: 'edit', requestId: 'e', edits, at: AT })];
  assert(changed?.type === 'changed', 'an edit makes changes');
  return changed.changes;
}

function putTask(definition: TaskDefinition): DocumentEdit {
  return { kind: 'put-task', definition, mode: 'upsert' };
}

function definitionOf(index: number, name: string): TaskDefinition {
  return taskDefinitionSchema.parse({
    id: `task-${index}`,
    about: { name: `${name} ${index}`, tags: ['bench'] },
    schedule: {
      triggers: [{ kind: 'cron', expression: `${index % 60} ${index % 24} * * *` }],
      timeZone: 'Europe/Berlin',
    },
    action: { type: 'command', argv: ['/bin/echo', String(index)] },
    placement: {},
    policy: {},
  });
}

function selfOf(index: 0 | 1): ReturnType<typeof createSigner>['self'] {
  return createSigner(SEEDS[index]).self;
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

assert(DOCUMENT.tasksPerSlice < Math.min(...SIZES), 'every size comes in several slices');
