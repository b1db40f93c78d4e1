/**
 * The launcher's side of the conversation. It serves one agent at a time, the newest, and goes on without any: what
 * ends meanwhile is in the run folders. Requests are worked off one a turn of the event loop, in order, so that a burst
 * of launches does not keep running tasks from being read.
 */
import type { Socket } from 'node:net';
import { PROCESSES } from '../../config/processes.ts';
import type { RunId } from '../../domain/ids.ts';
import type { ProcessEvent } from '../../ports/process-runner.ts';
import { BoundedQueue } from '../../std/bounded-queue.ts';
import { EndingSync } from './ending-sync.ts';
import { launchOne } from './launch-one.ts';
import { messageOf } from './launch-refusal.ts';
import {
  encodeMessage,
  LAUNCHER_PROTOCOL_VERSION,
  MessageReader,
  type AgentMessage,
  type LauncherMessage,
} from './launcher-protocol.ts';
import type { PipePool } from './pipe-pool.ts';
import { isAgentMessage } from './process-shapes.ts';
import type { RunPaths } from './run-folder.ts';
import type { SecretFiles } from './secret-files.ts';
import type { ActiveRun, RunHost } from './run-host.ts';
import { UserDirectory } from './user-directory.ts';

interface Request {
  readonly socket: Socket;
  readonly message: AgentMessage;
}

export class LauncherServer implements RunHost {
  readonly dataFolder: string;
  readonly pipes: PipePool;
  readonly secretFiles: SecretFiles;
  readonly users = new UserDirectory();
  environment: Readonly<Record<string, string>> = {};
  readonly #runs = new Map<RunId, ActiveRun>();
  readonly #requests = new BoundedQueue<Request>(PROCESSES.pendingRequests);
  readonly #onIdle: () => void;
  readonly #endings = new EndingSync((text) => this.log(text));
  #agent: Socket | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #retiring = false;
  #working = false;

  /** @param onIdle called once there is neither a run nor an agent any more, and none came in time. */
  constructor(dataFolder: string, pipes: PipePool, secretFiles: SecretFiles, onIdle: () => void) {
    this.dataFolder = dataFolder;
    this.pipes = pipes;
    this.secretFiles = secretFiles;
    this.#onIdle = onIdle;
    this.#watchIdle();
  }

  /** Takes a new connection. Nothing counts on it before its hello. */
  accept(socket: Socket): void {
    const reader = new MessageReader(PROCESSES.messageBytes, isAgentMessage);
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const message of reader.push(chunk)) this.#enqueue(socket, message);
      } catch (error) {
        this.log(`a connection was closed: ${messageOf(error)}`);
        socket.destroy();
      }
    });
    socket.on('error', (error) => this.log(`connection: ${messageOf(error)}`));
    socket.once('close', () => {
      if (this.#agent !== socket) return;
      this.#agent = undefined;
      this.#watchIdle();
    });
  }

  /** Ends as soon as nothing runs, agent or not. */
  retire(): void {
    this.#retiring = true;
    this.#watchIdle();
  }

  emit(event: ProcessEvent): void {
    if (this.#agent !== undefined) this.#send(this.#agent, { type: 'event', event });
  }

  release(runId: RunId): void {
    this.#runs.delete(runId);
    this.#watchIdle();
  }

  syncLater(paths: RunPaths): void {
    this.#endings.add(paths);
  }

  log(text: string): void {
    process.stderr.write(`${new Date().toISOString()} ${text}\n`);
  }

  #enqueue(socket: Socket, message: AgentMessage): void {
    if (!this.#requests.push({ socket, message })) throw new Error('too many requests wait');
    if (this.#working) return;
    this.#working = true;
    setImmediate(() => this.#workOff());
  }

  #workOff(): void {
    for (let request = this.#requests.shift(); request !== undefined; request = this.#requests.shift()) {
      this.#handle(request);
      if (request.message.type !== 'launch') continue;
      setImmediate(() => this.#workOff());
      return;
    }
    this.#working = false;
    this.#watchIdle();
  }

  #handle({ socket, message }: Request): void {
    switch (message.type) {
      case 'hello':
        return this.#welcome(socket, message);
      case 'launch': {
        const { runId } = message.spec;
        if (this.#runs.has(runId)) return;
        const run = launchOne(this, message.spec);
        if (run !== undefined) this.#runs.set(runId, run);
        return;
      }
      case 'terminate':
        return this.#runs.get(message.runId)?.terminate(message.graceMs);
      case 'retire':
        return this.retire();
      default:
        // A newer agent may say more; what is not understood is left undone, and its hello said what to expect.
        this.log(`unknown request ${JSON.stringify((message as { type: unknown }).type)}`);
    }
  }

  #welcome(socket: Socket, hello: AgentMessage & { type: 'hello' }): void {
    const runs = [...this.#runs.values()].map((run) => run.held);
    this.#send(socket, { type: 'hello', version: LAUNCHER_PROTOCOL_VERSION, pid: process.pid, runs });
    if (hello.version !== LAUNCHER_PROTOCOL_VERSION || socket.destroyed) return;
    const former = this.#agent;
    this.#agent = socket;
    this.environment = hello.environment;
    if (former !== undefined && former !== socket) {
      this.#send(former, { type: 'replaced' });
      former.end();
    }
    this.#watchIdle();
  }

  #send(socket: Socket, message: LauncherMessage): void {
    if (!socket.writable) return;
    socket.write(encodeMessage(message));
    if (socket.writableLength <= PROCESSES.sendQueueBytes) return;
    this.log('the agent does not read; its connection is closed');
    socket.destroy();
  }

  #watchIdle(): void {
    const idle = this.#runs.size === 0 && !this.#working && (this.#retiring || this.#agent === undefined);
    if (!idle) {
      clearTimeout(this.#idleTimer);
      this.#idleTimer = undefined;
      return;
    }
    this.#idleTimer ??= setTimeout(this.#onIdle, this.#retiring ? 0 : PROCESSES.launcherIdleMs);
  }
}
