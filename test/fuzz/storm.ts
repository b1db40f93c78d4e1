/**
 * A storm of damaged inputs on one door. Each input follows from the seed and its number alone. Fails when feeding an
 * input throws, when an input takes more than three seconds of processor time, and when the heap has grown beyond its bound.
 * A failure tells the input as base64 and the command that feeds it again. An input that never ends is told by a second
 * thread, which then ends the process.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SeededRandom } from '../simulator/seeded-random.ts';
import { budgetOf, type DoorName, fuzzRequest } from './budget.ts';
import { Watchdog } from './watchdog.ts';

export interface Storm {
  readonly door: DoorName;
  /** What of the door is attacked, for the report. */
  readonly title: string;
  /** Part of the door's time, 0 to 1. */
  readonly part: number;
  /** Makes the next input. */
  readonly make: (random: SeededRandom) => Uint8Array;
  /** Feeds one input; throws (or fails an expectation) when something does not hold. */
  readonly feed: (input: Uint8Array) => void | Promise<void>;
  /** By how much the heap may have grown in the end, MiB. By default 48. */
  readonly growthMib?: number;
  /** Inputs at most, for doors that are slow by nature. */
  readonly inputs?: number;
}

/** What a storm did. */
export interface StormReport {
  readonly inputs: number;
  readonly slowestMs: number;
  readonly grownMib: number;
}

/** Processor time that one input may take: far more than any does, also on a machine that is loaded, and no hang. */
const INPUT_CPU_MS = 3000;
const DEFAULT_GROWTH_MIB = 48;
/** The heap is settled by so many inputs before it is measured first. */
const WARM_UP_INPUTS = 200;
const SHOWN_BYTES = 4096;
const MIB = 1024 * 1024;

/** Attacks a door until its time is over. Throws with the failing input when something did not hold. */
export async function storm(options: Storm): Promise<StormReport> {
  const request = fuzzRequest();
  if (request.input !== undefined) {
    await options.feed(request.input);
    return { inputs: 1, slowestMs: 0, grownMib: 0 };
  }
  const budget = budgetOf(options.door, options.part, request);
  const limit = Math.min(options.inputs ?? budget.inputs, budget.inputs);
  using watchdog = new Watchdog(`${options.door}: ${options.title}, seed ${request.seed}`);
  const endMs = performance.now() + budget.ms;
  let slowestMs = 0;
  let heapBefore = heapAfterCollection();
  let count = 0;
  for (; count < limit && (count === 0 || performance.now() < endMs); count += 1) {
    if (count === WARM_UP_INPUTS) heapBefore = heapAfterCollection();
    const input = options.make(inputRandom(request.seed, options.title, count));
    watchdog.look(input);
    const cpuMs = await fed(options, input, request.seed, count);
    slowestMs = Math.max(slowestMs, cpuMs);
  }
  const grownMib = (heapAfterCollection() - heapBefore) / MIB;
  const report = { inputs: count, slowestMs: Math.round(slowestMs), grownMib: Math.round(grownMib * 10) / 10 };
  if (grownMib > (options.growthMib ?? DEFAULT_GROWTH_MIB)) {
    throw new Error(`${options.door}: ${options.title}: the heap grew by ${report.grownMib} MiB in ${count} inputs`);
  }
  if (process.env['CARILLON_FUZZ_REPORT'] !== undefined) {
    process.stderr.write(`${JSON.stringify({ door: options.door, title: options.title, ...report })}\n`);
  }
  return report;
}

/** The source of chance of one input. */
export function inputRandom(seed: number, title: string, index: number): SeededRandom {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  for (const letter of `${title}#${index}`) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193);
  return new SeededRandom(mixed ^ (mixed >>> 15));
}

/** Bytes of the heap that are in use after a full collection. */
export function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

/** Feeds an input and gives back the processor time that it took, milliseconds. */
async function fed(options: Storm, input: Uint8Array, seed: number, index: number): Promise<number> {
  const before = process.cpuUsage();
  try {
    await options.feed(input);
  } catch (fault) {
    throw new Error(failureText(options, input, seed, index, fault), { cause: fault });
  }
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000;
  if (cpuMs > INPUT_CPU_MS) {
    const fault = `it took ${Math.round(cpuMs)} ms of processor time`;
    throw new Error(failureText(options, input, seed, index, fault));
  }
  return cpuMs;
}

/** Inputs too large for a message are kept in the system's folder for temporary files. */
function keptInFile(input: Uint8Array): string {
  const path = join(mkdtempSync(join(tmpdir(), 'carillon-fuzz-input-')), 'input');
  writeFileSync(path, input);
  return path;
}

function failureText(options: Storm, input: Uint8Array, seed: number, index: number, fault: unknown): string {
  const text = Buffer.from(input).toString('base64');
  const whole = input.length <= SHOWN_BYTES;
  const reason = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
  const again = `npm run test:fuzz -- --door ${options.door} --input ${whole ? text : `@${keptInFile(input)}`}`;
  return `${options.door}: ${options.title}: input ${index} of seed ${seed} failed: ${reason}\nSee it again: ${again}`;
}
