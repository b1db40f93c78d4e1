/**
 * What the suite of the process runner works on: a machine with actions of a known course, runs with ids of their own, and
 * all that a runner reports.
 */
import type { Action } from '../../core/domain/action.ts';
import { hashId, type RunId, type TaskId } from '../../core/domain/ids.ts';
import type { LaunchSpec, ProcessEvent, ProcessRunner } from '../../core/ports/process-runner.ts';

export interface ProcessWorld {
  /** A runner that has not been started. Those made before it are taken for dead. */
  createRunner(): ProcessRunner;
  /** Actions with a known course, in this world's terms. */
  readonly actions: {
    /** Ends at once, with this code. */
    exits(code: number): Action;
    /** Goes on until it is told to end, and then ends at once. */
    lasts(): Action;
    /** Names a program that does not exist. */
    missing(): Action;
    /** Goes on until it is killed: it takes no notice of being told to end. Reports progress 1 once that is so. */
    stubborn(): Action;
    /** Writes so many bytes, then succeeds. */
    writes(sizeBytes: number): Action;
    /** Reports this progress and this result, then succeeds. */
    reports(fraction: number, resultJson: string): Action;
  };
  /** Ends all that is left. */
  close(): Promise<void>;
}

let runCount = 0;

/** A run with an id of its own. */
export function launchSpec(action: Action, changes: Partial<LaunchSpec> = {}): LaunchSpec {
  runCount += 1;
  const runId = hashId('test', String(process.pid), String(runCount), String(Math.random())) as RunId;
  return {
    runId,
    taskId: 'example' as TaskId,
    action,
    environment: { CARILLON_TASK: 'example', CARILLON_ATTEMPT: '1', CARILLON_FENCING_TOKEN: '7' },
    description: '{"task":"example"}',
    timeoutMs: undefined,
    killGraceMs: 1000,
    outputLimitBytes: 1024 * 1024,
    ...changes,
  };
}

/** Collects the events of a runner, and waits for those that are to come. */
export class EventRecorder {
  readonly events: ProcessEvent[] = [];
  #wake: (() => void)[] = [];

  readonly take = (event: ProcessEvent): void => {
    this.events.push(event);
    for (const wake of this.#wake.splice(0)) wake();
  };

  of(runId: RunId): ProcessEvent[] {
    return this.events.filter((event) => event.runId === runId);
  }

  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  event<T extends ProcessEvent['type']>(runId: RunId, type: T): Promise<ProcessEvent & { type: T }> {
    return this.until(
      () => this.of(runId).find((event) => event.type === type) as (ProcessEvent & { type: T }) | undefined,
    );
  }

  /** The one final event of the run. */
  final(runId: RunId): Promise<ProcessEvent> {
    return this.until(() => this.of(runId).find((event) => isFinal(event)));
  }
}

export function isFinal(event: ProcessEvent): boolean {
  return event.type === 'ended' || event.type === 'not-started' || event.type === 'vanished';
}

/** A new runner over the world's machine, started: the agent's first life, or its next. */
export async function startRunner(
  world: ProcessWorld,
  recorder: EventRecorder,
  unfinished: readonly RunId[] = [],
): Promise<ProcessRunner> {
  const runner = world.createRunner();
  await runner.start(recorder.take, unfinished);
  return runner;
}
