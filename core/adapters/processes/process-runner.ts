/**
 * The process runner of a real machine: keeps account of the runs that were asked for, and sees to it that each gets
 * exactly one final event, whichever of agent and launcher died in between.
 *
 *   asked for ──► sent ──► started ──► ended | not-started
 *                   └─────────┴──► (its launcher is gone) as its folder tells, else vanished
 */
import { resolve } from 'node:path';
import { PROCESSES } from '../../config/processes.ts';
import type { RunId } from '../../domain/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { LaunchSpec, ProcessEvent, ProcessRunner } from '../../ports/process-runner.ts';
import { assert } from '../../std/assert.ts';
import { BoundedQueue } from '../../std/bounded-queue.ts';
import { LauncherClient } from './launcher-client.ts';
import { encodeMessage, type AgentMessage, type LauncherMessage, type LaunchMessage } from './launcher-protocol.ts';
import { settleLostRun } from './lost-run.ts';

export interface ProcessRunnerOptions {
  /** Run folders and the launcher's own files are made in it. */
  readonly dataFolder: string;
  readonly logger: Logger;
}

/** What is known here of a run without a final event. */
interface TrackedRun {
  /** `waiting` has not been sent to any launcher; `inherited` was, by an earlier life of the agent. */
  stage: 'waiting' | 'sent' | 'inherited' | 'settling';
  started: boolean;
}

export function createProcessRunner(options: ProcessRunnerOptions): ProcessRunner {
  return new LauncherProcessRunner(options);
}

class LauncherProcessRunner implements ProcessRunner {
  readonly #dataFolder: string;
  readonly #logger: Logger;
  readonly #client: LauncherClient;
  readonly #runs = new Map<RunId, TrackedRun>();
  #waiting = new BoundedQueue<AgentMessage>(PROCESSES.pendingRequests);
  #onEvent: ((event: ProcessEvent) => void) | undefined;
  #stopped = false;
  #whenFirst: (() => void) | undefined;

  constructor({ dataFolder, logger }: ProcessRunnerOptions) {
    this.#dataFolder = resolve(dataFolder);
    this.#logger = logger;
    this.#client = new LauncherClient(this.#dataFolder, logger, {
      onHello: (hello) => void this.#onHello(hello),
      onEvent: (message) => this.#emit(message.event),
      onBroken: () => logger.log('warn', 'the connection to the launcher broke'),
      onUnavailable: (reason) => this.#onUnavailable(reason),
    });
  }

  async start(onEvent: (event: ProcessEvent) => void, unfinished: readonly RunId[]): Promise<void> {
    assert(this.#onEvent === undefined, 'a process runner is started once');
    this.#onEvent = onEvent;
    for (const runId of unfinished) this.#runs.set(runId, { stage: 'inherited', started: false });
    const first = new Promise<void>((whenFirst) => (this.#whenFirst = whenFirst));
    this.#client.open();
    await first;
  }

  launch(spec: LaunchSpec): void {
    if (this.#runs.has(spec.runId)) return;
    const message: AgentMessage = { type: 'launch', spec: messageOf(spec) };
    const run: TrackedRun = { stage: 'sent', started: false };
    this.#runs.set(spec.runId, run);
    if (encodeMessage(message).length > PROCESSES.messageBytes / 4) {
      return this.#refuse(
        spec.runId,
        'ARGUMENTS_TOO_LONG',
        'the arguments, input and environment of the run are too long',
      );
    }
    if (this.#client.send(message)) return;
    run.stage = 'waiting';
    if (this.#waiting.push(message)) return;
    this.#refuse(spec.runId, 'LAUNCHER_UNAVAILABLE', 'too many runs wait for the launcher');
  }

  terminate(runId: RunId, graceMs: number): void {
    if (!this.#runs.has(runId)) return;
    const message: AgentMessage = { type: 'terminate', runId, graceMs };
    if (this.#client.send(message) || this.#waiting.push(message)) return;
    this.#logger.log('error', 'a run could not be cancelled: too much waits for the launcher', { runId });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#whenFirst?.();
    await this.#client.close();
  }

  /** A launcher answers: what it does not hold of what was sent is settled, then what waited is sent. */
  async #onHello(hello: LauncherMessage & { type: 'hello' }): Promise<void> {
    const held = new Map(hello.runs.map((run) => [run.runId, run]));
    const lost: RunId[] = [];
    for (const [runId, run] of this.#runs) {
      if (run.stage === 'waiting' || run.stage === 'settling') continue;
      const found = held.get(runId);
      if (found === undefined) lost.push(runId);
      else this.#emit({ type: 'started', runId, pid: found.pid, startedAt: found.startedAt });
    }
    for (const runId of held.keys()) {
      if (!this.#runs.has(runId))
        this.#logger.log('warn', 'the launcher holds a run that is not known here', { runId });
    }
    const settled = lost.map((runId) => this.#settle(runId));
    this.#sendWaiting();
    await Promise.all(settled);
    this.#whenFirst?.();
  }

  #sendWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = new BoundedQueue(PROCESSES.pendingRequests);
    for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) {
      const run = message.type === 'launch' ? this.#runs.get(message.spec.runId) : undefined;
      if (message.type === 'launch' && run === undefined) continue;
      if (!this.#client.send(message)) this.#waiting.push(message);
      else if (run !== undefined) run.stage = 'sent';
    }
  }

  async #settle(runId: RunId): Promise<void> {
    const run = this.#runs.get(runId) as TrackedRun;
    const inherited = run.stage === 'inherited';
    run.stage = 'settling';
    const ending = await settleLostRun(this.#dataFolder, runId, this.#logger);
    if (ending !== undefined) this.#emit({ ...ending, runId });
    else if (inherited || run.started) this.#emit({ type: 'vanished', runId });
    else this.#refuse(runId, 'LAUNCHER_UNAVAILABLE', 'the launcher ended before it could start the run');
  }

  /** Runs that no launcher has seen are given back, for others to run; those that were sent may still be told of. */
  #onUnavailable(reason: string): void {
    for (const [runId, run] of this.#runs) {
      if (run.stage === 'waiting')
        this.#refuse(runId, 'LAUNCHER_UNAVAILABLE', `the launcher is not available: ${reason}`);
    }
    this.#whenFirst?.();
  }

  #refuse(runId: RunId, code: 'ARGUMENTS_TOO_LONG' | 'LAUNCHER_UNAVAILABLE', text: string): void {
    // Never within the caller's own call: events come after `launch` has returned.
    queueMicrotask(() => this.#emit({ type: 'not-started', runId, code, text }));
  }

  /** Passes an event on, unless its run has had its final event or, for `started`, was told of before. */
  #emit(event: ProcessEvent): void {
    const run = this.#runs.get(event.runId);
    if (run === undefined || this.#stopped) return;
    if (event.type === 'started') {
      if (run.started) return;
      run.started = true;
    } else if (event.type !== 'progress') {
      this.#runs.delete(event.runId);
    }
    this.#onEvent?.(withUndefined(event));
  }
}

function messageOf({ secrets, ...spec }: LaunchSpec): LaunchMessage {
  if (secrets === undefined) return spec;
  const texts = Object.entries(secrets).map(([name, bytes]) => [name, Buffer.from(bytes).toString('utf8')]);
  return { ...spec, secrets: Object.fromEntries(texts) as Record<string, string> };
}

/** JSON leaves out what is undefined; the contract says that the names are there. */
function withUndefined(event: ProcessEvent): ProcessEvent {
  if (event.type === 'started') return { ...event, pid: event.pid };
  if (event.type !== 'ended') return event;
  const { exitCode, signal, result, failure } = event.outcome;
  return { ...event, outcome: { ...event.outcome, exitCode, signal, result, failure } };
}
