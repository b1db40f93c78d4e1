/**
 * Processes in virtual time. They belong to the machine, not to the agent: when the agent is killed they go on, and
 * its next life finds them again. Every real start is noted, for the checkers. Programs may fail to start, hang, die,
 * write more than is kept, or take no notice of being told to end.
 */
import type { Action } from '../../core/domain/action.ts';
import type { MachineId, OccurrenceId, RunId, TaskId } from '../../core/domain/ids.ts';
import { parameterVariable } from '../../core/domain/parameter.ts';
import type { LaunchSpec, ProcessEvent, ProcessOutcome, ProcessRunner } from '../../core/ports/process-runner.ts';
import type { ErrorCode } from '../../core/std/error-codes.ts';
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
  /** Variables of parameters, as the process was given them. */
  readonly parameters: ReadonlyMap<string, string>;
  endedAtMs: number | undefined;
}

/** What the simulated program does. */
export interface ProgramBehaviour {
  /** Infinity: it never ends by itself. */
  readonly durationMs: number;
  readonly exitCode: number;
  /** It dies of this signal instead of ending with its exit code. */
  readonly signal?: string;
  /** It takes no notice of TERM: only KILL ends it. */
  readonly ignoresTerm?: boolean;
  /** What it writes; beyond the limit of its task it is counted and dropped. */
  readonly outputBytes?: number;
  /** It reports this fraction half-way, or at once when it never ends. */
  readonly progress?: number;
  /** JSON text that it reports before it ends. */
  readonly result?: string;
  /** It cannot be started at all. */
  readonly refusal?: ErrorCode;
}

interface Process {
  readonly start: RealStart;
  readonly spec: LaunchSpec;
  readonly behaviour: ProgramBehaviour;
  readonly startedAt: number;
  ended: ProcessOutcome | undefined;
  /** Why it is ended before its time; the first reason counts. */
  cause: 'cancel' | 'time-limit' | undefined;
  /** Virtual instant of KILL; asking again can only bring it nearer. */
  killAtMs: number;
}

function parametersIn(environment: LaunchSpec['environment']): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const name in environment) {
    if (name.startsWith(PARAMETER_PREFIX)) parameters.set(name, environment[name] as string);
  }
  return parameters;
}

const PARAMETER_PREFIX = parameterVariable('');

/** Lets an act wait for the commit that it depends on. */
export type Hold = (act: () => void) => void;

/** From the call to the process, and from TERM to its end. */
const PROMPT_MS = 1;
/** An ending is on the disk this long after it happened, and then survives a power cut. */
const ENDING_SAFE_MS = 1000;
/** Endings that are kept, the newest; they are asked for after a restart only. */
const ENDINGS_KEPT = 500;

/** All processes of one machine, through all lives of its agent. */
export class SimProcessTable {
  readonly starts: RealStart[];
  readonly #time: Timing;
  readonly #machine: MachineId;
  readonly #wallMs: () => number;
  readonly #behaviour: (spec: LaunchSpec) => ProgramBehaviour;
  /** In the order of their starts. */
  readonly #processes = new Map<RunId, Process>();
  #endings = 0;
  #listener: ((event: ProcessEvent) => void) | undefined;
  /** Set by faults: what a program does instead of what it usually does. */
  misbehave: ((spec: LaunchSpec, usual: ProgramBehaviour) => ProgramBehaviour) | undefined;

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

  /** The runner of one life of the agent. @param hold what it is told waits for; by default nothing. */
  runner(hold: Hold = (act) => act()): ProcessRunner {
    let listener: ((event: ProcessEvent) => void) | undefined;
    return {
      start: (onEvent, unfinished) => {
        listener = onEvent;
        this.#listener = onEvent;
        for (const runId of unfinished) this.#report(runId, onEvent);
        return Promise.resolve();
      },
      launch: (spec) => {
        hold(() => {
          this.#launch(spec);
        });
      },
      terminate: (runId, graceMs) => {
        hold(() => {
          const process = this.#processes.get(runId);
          if (process !== undefined) this.#terminate(process, 'cancel', graceMs);
        });
      },
      stop: () => {
        if (this.#listener === listener) this.#listener = undefined;
        return Promise.resolve();
      },
    };
  }

  /** Processes that have not ended. */
  living(): RealStart[] {
    return [...this.#processes.values()].filter(({ ended }) => ended === undefined).map(({ start }) => start);
  }

  /** The agent is gone; its processes are not. */
  agentGone(): void {
    this.#listener = undefined;
  }

  /** Somebody or something kills one process, as a system without memory does. */
  killOne(runId: RunId): void {
    const process = this.#processes.get(runId);
    if (process !== undefined) this.#end(process, 'SIGKILL');
  }

  /** Whatever hangs is killed, as by a person who looks after the machine. */
  endHung(): void {
    for (const process of this.#processes.values()) {
      if (process.behaviour.durationMs === Infinity) this.#end(process, 'SIGKILL');
    }
  }

  /** The launcher dies and its processes with it: nobody knows any more how they ended, and the agent is told so. */
  loseLauncher(): void {
    for (const process of this.living()) {
      this.#forget(process.runId);
      this.#listener?.({ type: 'vanished', runId: process.runId });
    }
  }

  /** The machine lost power: everything is gone but the endings that were on the disk. */
  powerLost(): void {
    this.#listener = undefined;
    for (const [runId, { start }] of this.#processes) {
      if ((start.endedAtMs ?? Infinity) > this.#time.now - ENDING_SAFE_MS) this.#forget(runId);
    }
  }

  #forget(runId: RunId): void {
    const process = this.#processes.get(runId);
    if (process === undefined) return;
    process.start.endedAtMs ??= this.#time.now;
    this.#processes.delete(runId);
  }

  #report(runId: RunId, onEvent: (event: ProcessEvent) => void): void {
    const process = this.#processes.get(runId);
    if (process === undefined) return onEvent({ type: 'vanished', runId });
    if (process.ended !== undefined) return onEvent({ type: 'ended', runId, outcome: process.ended });
    onEvent({ type: 'started', runId, pid: 1, startedAt: process.startedAt });
  }

  #launch(spec: LaunchSpec): void {
    const { runId } = spec;
    const known = this.#processes.get(runId)?.ended;
    // No run is started twice: who asks again is told how it ended, as from its folder.
    if (known !== undefined)
      this.#time.after(PROMPT_MS, () => this.#listener?.({ type: 'ended', runId, outcome: known }));
    if (this.#processes.has(runId)) return;
    const usual = this.#behaviour(spec);
    const behaviour = this.misbehave?.(spec, usual) ?? usual;
    const { refusal } = behaviour;
    if (refusal !== undefined) {
      this.#time.after(PROMPT_MS, () => {
        this.#listener?.({
          type: 'not-started',
          runId,
          code: refusal,
          text: 'the simulated program cannot be started',
        });
      });
      return;
    }
    const start = this.#startOf(spec);
    this.starts.push(start);
    const startedAt = Math.floor(this.#wallMs());
    const process: Process = {
      start,
      spec,
      behaviour,
      startedAt,
      ended: undefined,
      cause: undefined,
      killAtMs: Infinity,
    };
    this.#processes.set(runId, process);
    this.#run(process);
  }

  #startOf(spec: LaunchSpec): RealStart {
    return {
      atMs: this.#time.now,
      machine: this.#machine,
      taskId: spec.taskId,
      occurrenceId: spec.environment['CARILLON_OCCURRENCE'] as OccurrenceId,
      attempt: Number(spec.environment['CARILLON_ATTEMPT']),
      fencingToken: Number(spec.environment['CARILLON_FENCING_TOKEN']),
      runId: spec.runId,
      action: spec.action,
      parameters: parametersIn(spec.environment),
      endedAtMs: undefined,
    };
  }

  #run(process: Process): void {
    const { spec, behaviour, startedAt } = process;
    const { runId, timeoutMs, killGraceMs } = spec;
    const { durationMs, progress } = behaviour;
    this.#time.after(PROMPT_MS, () => {
      this.#tell(process, { type: 'started', runId, pid: 1, startedAt });
    });
    if (progress !== undefined) {
      this.#time.after(PROMPT_MS + (durationMs < Infinity ? durationMs / 2 : 0), () => {
        this.#tell(process, { type: 'progress', runId, fraction: progress });
      });
    }
    if (timeoutMs !== undefined && timeoutMs < durationMs) {
      this.#time.after(PROMPT_MS + timeoutMs, () => {
        this.#terminate(process, 'time-limit', killGraceMs);
      });
    }
    if (durationMs === Infinity) return;
    this.#time.after(PROMPT_MS + durationMs, () => {
      this.#end(process, behaviour.signal);
    });
  }

  #tell(process: Process, event: ProcessEvent): void {
    if (process.ended === undefined && this.#holds(process)) this.#listener?.(event);
  }

  #terminate(process: Process, cause: 'cancel' | 'time-limit', graceMs: number): void {
    if (process.ended !== undefined || !this.#holds(process)) return;
    process.cause ??= cause;
    const waitMs = process.behaviour.ignoresTerm === true ? Math.max(PROMPT_MS, graceMs) : PROMPT_MS;
    const killAtMs = this.#time.now + waitMs;
    if (killAtMs >= process.killAtMs) return;
    process.killAtMs = killAtMs;
    this.#time.after(waitMs, () => {
      this.#end(process, process.behaviour.ignoresTerm === true ? 'SIGKILL' : 'SIGTERM');
    });
  }

  #end(process: Process, signal: string | undefined): void {
    const { behaviour, spec, start, startedAt, cause } = process;
    const { runId, outputLimitBytes } = spec;
    if (process.ended !== undefined || !this.#holds(process)) return;
    const writtenBytes = behaviour.outputBytes ?? 0;
    start.endedAtMs = this.#time.now;
    process.ended = {
      exitCode: signal === undefined ? behaviour.exitCode : undefined,
      signal,
      startedAt,
      finishedAt: Math.max(startedAt, Math.floor(this.#wallMs())),
      timedOut: cause === 'time-limit',
      cancelled: cause === 'cancel',
      outputBytes: Math.min(writtenBytes, outputLimitBytes),
      outputDroppedBytes: Math.max(0, writtenBytes - outputLimitBytes),
      result: signal === undefined ? behaviour.result : undefined,
      failure: undefined,
    };
    this.#listener?.({ type: 'ended', runId, outcome: process.ended });
    this.#endings += 1;
    if (this.#endings > 2 * ENDINGS_KEPT) this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (const [runId, { ended }] of this.#processes) {
      if (this.#endings <= ENDINGS_KEPT) return;
      if (ended === undefined) continue;
      this.#processes.delete(runId);
      this.#endings -= 1;
    }
  }

  #holds(process: Process): boolean {
    return this.#processes.get(process.spec.runId) === process;
  }
}
