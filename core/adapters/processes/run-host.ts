/** What the launcher gives to each run that it holds, and what each run gives to it. */
import { TIMES } from '../../config/constants.ts';
import type { RunId } from '../../domain/ids.ts';
import type { ProcessEvent } from '../../ports/process-runner.ts';
import { errorCode, messageOf } from './launch-refusal.ts';
import type { HeldRun } from './launcher-protocol.ts';
import type { PipePool } from './pipe-pool.ts';
import type { SecretFiles } from './secret-files.ts';
import type { UserDirectory } from './user-directory.ts';
import { writeEnding, type RunEnding, type RunPaths } from './run-folder.ts';

export interface RunHost {
  readonly dataFolder: string;
  readonly pipes: PipePool;
  readonly secretFiles: SecretFiles;
  readonly users: UserDirectory;
  /** The agent's environment as tasks may see it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Tells the agent, if one is there. */
  emit(event: ProcessEvent): void;
  /** The run has ended, and its folder says so: the launcher may forget it. */
  release(runId: RunId): void;
  /** The run's ending is written; it is brought to the disk in the background, one after the other. */
  syncLater(paths: RunPaths): void;
  log(text: string): void;
}

/** A run from the moment its folder exists until its ending is recorded. */
export interface ActiveRun {
  readonly held: HeldRun;
  /** TERM to the whole tree, KILL after the grace time; asking again can only shorten the time left. */
  terminate(graceMs: number): void;
}

/**
 * Records the ending, then tells the agent, then lets go. While the disk refuses the record the agent is told at once,
 * but the run is held on and told of again, so that an agent that comes back meanwhile hears of it as well.
 */
export function concludeRun(host: RunHost, runId: RunId, paths: RunPaths, ending: RunEnding): void {
  const event: ProcessEvent = { ...ending, runId };
  try {
    writeEnding(paths, ending);
    host.syncLater(paths);
    host.release(runId);
  } catch (error) {
    host.log(`the ending of ${runId} cannot be recorded: ${messageOf(error)}`);
    // Somebody removed the folder: there is nothing left that a record could complete.
    if (errorCode(error) === 'ENOENT') host.release(runId);
    else setTimeout(() => concludeRun(host, runId, paths, ending), TIMES.storageRetryMs);
  }
  host.emit(event);
}
