/**
 * Runs actions on this machine. Processes outlive the agent: they belong to a launcher of their own, and `start`
 * reports what still runs and what ended meanwhile. All outcomes arrive through the handlers, in order for each run.
 */
import type { Action } from '../domain/action.ts';
import type { RunId, TaskId } from '../domain/ids.ts';
import type { ErrorCode } from '../std/error-codes.ts';

export interface LaunchSpec {
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly action: Action;
  /** A user of this machine as whom it runs; the agent's own when absent. */
  readonly user?: string;
  /** UTF-8 values of the secrets that the action names, by their names. In memory only: written nowhere, told to nobody. */
  readonly secrets?: Readonly<Record<string, Uint8Array>>;
  /** `CARILLON_…` variables, added last. */
  readonly environment: Readonly<Record<string, string>>;
  /** JSON description of the run, for standard input where the action gives none. */
  readonly description: string;
  readonly timeoutMs: number | undefined;
  readonly killGraceMs: number;
  readonly outputLimitBytes: number;
}

export interface ProcessOutcome {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly timedOut: boolean;
  readonly cancelled: boolean;
  readonly outputBytes: number;
  readonly outputDroppedBytes: number;
  /** JSON text of the last result line, if any. */
  readonly result: string | undefined;
  /** For actions that fail without an exit code, such as HTTP expectations. */
  readonly failure: { readonly code: ErrorCode; readonly text: string } | undefined;
}

export type ProcessEvent =
  | { readonly type: 'started'; readonly runId: RunId; readonly pid: number | undefined; readonly startedAt: number }
  | { readonly type: 'progress'; readonly runId: RunId; readonly fraction: number }
  | { readonly type: 'ended'; readonly runId: RunId; readonly outcome: ProcessOutcome }
  /** It never started. */
  | { readonly type: 'not-started'; readonly runId: RunId; readonly code: ErrorCode; readonly text: string }
  /** Its launcher died with it; whether and how it ended is not known. */
  | { readonly type: 'vanished'; readonly runId: RunId };

export interface ProcessRunner {
  /**
   * Connects to the launcher (starting one where none is left), then reports on `unfinished` runs of an earlier life:
   * `started` for what still runs (adopted), `ended` for what ended meanwhile, `vanished` for the rest.
   */
  start(onEvent: (event: ProcessEvent) => void, unfinished: readonly RunId[]): Promise<void>;
  launch(spec: LaunchSpec): void;
  /** TERM to the whole process tree, KILL after the grace time. Unknown runs are ignored. */
  terminate(runId: RunId, graceMs: number): void;
  /** Lets go without ending anything. */
  stop(): Promise<void>;
}
