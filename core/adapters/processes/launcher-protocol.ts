/**
 * What the agent and its launcher say to each other: one JSON object a line, over a local socket that only this user
 * can open. Both run from the same installation or from neighbouring versions of it, so messages only ever gain
 * optional fields; a change that breaks this raises the version, and the two then refuse each other by name.
 *
 *   agent ── hello ──► launcher            launcher ── hello(what runs) ──► agent
 *         ── launch, terminate, retire ──►          ── event …, replaced ──►
 */
import type { LaunchSpec, ProcessEvent } from '../../ports/process-runner.ts';
import type { RunId } from '../../domain/ids.ts';

/** 2: a launch may hold secrets, which a launcher of version 1 would neither put in place nor take out of output. */
export const LAUNCHER_PROTOCOL_VERSION = 2;

/** A run that the launcher holds at the moment. */
export interface HeldRun {
  readonly runId: RunId;
  /** Absent for actions without a process. */
  readonly pid?: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

export type AgentMessage =
  /** First on each connection. `environment` is the base of every task's environment from now on. */
  | { readonly type: 'hello'; readonly version: number; readonly environment: Readonly<Record<string, string>> }
  | { readonly type: 'launch'; readonly spec: LaunchMessage }
  | { readonly type: 'terminate'; readonly runId: RunId; readonly graceMs: number }
  /** End as soon as nothing runs. */
  | { readonly type: 'retire' };

/** A `LaunchSpec` as it travels: JSON has no undefined, and no bytes. */
export type LaunchMessage = Omit<LaunchSpec, 'timeoutMs' | 'secrets'> & {
  readonly timeoutMs?: number | undefined;
  readonly secrets?: Readonly<Record<string, string>>;
};

export type LauncherMessage =
  | { readonly type: 'hello'; readonly version: number; readonly pid: number; readonly runs: readonly HeldRun[] }
  | { readonly type: 'event'; readonly event: ProcessEvent }
  /** Another agent connected: this connection ends, and its agent should not come back. */
  | { readonly type: 'replaced' };

export function encodeMessage(message: AgentMessage | LauncherMessage): string {
  return `${JSON.stringify(message)}\n`;
}

/**
 * Cuts a byte stream into messages. `push` returns the messages that are whole by now; it throws when a line is longer
 * than `maxBytes` or is no message of the other side, after which the connection must be closed.
 */
export class MessageReader<T extends AgentMessage | LauncherMessage> {
  #chunks: Buffer[] = [];
  #heldBytes = 0;
  readonly #maxBytes: number;
  readonly #isMessage: (value: unknown) => value is T;

  constructor(maxBytes: number, isMessage: (value: unknown) => value is T) {
    this.#maxBytes = maxBytes;
    this.#isMessage = isMessage;
  }

  push(chunk: Buffer): T[] {
    const messages: T[] = [];
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      this.#hold(chunk.subarray(from, end));
      messages.push(this.#parse(Buffer.concat(this.#chunks).toString('utf8')));
      this.#chunks = [];
      this.#heldBytes = 0;
      from = end + 1;
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from));
    return messages;
  }

  #parse(line: string): T {
    const value = parseLine(line);
    if (!this.#isMessage(value)) throw new SyntaxError('a message has another form than this version knows');
    return value;
  }

  #hold(part: Buffer): void {
    this.#heldBytes += part.length;
    if (this.#heldBytes > this.#maxBytes) throw new SyntaxError(`a message is longer than ${this.#maxBytes} bytes`);
    this.#chunks.push(part);
  }
}

/** Undefined when it is not JSON. The engine's own error quotes the line, which may hold secrets: it goes no further. */
function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
