/**
 * Ends all processes of one machine of the demo at once, as a power cut does: the agent, its launcher, and the tasks.
 * They are found as descendants of the agent and, on Linux, by the temporary folder in their environment, which no
 * other process has: so nothing of another program is ever ended, and nothing of ours is left.
 */
import { readProcessTable } from '../../core/adapters/processes/process-table.ts';

const ROUNDS = 100;
const ROUND_MS = 20;

/** Process ids. */
export interface Sweep {
  readonly ended: readonly number[];
  /** Only a process that the kernel itself holds can be among them. */
  readonly left: readonly number[];
}

/**
 * Kills and waits until all are gone; at most two seconds. Synchronous, so that it works while the demo itself ends.
 * @param agentPid undefined when the agent does not run
 * @param temporaryFolder that every process of the machine has as `TMPDIR`
 */
export function sweepProcesses(agentPid: number | undefined, temporaryFolder: string): Sweep {
  const marked = `TMPDIR=${temporaryFolder}`;
  const known = agentPid === undefined ? new Set<number>() : descendantsOf(agentPid);
  // The agent first: from then on nobody asks its launcher for anything.
  if (agentPid !== undefined) endProcess(agentPid);
  for (const pid of known) endProcess(pid);
  let left: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    left = readProcessTable(0)
      .filter((entry) => !entry.zombie && (known.has(entry.pid) || entry.hasEnvironment(marked)))
      .map((entry) => entry.pid);
    if (left.length === 0) break;
    for (const pid of left) {
      known.add(pid);
      endProcess(pid);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ROUND_MS);
  }
  return { ended: [...known].filter((pid) => !left.includes(pid)), left };
}

/** The process itself and all that it started, as far as their parents still run. */
function descendantsOf(pid: number): Set<number> {
  const table = readProcessTable(0);
  const found = new Set([pid]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const entry of table) if (found.has(entry.parentPid)) found.add(entry.pid);
  }
  return found;
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (fault) {
    // It has ended by itself.
    if ((fault as NodeJS.ErrnoException).code !== 'ESRCH') throw fault;
  }
}
