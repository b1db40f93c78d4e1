/**
 * What becomes of a run that no launcher holds any more. Its folder may tell how it ended; otherwise its launcher died
 * with it, and nobody could tell how it ends: what is left of it is killed, so that a run reported as vanished does not
 * work on in secret.
 */
import { existsSync } from 'node:fs';
import type { RunId } from '../../domain/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import { messageOf } from './launch-refusal.ts';
import { processStartTime } from './process-table.ts';
import { killTree } from './process-tree.ts';
import { readEnding, readMeta, runPaths, syncEnding, writeEnding, type RunEnding } from './run-folder.ts';

/** The ending of the run, recorded; undefined when it was never started. */
export async function settleLostRun(dataFolder: string, runId: RunId, logger: Logger): Promise<RunEnding | undefined> {
  const paths = runPaths(dataFolder, runId);
  const known = readEnding(paths);
  if (known !== undefined) return known;
  if (!existsSync(paths.folder)) return undefined;
  const meta = readMeta(paths);
  // Only the same process: its id may have been given to another since.
  const same = meta?.pid !== undefined && meta.startTime !== undefined && processStartTime(meta.pid) === meta.startTime;
  const gone = await killTree({ runId, pid: same ? meta.pid : undefined });
  if (!gone) logger.log('warn', 'some processes of a lost run cannot be killed', { runId });
  const ending: RunEnding = { type: 'vanished' };
  try {
    writeEnding(paths, ending);
    await syncEnding(paths);
  } catch (error) {
    logger.log('warn', 'the end of a lost run could not be recorded', { runId, reason: messageOf(error) });
  }
  return ending;
}
