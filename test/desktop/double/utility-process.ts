/** `utilityProcess`: a Node process of its own, with ports that are pumped over the channel between parent and child. */
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { needsReady, note } from './double-state.ts';
import { MessagePortMain, nextPortNumber } from './message-ports.ts';

interface FromChild {
  readonly kind: 'message' | 'port' | 'port-close';
  readonly id: number;
  readonly value: unknown;
}

type Stdio = 'ignore' | 'inherit' | 'pipe';

const SHIM = fileURLToPath(new URL('./utility-shim.ts', import.meta.url));

class UtilityProcess extends EventEmitter {
  static readonly all = new Set<UtilityProcess>();
  readonly #child: ChildProcess;
  readonly #ports = new Map<number, MessagePortMain>();

  /** What it says where `stdio` has it piped; null where it has not. */
  readonly stderr: Readable | null;

  constructor(path: string, words: readonly string[], [, stdout, stderr]: readonly Stdio[]) {
    super();
    needsReady('utilityProcess.fork');
    if (!existsSync(path)) throw new Error(`utilityProcess: there is no ${path}`);
    note('utilityProcess.fork', path, words);
    this.#child = fork(path, words, {
      serialization: 'advanced',
      stdio: ['ignore', stdout ?? 'inherit', stderr ?? 'inherit', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning', '--import', SHIM],
    });
    this.stderr = this.#child.stderr;
    this.#child.on('message', (message) => this.#take(message as unknown as FromChild));
    this.#child.once('spawn', () => this.emit('spawn'));
    this.#child.once('exit', (code) => {
      UtilityProcess.all.delete(this);
      for (const port of this.#ports.values()) port.close();
      this.emit('exit', code ?? 1);
    });
    UtilityProcess.all.add(this);
  }

  get pid(): number | undefined {
    const { exitCode, signalCode, pid } = this.#child;
    return exitCode === null && signalCode === null ? pid : undefined;
  }

  postMessage(message: unknown, transfer: readonly MessagePortMain[] = []): void {
    const numbered = transfer.map((port) => ({ port, id: nextPortNumber() }));
    this.#send({ kind: 'message', value: message, ports: numbered.map(({ id }) => id) });
    for (const { port, id } of numbered) {
      this.#ports.set(id, port);
      MessagePortMain.transfer(port, {
        deliver: (value) => this.#send({ kind: 'port', id, value }),
        closed: () => this.#send({ kind: 'port-close', id }),
      });
    }
  }

  kill(): boolean {
    return this.#child.kill();
  }

  #send(message: object): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #take({ kind, id, value }: FromChild): void {
    if (kind === 'message') {
      this.emit('message', value);
      return;
    }
    const port = this.#ports.get(id);
    if (port === undefined) return;
    if (kind === 'port') MessagePortMain.fromElsewhere(port, value);
    else port.close();
  }
}

export const utilityProcess = {
  fork: (path: string, words: readonly string[] = [], { stdio = [] }: { readonly stdio?: readonly Stdio[] } = {}) =>
    new UtilityProcess(path, words, stdio),
};

/** Whatever still runs ends with the app. */
export function endUtilityProcesses(): void {
  for (const child of UtilityProcess.all) child.kill();
}
