/**
 * A run whose user is being looked up: held from the first moment, so that it can be ended before it starts, and from its
 * start on the same as the run that it has become.
 *
 *   waiting ──user found──► started (whatever it is then)
 *      └─ ended meanwhile, or refused ──► concluded, without a process
 */
import type { ProcessOutcome } from '../../ports/process-runner.ts';
import type { HeldRun, LaunchMessage } from './launcher-protocol.ts';
import type { FoundUser } from './user-directory.ts';
import type { RunPaths } from './run-folder.ts';
import { concludeRun, type ActiveRun, type RunHost } from './run-host.ts';

export class AwaitedRun implements ActiveRun {
  readonly #waiting: HeldRun;
  #run: ActiveRun | undefined;
  #cancelled = false;

  /** @param start the run with the user that was found, or its refusal */
  constructor(
    host: RunHost,
    { runId }: LaunchMessage,
    paths: RunPaths,
    user: Promise<FoundUser>,
    start: (found: FoundUser) => ActiveRun,
  ) {
    this.#waiting = { runId, startedAt: Date.now() };
    void user.then((found) => {
      if (this.#cancelled) concludeRun(host, runId, paths, { type: 'ended', outcome: this.#cancelledOutcome() });
      else this.#run = start(found);
    });
  }

  get held(): HeldRun {
    return this.#run?.held ?? this.#waiting;
  }

  terminate(graceMs: number): void {
    if (this.#run === undefined) this.#cancelled = true;
    else this.#run.terminate(graceMs);
  }

  #cancelledOutcome(): ProcessOutcome {
    const { startedAt } = this.#waiting;
    return {
      exitCode: undefined,
      signal: undefined,
      startedAt,
      finishedAt: Math.max(startedAt, Date.now()),
      timedOut: false,
      cancelled: true,
      outputBytes: 0,
      outputDroppedBytes: 0,
      result: undefined,
      failure: undefined,
    };
  }
}
