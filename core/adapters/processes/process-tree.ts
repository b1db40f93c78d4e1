/**
 * The processes that came out of one run, and their end. A process belongs to the run when its environment holds the
 * run's marker, when it is in the session or group of the run's first process, or when its parent belongs. So
 * daemons that left session, group and parent behind are found by the marker, and those that were started with an
 * empty environment by the session. What does all of that at once is out of reach.
 */
import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { PROCESSES } from '../../config/processes.ts';
import type { RunId } from '../../domain/ids.ts';
import { processStartTime, readProcessTable, type ProcessEntry } from './process-table.ts';

export const RUN_MARKER = 'CARILLON_RUN_ID';

export interface ProcessTree {
  readonly runId: RunId;
  /** Its first process, which leads its own session and group; undefined when that may be another process by now. */
  readonly pid: number | undefined;
}

const KILL_ROUNDS = 100;
const KILL_ROUND_MS = 20;
const SHARED_TABLE_MS = 20;

/** The living processes of the tree. */
export function treeMembers(tree: ProcessTree, maxAgeMs = 0): number[] {
  if (process.platform === 'win32')
    return tree.pid !== undefined && processStartTime(tree.pid) !== undefined ? [tree.pid] : [];
  const table = readProcessTable(maxAgeMs);
  const marker = `${RUN_MARKER}=${tree.runId}`;
  const members = new Set<number>();
  for (const entry of table) if (isRoot(entry, tree, marker)) members.add(entry.pid);
  // Parents are listed before or after their children: repeat until nothing new is found.
  for (let before = -1; before !== members.size;) {
    before = members.size;
    for (const entry of table) if (members.has(entry.parentPid) && !isOwn(entry.pid)) members.add(entry.pid);
  }
  return table.filter((entry) => members.has(entry.pid) && !entry.zombie).map((entry) => entry.pid);
}

/** Sends the signal to every process of the tree. Processes that are gone meanwhile are passed over. */
export function signalTree(tree: ProcessTree, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (process.platform === 'win32') return endWindowsTree(tree, signal);
  const members = treeMembers(tree, SHARED_TABLE_MS);
  if (tree.pid !== undefined) sendSignal(-tree.pid, signal);
  const grouped = tree.pid === undefined ? new Set<number>() : groupMembers(tree.pid);
  for (const pid of members) if (!grouped.has(pid)) sendSignal(pid, signal);
}

/**
 * Kills the tree and whatever it starts meanwhile. False when something is left after two seconds, which only a process
 * that the kernel itself holds (such as on a dead network file system) can bring about.
 */
export async function killTree(tree: ProcessTree): Promise<boolean> {
  for (let round = 0; round < KILL_ROUNDS; round += 1) {
    // A list is not read at one instant: only a second, fresh one shows that nothing slipped through.
    if (round > 0 && treeMembers(tree, SHARED_TABLE_MS).length === 0 && treeMembers(tree).length === 0) return true;
    signalTree(tree, 'SIGKILL');
    await delay(KILL_ROUND_MS);
  }
  return treeMembers(tree).length === 0;
}

/** TERM to the tree, KILL when the deadline (which may move) has passed; resolves once nothing is left to end. */
export async function endTree(tree: ProcessTree, deadlineMs: () => number): Promise<boolean> {
  signalTree(tree, 'SIGTERM');
  for (let waitMs = 10; ; waitMs = Math.min(PROCESSES.treePollMs, waitMs * 2)) {
    const leftMs = deadlineMs() - performance.now();
    if (leftMs <= 0) return killTree(tree);
    await delay(Math.min(waitMs, leftMs));
    if (treeMembers(tree, PROCESSES.treePollMs / 2).length === 0) return true;
  }
}

function isRoot(entry: ProcessEntry, tree: ProcessTree, marker: string): boolean {
  if (isOwn(entry.pid)) return false;
  if (tree.pid !== undefined && [entry.pid, entry.groupId, entry.sessionId].includes(tree.pid)) return true;
  return entry.hasEnvironment(marker);
}

function isOwn(pid: number): boolean {
  return pid === process.pid;
}

function groupMembers(groupId: number): Set<number> {
  const entries = readProcessTable(SHARED_TABLE_MS).filter((entry) => entry.groupId === groupId);
  return new Set(entries.map((entry) => entry.pid));
}

function sendSignal(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // Gone already, or one that changed its user: neither can be helped from here.
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function endWindowsTree(tree: ProcessTree, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (tree.pid === undefined) return;
  const force = signal === 'SIGKILL' ? ['/F'] : [];
  try {
    execFileSync('taskkill', ['/PID', String(tree.pid), '/T', ...force], { stdio: 'ignore', timeout: 10_000 });
  } catch (error) {
    // taskkill fails when the process is gone, and when it refuses to end without force; the caller looks again.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
  }
}
