/**
 * The headless agent: opens the data folder, starts the peer and its console, says so, and runs until it is told to
 * end. The first SIGINT or SIGTERM ends it cleanly and in bounded time, the second at once. Runs are never ended by it.
 */
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { startPeer } from '../core/adapters/compose.ts';
import { type FileLogger, createLogger } from '../core/adapters/logger.ts';
import type { KeyWrap } from '../core/adapters/keys/key-wrap.ts';
import type { MachineConditions } from '../core/adapters/policy/machine-conditions.ts';
import { openLocalPolicy } from './local-policy.ts';
import { LIMITS, TIMES } from '../core/config/constants.ts';
import { machineNameSchema } from '../core/domain/machine.ts';
import { labelsSchema } from '../core/domain/placement.ts';
import type { PeerHandle } from '../core/peer/peer-handle.ts';
import { type AppError, AppErrorException, appError } from '../core/std/app-error.ts';
import { type Result, err, ok } from '../core/std/result.ts';
import type { NetworkDoor } from './console/door.ts';
import { type Console, startConsole } from './console/server.ts';
import { PROGRAM_FOLDER, programVersion } from './version.ts';

/** Of a host that may have a keyring. */
export interface KeyKeeping {
  readonly wrap?: KeyWrap;
  /** Why it is as it is, for `doctor`. */
  readonly reason: string;
}

export interface AgentOptions {
  readonly dataFolder: string;
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly listen: readonly string[];
  readonly peers: readonly string[];
  readonly mdns: boolean;
  readonly slots?: number;
  /** `default`: the usual port, or any free one when that is taken. */
  readonly console: number | 'off' | 'default';
  /** Where else the console is shown. */
  readonly consoleNetwork?: NetworkDoor;
  readonly json: boolean;
  /** What the host knows of power and use of the machine; what the system tells when absent. */
  readonly conditions?: MachineConditions;
  /** How the keys are kept, where the host has a say in that; in files of this user when absent. */
  readonly keys?: KeyKeeping;
  /** Ends the agent as a signal does. */
  readonly ending?: AbortSignal;
  print(text: string): Promise<void>;
  /** Called once it serves. */
  serving?(console: Console | undefined): void;
}

const DEFAULT_CONSOLE_PORT = 7420;
const FAULT_EXIT_CODE = 70;
/** Beyond what the peer allows itself. */
const STOP_GRACE_MS = 3000;
const OPENING_MS = 10_000;

/** Returns when the agent has ended. Throws `AppErrorException` when it cannot start. */
export async function runAgent(options: AgentOptions): Promise<void> {
  const { dataFolder } = options;
  await mkdir(dataFolder, { recursive: true, mode: 0o700 }).catch((fault: unknown) => {
    throw new AppErrorException(
      appError('FOLDER_NOT_WRITABLE', `cannot make ${dataFolder}: ${String(fault)}`, { field: 'data' }),
    );
  });
  const logger = createLogger({ file: join(dataFolder, 'agent.log'), format: options.json ? 'json' : 'text' });
  const running = new RunningAgent(logger);
  running.watchFaults();
  running.watchSignals();
  const started = await startParts(options, running, logger);
  running.hasParts();
  if (!started.ok) {
    await running.stop('it could not start');
    throw new AppErrorException(started.error);
  }
  await opened(started.value);
  options.ending?.addEventListener('abort', () => void running.stop('told to by its host'));
  if (options.ending?.aborted === true) void running.stop('told to by its host');
  if (!running.stopping) {
    options.serving?.(running.console);
    const ready = options.json ? readyLine : readyText;
    await options.print(ready(started.value, running, options));
  }
  await running.stopped;
}

async function startParts(
  options: AgentOptions,
  running: RunningAgent,
  logger: FileLogger,
): Promise<Result<PeerHandle>> {
  const { dataFolder, slots, keys } = options;
  const self = describeSelf(options);
  if (!self.ok) return self;
  const policy = openLocalPolicy(dataFolder, options.conditions);
  const peer = await startPeer({
    policy,
    dataFolder,
    ...self.value,
    ...(slots === undefined ? {} : { slots }),
    ...(keys?.wrap === undefined ? {} : { keyWrap: keys.wrap }),
    listen: [...options.listen],
    peers: [...options.peers],
    mdns: options.mdns,
    version: programVersion(),
    logger,
  });
  if (!peer.ok) return peer;
  running.peer = peer.value;
  if (options.console === 'off') return peer;
  const wanted = options.console === 'default' ? DEFAULT_CONSOLE_PORT : options.console;
  const { consoleNetwork: network } = options;
  const base = {
    peer: peer.value,
    dataFolder,
    policy,
    rendererFolder: join(PROGRAM_FOLDER, 'out', 'renderer'),
    logger,
    ...(network === undefined ? {} : { network }),
    ...(keys === undefined ? {} : { keyReason: keys.reason }),
  };
  let console = await startConsole({ ...base, port: wanted });
  if (!console.ok && isTaken(console.error) && options.console === 'default') {
    logger.log('info', 'the usual port of the console is taken; another one is used', { port: wanted });
    console = await startConsole({ ...base, port: 0 });
  }
  if (!console.ok) return console;
  running.console = console.value;
  return ok(peer.value);
}

/** The port on loopback, not that on the network. */
function isTaken({ code, field }: AppError): boolean {
  return code === 'PORT_IN_USE' && field === 'console';
}

/** The name and labels of this machine, checked: INVALID_INPUT. */
function describeSelf({ name, labels }: AgentOptions): Result<{ name: string; labels: Record<string, string> }> {
  const checkedName = machineNameSchema.safeParse(name ?? hostname().slice(0, LIMITS.nameLength));
  if (!checkedName.success)
    return err(appError('INVALID_INPUT', checkedName.error.issues[0]?.message ?? '', { field: 'name' }));
  const checkedLabels = labelsSchema.safeParse(labels);
  if (!checkedLabels.success)
    return err(appError('INVALID_INPUT', checkedLabels.error.issues[0]?.message ?? '', { field: 'label' }));
  return ok({ name: checkedName.data, labels: checkedLabels.data });
}

/** What runs, and how it ends. */
class RunningAgent {
  peer: PeerHandle | undefined;
  console: Console | undefined;
  readonly #logger: FileLogger;
  readonly #parts = Promise.withResolvers<undefined>();
  readonly #stopped = Promise.withResolvers<undefined>();
  #stopping: Promise<void> | undefined;

  constructor(logger: FileLogger) {
    this.#logger = logger;
  }

  /** Resolves when it has ended. */
  get stopped(): Promise<undefined> {
    return this.#stopped.promise;
  }

  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** All parts there will be are there: from now on it can end. */
  hasParts(): void {
    this.#parts.resolve(undefined);
  }

  /** Ends cleanly at the first signal, also one that comes while it starts; at once at the second. */
  watchSignals(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (this.#stopping !== undefined) process.exit(128 + (signal === 'SIGINT' ? 2 : signal === 'SIGTERM' ? 15 : 1));
        void this.stop(`told to by ${signal}`);
      });
    }
  }

  /** Faults of ours end the agent after it has let go of everything; a broken stream does not. */
  watchFaults(): void {
    process.on('unhandledRejection', (reason) => {
      if (isStreamAbort(reason)) this.#logger.log('warn', 'a stream was aborted', { reason: String(reason) });
      else void this.#failed(reason);
    });
    process.on('uncaughtException', (fault) => void this.#failed(fault));
  }

  /** Ends the console and the peer; bounded in time. */
  stop(why: string): Promise<void> {
    this.#stopping ??= this.#stop(why);
    return this.#stopping;
  }

  async #stop(why: string): Promise<void> {
    this.#logger.log('info', 'the agent ends', { why });
    const overdue = setTimeout(() => {
      this.#logger.log('warn', 'the agent did not end in time and is ended');
      process.exit(process.exitCode ?? 0);
    }, TIMES.stopMs + STOP_GRACE_MS);
    await this.#parts.promise;
    await this.console?.close();
    await this.peer?.stop();
    clearTimeout(overdue);
    this.#logger.log('info', 'the agent has ended');
    this.#logger.close();
    this.#stopped.resolve(undefined);
  }

  async #failed(fault: unknown): Promise<void> {
    const reason = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
    this.#logger.log('error', 'a fault of the agent itself', { reason });
    process.exitCode = FAULT_EXIT_CODE;
    if (this.#stopping !== undefined) return;
    await this.stop('a fault').catch((other: unknown) => {
      this.#logger.log('error', 'and it could not end cleanly', { reason: String(other) });
    });
    process.exit(FAULT_EXIT_CODE);
  }
}

function isStreamAbort(reason: unknown): boolean {
  return typeof reason === 'object' && reason !== null && reason.constructor.name === 'StreamAbortEvent';
}

/** Waits until the document is open, so that what is said of the cluster is true. */
async function opened(peer: PeerHandle): Promise<void> {
  if (peer.view.phase !== 'opening') return;
  const changed = Promise.withResolvers<undefined>();
  const unsubscribe = peer.subscribe(() => {
    if (peer.view.phase !== 'opening') changed.resolve(undefined);
  });
  const tooLong = setTimeout(() => changed.resolve(undefined), OPENING_MS);
  await changed.promise;
  clearTimeout(tooLong);
  unsubscribe();
}

function readyLine(peer: PeerHandle, { console }: RunningAgent, options: AgentOptions): string {
  const { self, addresses, cluster, phase } = peer.view;
  const ready = {
    event: 'ready',
    machineId: self,
    name: nameOf(peer, options.name),
    addresses,
    console: console?.loginLinks()[0] ?? null,
    phase,
    cluster: cluster === undefined ? null : { id: cluster.id, name: cluster.name },
  };
  return `${JSON.stringify(ready)}\n`;
}

function readyText(peer: PeerHandle, { console }: RunningAgent, options: AgentOptions): string {
  const { self, addresses, cluster } = peer.view;
  const lines = [
    `Carillon ${programVersion()} runs on this machine.`,
    `  machine   ${nameOf(peer, options.name)} (${self})`,
    `  cluster   ${cluster === undefined ? 'none yet' : cluster.name}`,
    `  data      ${options.dataFolder}`,
    ...addresses.map((address, index) => `  ${index === 0 ? 'address ' : '        '}  ${address}`),
    ...consoleLines(console),
  ];
  if (cluster === undefined) {
    lines.push(
      '',
      'Next: create a cluster here with `carillon cluster create NAME`, or join one, in either way:',
      '  carillon pair MACHINE   asks a machine nearby (`carillon nearby` shows them); both screens show six digits',
      '  carillon join TOKEN     uses the token that `carillon invite` prints on a machine of the cluster',
    );
  }
  return `${lines.join('\n')}\n`;
}

function consoleLines(console: Console | undefined): string[] {
  if (console === undefined) return ['  console   off'];
  return [
    ...console.loginLinks().map((link, index) => `  ${index === 0 ? 'console' : '       '}   ${link}`),
    '            (good once, and for ten minutes; a new link: carillon console link)',
  ];
}

function nameOf(peer: PeerHandle, chosen: string | undefined): string {
  return peer.view.machines().find((machine) => machine.self)?.entry.name ?? chosen ?? hostname();
}
