/**
 * A running peer: the queue of events, the steps, the effects, one timer. Events are taken in batches, so that many
 * that come at once share one durable commit; a batch is bounded by what it weighs, so that nothing waits long.
 */
import { LIMITS } from '../config/constants.ts';
import type { ConflictValue, FacetSignature, Revision } from '../document/document-protocol.ts';
import type { AuditAction } from '../domain/audit-record.ts';
import type { RunId, TaskId } from '../domain/ids.ts';
import type { FacetName } from '../domain/task.ts';
import type { OutputChunk } from '../ports/output-store.ts';
import type { Random } from '../ports/random.ts';
import type { RunQueries } from '../ports/run-queries.ts';
import type { Signer, SignerFactory } from '../ports/signer.ts';
import type { JoinAnswer } from '../protocol/messages.ts';
import { appError, type AppError } from '../std/app-error.ts';
import { BoundedQueue } from '../std/bounded-queue.ts';
import { err, type Result } from '../std/result.ts';
import { type AuditFields, rejectionOf } from './audit-steps.ts';
import type { CommandKind, CommandOf, CommandValues } from './commands.ts';
import { EffectRunner, type PeerPorts } from './effect-runner.ts';
import type { Effect } from './effects.ts';
import { effectWeight, eventWeight } from './event-weight.ts';
import type { PeerEvent } from './events.ts';
import type { PeerHandle } from './peer-handle.ts';
import { type PeerSizes, sizesOf } from './peer-sizes.ts';
import type { PeerChange, PeerView } from './peer-view.ts';
import type { PeerIdentity } from './peer-identity.ts';
import { newPeerState, nextTimerMs, type PeerState, type Turn } from './state.ts';
import { StateView } from './state-view.ts';
import { takeEvent } from './step.ts';

const TIMER: PeerEvent = { type: 'timer' };
const REST_OF_PAGE: PeerEvent = { type: 'rest-of-page' };
/** However many messages wait, timers have their turn. */
const TIMER_EVERY = 16;

export interface PeerOptions {
  readonly identity: PeerIdentity;
  readonly ports: PeerPorts;
  readonly random: Random;
  readonly createSigner: SignerFactory;
  /** This machine's key. */
  readonly signer: Signer;
  readonly runs: RunQueries;
}

/** A turn whose time is set anew for each event, and whose effects for each batch that has some. */
type TimedTurn = Omit<Turn, 'nowMs' | 'wallMs' | 'effects'> & { nowMs: number; wallMs: number; effects: Effect[] };

export class Peer implements PeerHandle {
  readonly view: PeerView;
  readonly runs: RunQueries;
  readonly #state: PeerState;
  readonly #ports: PeerPorts;
  readonly #random: Random;
  readonly #createSigner: SignerFactory;
  readonly #signer: Signer;
  readonly #runner: EffectRunner;
  /** One for all batches: no step keeps its turn. */
  readonly #turn: TimedTurn;
  readonly #queue = new BoundedQueue<PeerEvent>(LIMITS.eventQueue);
  readonly #waiting = new Map<string, (outcome: Result<unknown>) => void>();
  readonly #joins = new Map<string, (answer: JoinAnswer) => void>();
  readonly #listeners = new Set<(change: PeerChange) => void>();
  #requests = 0;
  #scheduled = false;
  /** Monotonic instant for which the clock's timer is set. */
  #armedMs: number | undefined;
  #onStopped: (() => void) | undefined;
  /** To be called when the page that is being taken is done. */
  #pageTaken: (() => void) | undefined;
  #mostWeight = 0;
  #closed = false;

  constructor(options: PeerOptions) {
    this.#ports = options.ports;
    this.#random = options.random;
    this.#createSigner = options.createSigner;
    this.#signer = options.signer;
    this.#state = newPeerState(options.identity);
    this.view = new StateView(this.#state, options.ports.clock);
    this.runs = options.runs;
    this.#runner = new EffectRunner(options.ports, this.#state, {
      enqueue: (event) => {
        this.enqueue(event);
      },
      reply: (requestId, outcome) => {
        this.#settle(requestId, outcome);
      },
      answerJoin: (requestId, answer) => {
        this.#joins.get(requestId)?.(answer);
        this.#joins.delete(requestId);
      },
      tell: (change) => {
        for (const listener of this.#listeners) listener(change);
      },
      stopped: () => this.#onStopped?.(),
    });
    this.#turn = this.#newTurn();
  }

  /** Opens the doors and begins. Resolves when the transport listens; the document opens meanwhile. */
  async start(): Promise<Result<void>> {
    const stored = this.#ports.store.load();
    this.#ports.document.start((event) => {
      this.enqueue({ type: 'document', event });
    });
    const listening = await this.#ports.transport.start(this.#handlers());
    if (!listening.ok) return listening;
    this.enqueue({ type: 'own-addresses', addresses: this.#ports.transport.addresses() });
    this.enqueue({ type: 'start', stored });
    return listening;
  }

  enqueue(event: PeerEvent): void {
    if (this.#closed) return;
    // A full queue drops what its sender repeats anyway; what comes from inside is bounded by what was asked for.
    if (!this.#queue.push(event)) {
      this.#ports.logger.log('error', 'event queue is full', { dropped: event.type });
      if (event.type === 'message') event.taken?.();
      return;
    }
    this.#schedule();
  }

  execute<K extends CommandKind>(command: CommandOf<K>): Promise<Result<CommandValues[K], AppError>> {
    const outcome = this.#request((requestId) => ({ type: 'command', requestId, command }));
    return outcome as Promise<Result<CommandValues[K], AppError>>;
  }

  subscribe(listener: (change: PeerChange) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async readOutput(id: RunId, offset: number, limit: number): Promise<Result<OutputChunk, AppError>> {
    const run = this.view.activeRun(id) ?? (await this.runs.byId(id));
    if (run === undefined) return err(appError('RUN_NOT_FOUND', `no run ${id} is known here`));
    const bounded = Math.min(limit, LIMITS.outputChunkBytes);
    const outcome = this.#request((requestId) => ({
      type: 'read-output',
      requestId,
      run: { id, executor: run.machineId },
      offset,
      limit: bounded,
    }));
    return (await outcome) as Result<OutputChunk, AppError>;
  }

  history(taskId: TaskId, limit: number): Promise<Result<readonly Revision[], AppError>> {
    return this.#askDocument((requestId) => ({ type: 'history', requestId, taskId, limit }));
  }

  signatures(taskId: TaskId): Promise<Result<readonly FacetSignature[], AppError>> {
    return this.#askDocument((requestId) => ({ type: 'vouch', requestId, taskId, detailed: true }));
  }

  conflicts(taskId: TaskId, facet: FacetName): Promise<Result<readonly ConflictValue[], AppError>> {
    return this.#askDocument((requestId) => ({ type: 'conflicts', requestId, taskId, facet }));
  }

  noteAudit(action: AuditAction, fields: AuditFields): void {
    this.enqueue({ type: 'audit', action, fields });
  }

  /** How much is held in memory at this moment, for diagnosis. */
  sizes(): PeerSizes {
    return sizesOf(this.#state, {
      queuedEvents: this.#queue.size,
      waitingRequests: this.#waiting.size,
      waitingJoins: this.#joins.size,
      unstoredWrites: this.#runner.unstoredCount,
      heaviestBatch: this.#mostWeight,
    });
  }

  async stop(): Promise<void> {
    if (this.#closed) return;
    const left = new Promise<void>((resolve) => {
      this.#onStopped = resolve;
    });
    this.enqueue({ type: 'stop' });
    await left;
    this.#closed = true;
    this.#ports.clock.wake(undefined, () => undefined);
    for (const [requestId] of this.#waiting) {
      this.#settle(requestId, err(appError('STOPPING', 'the agent is shutting down')));
    }
    await this.#ports.transport.stop();
    await this.#ports.processes.stop();
    await this.#ports.document.stop();
    await this.runs.close();
    this.#ports.store.close();
  }

  #askDocument<T>(
    command: (requestId: string) => Parameters<PeerPorts['document']['post']>[0],
  ): Promise<Result<T, AppError>> {
    return new Promise((resolve) => {
      const requestId = this.#newRequest(resolve as (outcome: Result<unknown>) => void);
      this.#ports.document.post(command(requestId));
    });
  }

  #request(event: (requestId: string) => PeerEvent): Promise<Result<unknown>> {
    return new Promise((resolve) => {
      if (this.#closed) return resolve(err(appError('STOPPING', 'the agent is shutting down')));
      if (this.#waiting.size >= LIMITS.requestsAtOnce) {
        return resolve(err(appError('BUSY', `${LIMITS.requestsAtOnce} requests wait already`)));
      }
      this.enqueue(event(this.#newRequest(resolve)));
    });
  }

  #newRequest(resolve: (outcome: Result<unknown>) => void): string {
    this.#requests += 1;
    const requestId = `r${this.#requests}`;
    this.#waiting.set(requestId, resolve);
    return requestId;
  }

  #settle(requestId: string, outcome: Result<unknown>): void {
    const resolve = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    resolve?.(outcome);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#ports.clock.soon(this.#onTurn);
  }

  readonly #onTurn = (): void => {
    this.#scheduled = false;
    this.#drain();
  };

  readonly #onWake = (): void => {
    this.#armedMs = undefined;
    this.#schedule();
  };

  #drain(): void {
    if (this.#closed) return;
    const { clock } = this.#ports;
    let monotonicMs = clock.monotonicMs();
    const turn = this.#turn;
    // Most batches ask for nothing, and leave the list as it was.
    if (turn.effects.length > 0) turn.effects = [];
    const { effects } = turn;
    let weight = 0;
    for (let count = 0; weight < LIMITS.batchWeight; count += 1) {
      turn.nowMs = Math.floor(monotonicMs);
      const event = this.#nextEvent(count, turn.nowMs);
      if (event === undefined) break;
      turn.wallMs = Math.round(clock.wallMs());
      const before = effects.length;
      takeEvent(turn, event);
      this.#settleTaken(event);
      weight += eventWeight(event);
      for (let index = before; index < effects.length; index += 1) weight += effectWeight(effects[index] as Effect);
      // As a rule nothing else waits: then the time need not be asked for.
      if (!this.#isAnythingLeft(turn.nowMs)) break;
      monotonicMs = clock.monotonicMs();
    }
    this.#mostWeight = Math.max(this.#mostWeight, weight);
    this.#runner.run(effects);
    this.#runner.retry(monotonicMs);
    this.#arm();
  }

  #newTurn(): TimedTurn {
    return {
      state: this.#state,
      nowMs: 0,
      wallMs: 0,
      random: this.#random,
      createSigner: this.#createSigner,
      signer: this.#signer,
      history: this.#runner,
      effects: [],
    };
  }

  #isAnythingLeft(nowMs: number): boolean {
    return this.#queue.size > 0 || this.#state.intake !== undefined || this.#dueTimer(nowMs) !== undefined;
  }

  /** Timers now and then, however much waits; then the rest of a page, before anything that was said after it. */
  #nextEvent(count: number, nowMs: number): PeerEvent | undefined {
    const timer = count % TIMER_EVERY === 0 ? this.#dueTimer(nowMs) : undefined;
    if (timer !== undefined) return timer;
    if (this.#state.intake !== undefined) return REST_OF_PAGE;
    return this.#queue.shift() ?? this.#dueTimer(nowMs);
  }

  /** A page is lent until its last slice is done. */
  #settleTaken(event: PeerEvent): void {
    switch (event.type) {
      case 'message':
        return this.#settlePage(event.taken);
      case 'rest-of-page':
        return this.#settlePage(this.#pageTaken);
      default:
    }
  }

  #settlePage(taken: (() => void) | undefined): void {
    const isWhole = this.#state.intake === undefined;
    this.#pageTaken = isWhole ? undefined : taken;
    if (isWhole) taken?.();
  }

  #dueTimer(nowMs: number): PeerEvent | undefined {
    const next = nextTimerMs(this.#state);
    return next !== undefined && next <= nowMs ? TIMER : undefined;
  }

  #arm(): void {
    if (this.#queue.size > 0 || this.#state.intake !== undefined) return this.#schedule();
    const next = nextTimerMs(this.#state);
    const retry = this.#runner.retryAtMs;
    const at = next === undefined ? retry : retry === undefined ? next : Math.min(next, retry);
    // Most batches change nothing about what is next, and setting a timer anew costs more than most batches do.
    if (at === this.#armedMs) return;
    this.#armedMs = at;
    this.#ports.clock.wake(at, this.#onWake);
  }

  #handlers(): Parameters<PeerPorts['transport']['start']>[0] {
    return {
      connected: (machine, addresses) => {
        this.enqueue({ type: 'connected', machine, addresses });
      },
      disconnected: (machine, broken) => {
        this.enqueue({ type: 'disconnected', machine, broken });
      },
      message: (from, message, taken) => {
        this.enqueue({ type: 'message', from, message, taken });
      },
      heartbeat: (heartbeat) => {
        this.enqueue({ type: 'heartbeat', heartbeat });
      },
      discovered: (machine, addresses) => {
        this.enqueue({ type: 'discovered', machine, addresses });
      },
      dialFailed: (machine, refused) => {
        this.enqueue({ type: 'dial-failed', machine, refused });
      },
      joinRequest: (from, request, remoteAddress) =>
        new Promise((resolve) => {
          this.#requests += 1;
          const requestId = `j${this.#requests}`;
          this.#joins.set(requestId, resolve);
          this.enqueue({ type: 'join-request', requestId, from, request, remoteAddress });
        }),
      rejected: (from, reason) => {
        this.noteAudit(rejectionOf(reason), { by: from, subject: from, detail: reason });
      },
      strangerRefused: (machine, remoteAddress, detail, source) => {
        this.noteAudit('stranger-refused', { by: machine, subject: remoteAddress, detail, source });
      },
      offence: (from, reason) => {
        this.enqueue({ type: 'offence', from, reason });
      },
    };
  }
}
