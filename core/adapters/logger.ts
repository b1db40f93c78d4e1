/**
 * The agent's log: one line an event, to a file that is turned over when it is full and, from `info` up, to stderr.
 * Lines are text for people, or JSON for programs. A log that cannot be written (disk full) is dropped, counted and
 * told once it can be written again; it never stops the agent. When the reader of stderr is gone (its terminal was
 * closed, what it was piped into ended) lines go to the file alone.
 */
import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { LogLevel, Logger } from '../ports/logger.ts';
import { jsonLine, textLine } from './log-line.ts';

const LEVELS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const MAX_FILE_BYTES = 4 * 1024 * 1024;
const KEPT_FILES = 3;

export interface LoggerOptions {
  /** Path of the log file; older parts get `.1`, `.2`, … */
  readonly file: string;
  /** How lines to stderr look. */
  readonly format: 'text' | 'json';
  /** The least level that reaches the file, and stderr. */
  readonly fileLevel?: LogLevel;
  readonly stderrLevel?: LogLevel;
  readonly maxFileBytes?: number;
  /** Where stderr lines go; for tests. */
  readonly writeStderr?: (line: string) => void;
}

export interface FileLogger extends Logger {
  close(): void;
}

/** Opens the log. A file that cannot be opened is told on stderr, and logging goes on there. */
export function createLogger(options: LoggerOptions): FileLogger {
  const { fileLevel = 'debug', stderrLevel = 'info', format } = options;
  const writeStderr = options.writeStderr ?? writeToStderr;
  const file = new TurningFile(options.file, options.maxFileBytes ?? MAX_FILE_BYTES);
  return {
    log: (level, message, fields = {}) => {
      const event = { at: new Date().toISOString(), level, message, fields };
      if (LEVELS[level] >= LEVELS[fileLevel]) file.write(textLine(event));
      if (LEVELS[level] >= LEVELS[stderrLevel]) writeStderr(format === 'json' ? jsonLine(event) : textLine(event));
    },
    close: () => file.close(),
  };
}

let stderrIsGone: boolean | undefined;

/** Without a listener the error of a write would be a fault of the agent, which would be logged, which would be one. */
function writeToStderr(line: string): void {
  if (stderrIsGone === undefined) {
    stderrIsGone = false;
    process.stderr.on('error', () => {
      stderrIsGone = true;
    });
  }
  if (!stderrIsGone) process.stderr.write(line);
}

/** A file that is renamed and begun anew when it reaches its size. */
class TurningFile {
  readonly #path: string;
  readonly #maxBytes: number;
  #descriptor: number | undefined;
  #sizeBytes = 0;
  #dropped = 0;

  constructor(path: string, maxBytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  write(line: string): void {
    try {
      this.#open();
      if (this.#sizeBytes + line.length > this.#maxBytes) this.#turn();
      if (this.#descriptor === undefined) return;
      const lost = this.#dropped;
      this.#sizeBytes += writeSync(
        this.#descriptor,
        lost === 0 ? line : `(${lost} lines could not be written)\n${line}`,
      );
      this.#dropped = 0;
    } catch {
      this.#dropped += 1;
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #open(): void {
    if (this.#descriptor !== undefined) return;
    this.#descriptor = openSync(this.#path, 'a', 0o600);
    this.#sizeBytes = fstatSync(this.#descriptor).size;
  }

  #turn(): void {
    this.close();
    rmSync(`${this.#path}.${KEPT_FILES}`, { force: true });
    for (let index = KEPT_FILES - 1; index >= 0; index -= 1) {
      const from = index === 0 ? this.#path : `${this.#path}.${index}`;
      try {
        renameSync(from, `${this.#path}.${index + 1}`);
      } catch (fault) {
        if ((fault as NodeJS.ErrnoException).code !== 'ENOENT') throw fault;
      }
    }
    this.#open();
  }
}
