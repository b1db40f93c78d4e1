/**
 * Processes in virtual time. They belong to the machine, not to the agent: when the agent is killed they go on, and
 * its next life finds them again. Every real start is noted, for the checkers.
 */
import type { Action } from '../../core/domain/action.ts';
import type { MachineId, OccurrenceId, RunId, TaskId } from '../../core/domain/ids.ts';
import type { LaunchSpec, ProcessEvent, ProcessOutcome, ProcessRunner } from '../../core/ports/process-runner.ts';
import type { Timing } from './machine-clock.ts';

/** A process that was really started, as an outside observer sees it. */
export interface RealStart {
  readonly atMs: number;
  readonly machine: MachineId;
  readonly taskId: TaskId;
  readonly occurrenceId: OccurrenceId;
  readonly attempt: number;
  readonly fencingToken: number;
  readonly runId: RunId;
  /** What it was told to do. */
  readonly action: Action;
  endedAtMs: number | undefined;
}

/** What the simulated program does. */
export interface ProgramBehaviour {
  readonly durationMs: number;
  readonly exitCode: number;
}

interface Process {
  readonly start: RealStart;
  readonly spec: LaunchSpec;
  readonly startedAt: number;
  ended: ProcessOutcome | undefined;
  cancelled: boolean;
}

/** All processes of one machine, through all lives of its agent. */
export class SimProcessTable {
  readonly starts: RealStart[];
  readonly #time: Timing;
  readonly #machine: MachineId;
  readonly #wallMs: () => number;
  readonly #behaviour: (spec: LaunchSpec) => ProgramBehaviour;
  readonly #processes = new Map<RunId, Process>();
  #listener: ((event: ProcessEvent) => void) | undefined;

  constructor(
    time: Timing,
    machine: MachineId,
    wallMs: () => number,
    starts: RealStart[],
    behaviour: (spec: LaunchSpec) => ProgramBehaviour,
  ) {
    this.#time = time;
    this.#machine = machine;
    this.#wallMs = wallMs;
    this.starts = starts;
    this.#behaviour = behaviour;
  }

  /** The runner of one life of the agent. */
  runner(): ProcessRunner {
    let listener: ((event: ProcessEvent) => void) | undefined;
    return {
      start: (onEvent, unfinished) => {
        listener = onEvent;
        this.#listener = onEvent;
        for (const runId of unfinished) this.#report(runId, onEvent);
        return Promise.resolve();
      },
      launch: (spec) => {
        this.#launch(spec);
      },
      terminate: (runId) => {
        this.#terminate(runId);
      },
      stop: () => {
        if (this.#listener === listener) this.#listener = undefined;
        return Promise.resolve();
      },
    };
  }

  /** The agent is gone; its processes are not. */
  agentGone(): void {
    this.#listener = undefined;
  }

  /** The machine lost power: everything is gone. */
  powerLost(): void {
    this.#listener = undefined;
    for (const process of this.#processes.values()) process.start.endedAtMs ??= this.#time.now;
    this.#processes.clear();
  }

  #report(runId: RunId, onEvent: (event: ProcessEvent) => void): void {
    const process = this.#processes.get(runId);
    if (process === undefined) return onEvent({ type: 'vanished', runId });
    if (process.ended !== undefined) return onEvent({ type: 'ended', runId, outcome: process.ended });
    onEvent({ type: 'started', runId, pid: 1, startedAt: process.startedAt });
  }

  #launch(spec: LaunchSpec): void {
    const start: RealStart = {
      atMs: this.#time.now,
      machine: this.#machine,
      taskId: spec.taskId,
      occurrenceId: spec.environment['CARILLON_OCCURRENCE'] as OccurrenceId,
      attempt: Number(spec.environment['CARILLON_ATTEMPT']),
      fencingToken: Number(spec.environment['CARILLON_FENCING_TOKEN']),
      runId: spec.runId,
      action: spec.action,
      endedAtMs: undefined,
    };
    this.starts.push(start);
    const process: Process = { start, spec, startedAt: Math.floor(this.#wallMs()), ended: undefined, cancelled: false };
    this.#processes.set(spec.runId, process);
    const { durationMs, exitCode } = this.#behaviour(spec);
    this.#time.after(1, () =>
      this.#listener?.({ type: 'started', runId: spec.runId, pid: 1, startedAt: process.startedAt }),
    );
    this.#time.after(1 + durationMs, () => {
      this.#end(process, exitCode);
    });
  }

  #terminate(runId: RunId): void {
    const process = this.#processes.get(runId);
    if (process === undefined) return;
    process.cancelled = true;
    this.#time.after(1, () => {
      this.#end(process, undefined);
    });
  }

  #end(process: Process, exitCode: number | undefined): void {
    const { runId } = process.spec;
    if (process.ended !== undefined || this.#processes.get(runId) !== process) return;
    process.start.endedAtMs = this.#time.now;
    process.ended = {
      exitCode,
      signal: exitCode === undefined ? 'SIGTERM' : undefined,
      startedAt: process.startedAt,
      finishedAt: Math.floor(this.#wallMs()),
      timedOut: false,
      cancelled: process.cancelled,
      outputBytes: 0,
      outputDroppedBytes: 0,
      result: undefined,
      failure: undefined,
    };
    this.#listener?.({ type: 'ended', runId, outcome: process.ended });
  }
}
