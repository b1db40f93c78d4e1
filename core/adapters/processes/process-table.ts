/**
 * The processes of this machine as the operating system lists them. On Linux from /proc, with the environment that
 * each was started with; elsewhere from `ps`, without it.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  readonly sessionId: number;
  /** Ended, and only waits to be collected by its parent. */
  readonly zombie: boolean;
  /** True when its environment holds the entry (`NAME=value`); false where that cannot be known. */
  hasEnvironment(entry: string): boolean;
}

let cached: { at: number; table: readonly ProcessEntry[] } | undefined;

/** All processes; a list that is not older than `maxAgeMs` may be shared among callers. */
export function readProcessTable(maxAgeMs: number): readonly ProcessEntry[] {
  const now = performance.now();
  if (cached !== undefined && now - cached.at <= maxAgeMs) return cached.table;
  const table = process.platform === 'linux' ? readProc() : readPs();
  cached = { at: performance.now(), table };
  return table;
}

/**
 * When the process was started, so that a process id that was given away again is not taken for the old process: the
 * boot's id and the clock ticks since (field 22 of /proc/<pid>/stat, proc(5)). Undefined when there is no such process.
 */
export function processStartTime(pid: number): string | undefined {
  if (process.platform !== 'linux') return isAlive(pid) ? 'unknown' : undefined;
  const fields = readStat(pid);
  if (fields === undefined || fields[0] === 'Z') return undefined;
  return `${bootId()}:${fields[19]}`;
}

function readProc(): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const fields = readStat(pid);
    if (fields === undefined) continue;
    let environment: string | undefined;
    entries.push({
      pid,
      parentPid: Number(fields[1]),
      groupId: Number(fields[2]),
      sessionId: Number(fields[3]),
      zombie: fields[0] === 'Z' || fields[0] === 'X',
      hasEnvironment(entry) {
        environment ??= `\0${readProcFile(pid, 'environ') ?? ''}`;
        return environment.includes(`\0${entry}\0`);
      },
    });
  }
  return entries;
}

/** The fields from the state on (field 3 of proc(5) is index 0); the name before may hold spaces and brackets. */
function readStat(pid: number): string[] | undefined {
  const text = readProcFile(pid, 'stat');
  if (text === undefined) return undefined;
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Undefined when the process is gone, or is another user's. */
function readProcFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(code)) return undefined;
    throw error;
  }
}

let knownBootId: string | undefined;
function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return knownBootId;
}

function readPs(): ProcessEntry[] {
  if (process.platform === 'win32') return [];
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,state='], { encoding: 'utf8', timeout: 10_000 });
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [pid = '', parentPid = '', groupId = '', state = ''] = line.trim().split(/\s+/);
      return {
        pid: Number(pid),
        parentPid: Number(parentPid),
        groupId: Number(groupId),
        sessionId: Number(groupId),
        zombie: state.startsWith('Z'),
        hasEnvironment: () => false,
      };
    });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
