/**
 * The agent's end of the connection to the launcher: connects, starts a launcher where none answers, and does so again
 * whenever the connection breaks, until closed.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { PROCESSES } from '../../config/processes.ts';
import type { Logger } from '../../ports/logger.ts';
import { errorCode, messageOf } from './launch-refusal.ts';
import { prepareLauncherPaths, type LauncherPaths } from './launcher-paths.ts';
import { type LauncherProgram, launcherProgram } from './launcher-program.ts';
import {
  encodeMessage,
  LAUNCHER_PROTOCOL_VERSION,
  MessageReader,
  type AgentMessage,
  type LauncherMessage,
} from './launcher-protocol.ts';
import { isLauncherMessage } from './process-shapes.ts';
import { baseEnvironment } from './task-environment.ts';

export interface LauncherClientHandlers {
  /** A connection stands: this is what the launcher holds. Other messages follow. */
  onHello(hello: LauncherMessage & { type: 'hello' }): void;
  onEvent(message: LauncherMessage & { type: 'event' }): void;
  /** The connection broke; a new one is being made. */
  onBroken(): void;
  /** No launcher could be reached or started for a while. It is tried on. */
  onUnavailable(reason: string): void;
}

interface LauncherStart {
  ended: boolean;
  readonly startedMs: number;
  /** It only compiles, and ends. */
  readonly prepares: boolean;
}

const POLL_MS = 15;
const RETRY_MS = 1000;

export class LauncherClient {
  readonly #dataFolder: string;
  readonly #logger: Logger;
  readonly #handlers: LauncherClientHandlers;
  readonly #closing = new AbortController();
  #socket: Socket | undefined;
  #ready = false;
  #loop: Promise<void> | undefined;

  constructor(dataFolder: string, logger: Logger, handlers: LauncherClientHandlers) {
    this.#dataFolder = dataFolder;
    this.#logger = logger;
    this.#handlers = handlers;
  }

  /** Begins to connect; the handlers tell the rest. */
  open(): void {
    this.#loop ??= this.#keepConnected();
  }

  /** Resolves when the connection is closed and no handler will be called any more. The launcher stays. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#socket?.destroy();
    await this.#loop;
  }

  /** False when there is no connection at the moment: nothing was sent. */
  send(message: AgentMessage): boolean {
    if (!this.#ready || this.#socket === undefined || !this.#socket.writable) return false;
    this.#socket.write(encodeMessage(message));
    return true;
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #keepConnected(): Promise<void> {
    while (!this.#closed) {
      let reason: string;
      try {
        const socket = await this.#connectOrStart(prepareLauncherPaths(this.#dataFolder));
        reason = socket === undefined ? 'it does not answer' : await this.#serve(socket);
      } catch (error) {
        reason = messageOf(error);
      }
      if (this.#closed) continue;
      if (reason === '') {
        await this.#pause(POLL_MS);
        continue;
      }
      this.#logger.log('error', 'the launcher is not available', { reason });
      this.#handlers.onUnavailable(reason);
      await this.#pause(RETRY_MS);
    }
  }

  /** Undefined when none answered in time. */
  async #connectOrStart(paths: LauncherPaths): Promise<Socket | undefined> {
    const giveUpMs = performance.now() + PROCESSES.launcherStartMs;
    let starting: LauncherStart | undefined;
    while (!this.#closed && performance.now() < giveUpMs) {
      const socket = await tryConnect(paths.socket);
      if (socket !== undefined) return socket;
      const again =
        starting?.ended === true && (starting.prepares || performance.now() - starting.startedMs > RETRY_MS / 4);
      if (starting === undefined || again) starting = this.#startLauncher(paths);
      await this.#pause(POLL_MS);
    }
    return undefined;
  }

  #startLauncher(paths: LauncherPaths): LauncherStart {
    const prepares = !existsSync(paths.compiled);
    const state = { ended: false, startedMs: performance.now(), prepares };
    const log = openSync(paths.log, 'w', 0o600);
    try {
      const program = launcherProgram(paths.folder);
      const args = [...launcherFlags(), program.file, this.#dataFolder, ...(prepares ? ['prepare'] : [])];
      const child = spawn(program.node, args, {
        cwd: paths.folder,
        detached: true,
        windowsHide: true,
        stdio: ['ignore', log, log],
        env: launcherEnvironment(paths, program),
      });
      child.once('exit', () => (state.ended = true));
      child.once('error', (error) => {
        state.ended = true;
        this.#logger.log('error', 'the launcher could not be started', { reason: messageOf(error) });
      });
      child.unref();
      if (!prepares) this.#logger.log('info', 'launcher started', { pid: child.pid });
    } finally {
      closeSync(log);
    }
    // Made even where Node writes no cache, so that a launcher is prepared once only.
    mkdirSync(paths.compiled, { recursive: true, mode: 0o700 });
    return state;
  }

  /** Resolves when the connection has ended: with a reason when it is no use to connect again at once. */
  #serve(socket: Socket): Promise<string> {
    this.#socket = socket;
    const reader = new MessageReader(PROCESSES.sendQueueBytes, isLauncherMessage);
    let reason = '';
    const fail = (text: string): void => {
      reason = text;
      socket.destroy();
    };
    socket.setTimeout(PROCESSES.launcherStartMs, () => fail('it does not say hello'));
    socket.on('error', (error) => this.#logger.log('debug', 'launcher connection', { reason: messageOf(error) }));
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const message of reader.push(chunk)) if (!this.#closed) this.#take(socket, message, fail);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        fail(messageOf(error));
      }
    });
    socket.write(encodeMessage(this.#hello()));
    return new Promise((resolve) => {
      socket.once('close', () => {
        this.#socket = undefined;
        if (this.#ready && !this.#closed) this.#handlers.onBroken();
        this.#ready = false;
        resolve(reason);
      });
    });
  }

  #hello(): AgentMessage {
    return { type: 'hello', version: LAUNCHER_PROTOCOL_VERSION, environment: baseEnvironment(process.env) };
  }

  #take(socket: Socket, message: LauncherMessage, fail: (text: string) => void): void {
    switch (message.type) {
      case 'hello':
        if (message.version !== LAUNCHER_PROTOCOL_VERSION) {
          // It ends once its runs have; then a launcher of this version is started.
          socket.write(encodeMessage({ type: 'retire' }), () =>
            fail(`it speaks version ${message.version} and finishes its runs first`),
          );
          return;
        }
        socket.setTimeout(0);
        this.#ready = true;
        this.#handlers.onHello(message);
        return;
      case 'event':
        this.#handlers.onEvent(message);
        return;
      case 'replaced':
        this.#logger.log('warn', 'another agent took over the launcher; this one lets go');
        this.#closing.abort();
        return;
    }
  }

  async #pause(delayMs: number): Promise<void> {
    try {
      await delay(delayMs, undefined, { signal: this.#closing.signal });
    } catch (error) {
      if (!this.#closed) throw error;
    }
  }
}

/** Undefined when nobody listens. */
function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error) => {
      // Nobody there, not yet, or just dying: all of these pass.
      if (['EACCES', 'EPERM'].includes(errorCode(error))) reject(error);
      else resolve(undefined);
    });
  });
}

/** A small heap keeps the launcher small: it holds little but buffers, which are outside of it. */
function launcherFlags(): string[] {
  return ['--max-semi-space-size=1', '--max-old-space-size=64', '--disable-warning=ExperimentalWarning'];
}

/** Tasks get theirs from the hello; options meant for the agent's own Node are not for the launcher. */
function launcherEnvironment(paths: LauncherPaths, { environment }: LauncherProgram): Record<string, string> {
  return { ...baseEnvironment(process.env), NODE_OPTIONS: '', NODE_COMPILE_CACHE: paths.compiled, ...environment };
}
