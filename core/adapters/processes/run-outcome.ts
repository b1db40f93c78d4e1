/** What is gathered while a run goes on: protocol reports, the reason of an early end, and the outcome made of them. */
import { PROCESSES } from '../../config/processes.ts';
import type { ProcessOutcome } from '../../ports/process-runner.ts';
import type { OutputCapture } from './output-capture.ts';
import type { ProtocolReport } from './protocol-lines.ts';

/** Passes on the newest progress, at most once in `PROCESSES.progressMs`. */
export class ProgressReports {
  #sentAt = -Infinity;
  #waiting: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #send: (fraction: number) => void;
  #result: string | undefined;

  constructor(send: (fraction: number) => void) {
    this.#send = send;
  }

  /** JSON text of the last result that was reported. */
  get result(): string | undefined {
    return this.#result;
  }

  take(report: ProtocolReport): void {
    if (report.result !== undefined) this.#result = report.result;
    if (report.progress === undefined) return;
    this.#waiting = report.progress;
    const dueMs = this.#sentAt + PROCESSES.progressMs - performance.now();
    if (dueMs <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), dueMs);
  }

  /** Sends what waits, at once. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting === undefined) return;
    this.#sentAt = performance.now();
    this.#send(this.#waiting);
    this.#waiting = undefined;
  }
}

/** Why a run is ended before its time; the first reason counts. */
export type EndCause = 'time-limit' | 'cancel';

export function makeOutcome(parts: {
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly capture: OutputCapture;
  readonly cause: EndCause | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly result?: string | undefined;
  readonly failure?: ProcessOutcome['failure'];
}): ProcessOutcome {
  return {
    exitCode: parts.exitCode,
    signal: parts.signal,
    startedAt: parts.startedAt,
    finishedAt: Math.max(parts.startedAt, parts.finishedAt),
    timedOut: parts.cause === 'time-limit',
    cancelled: parts.cause === 'cancel',
    outputBytes: parts.capture.keptBytes,
    outputDroppedBytes: parts.capture.droppedBytes,
    result: parts.result,
    failure: parts.failure,
  };
}
