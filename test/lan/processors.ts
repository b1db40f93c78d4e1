/** Who took the processors of this machine: single processes, and all there are. Linux alone. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { run } from './lan-tools.ts';

/** Since when, and what had been taken by then. */
export interface ProcessorMark {
  readonly at: number;
  /** By everything on this machine, and by what runs beside it on the same processors. */
  readonly takenMs: number;
  readonly ofEachMs: readonly number[];
}

/** What was taken of the processors since a mark. */
export interface ProcessorShares {
  /** By one process of those that were asked about, on average; 1 is a whole processor. */
  readonly each: number;
  /** By everything else, as a part of all processors together. */
  readonly others: number;
}

export function markProcessors(pids: readonly number[]): ProcessorMark {
  return { at: Date.now(), takenMs: takenMs(), ofEachMs: pids.map(processMs) };
}

/** @param pids as for the mark. */
export function sharesSince(mark: ProcessorMark, pids: readonly number[]): ProcessorShares {
  const now = markProcessors(pids);
  const durationMs = now.at - mark.at;
  const ownMs = sum(now.ofEachMs) - sum(mark.ofEachMs);
  const othersMs = now.takenMs - mark.takenMs - ownMs;
  return { each: ownMs / pids.length / durationMs, others: othersMs / durationMs / availableParallelism() };
}

/** Processor time that a process has taken in all. */
function processMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may hold spaces; user and system time are the 12th and 13th field after it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs();
}

/** All that was not idle: proc_stat(5), fields 1 to 3 and 6 to 8 (user, nice, system, irq, softirq, steal). */
function takenMs(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const fields = line.split(/\s+/).slice(1).map(Number);
  return sum([0, 1, 2, 5, 6, 7].map((index) => fields[index] ?? 0)) * tickMs();
}

let tick: number | undefined;

function tickMs(): number {
  tick ??= 1000 / Number(run('getconf', ['CLK_TCK']));
  return tick;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
