/** One HTTP action, from request to recorded ending. It has no process: a launcher that dies takes it along. */
import { Deadline } from './deadline.ts';
import { performHttp } from './http-action.ts';
import type { HeldRun } from './launcher-protocol.ts';
import { OutputCapture } from './output-capture.ts';
import { writeMeta, type RunPaths } from './run-folder.ts';
import { concludeRun, type ActiveRun, type RunHost } from './run-host.ts';
import { redactEnding, type PlainHttpAction, type PlainSpec } from './run-secrets.ts';
import { RedactedCapture } from './redacted-capture.ts';
import { makeOutcome, type EndCause } from './run-outcome.ts';

export type HttpSpec = PlainSpec<PlainHttpAction>;

/** Starts the request. Throws errors of the run folder, with nothing left open. */
export function startHttp(host: RunHost, spec: HttpSpec, paths: RunPaths): ActiveRun {
  const { runId, taskId, action, timeoutMs, outputLimitBytes } = spec;
  const startedAt = Date.now();
  const limit = timeoutMs === undefined ? {} : { timeoutMs };
  writeMeta(paths, { runId, taskId, action: action.type, startedAt, ...limit, outputLimitBytes });
  return new HttpRun(host, spec, paths, new OutputCapture(paths, outputLimitBytes), startedAt);
}

class HttpRun implements ActiveRun {
  readonly held: HeldRun;
  readonly #abort = new AbortController();
  #cause: EndCause | undefined;

  constructor(host: RunHost, spec: HttpSpec, paths: RunPaths, capture: OutputCapture, startedAt: number) {
    this.held = { runId: spec.runId, startedAt };
    host.emit({ type: 'started', runId: spec.runId, pid: undefined, startedAt });
    void this.#perform(host, spec, paths, capture);
  }

  /** A request has no tree that would need time to end. */
  terminate(): void {
    this.#end('cancel');
  }

  #end(cause: EndCause): void {
    this.#cause ??= cause;
    this.#abort.abort();
  }

  async #perform(host: RunHost, spec: HttpSpec, paths: RunPaths, capture: OutputCapture): Promise<void> {
    const { timeoutMs } = spec;
    const timeLimit = timeoutMs === undefined ? undefined : new Deadline(timeoutMs, () => this.#end('time-limit'));
    const output = new RedactedCapture(capture, spec.redaction);
    const failure = await performHttp(spec.action, spec.environment, output, this.#abort.signal);
    output.end();
    const finishedAt = Date.now();
    timeLimit?.clear();
    await capture.end();
    const cause = failure === undefined ? undefined : this.#cause;
    const outcome = makeOutcome({
      startedAt: this.held.startedAt,
      finishedAt,
      capture,
      cause,
      failure: cause === undefined ? failure : undefined,
    });
    concludeRun(host, spec.runId, paths, redactEnding(spec.redaction, { type: 'ended', outcome }));
  }
}
