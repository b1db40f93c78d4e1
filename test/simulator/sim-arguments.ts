/** The command line of `npm run sim`: what it may say, its defaults, and what is wrong with it. */
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { LIMITS } from '../../core/config/constants.ts';
import { FAMILIES } from './story-faults.ts';
import type { SimOptions } from './sim-run.ts';

export interface SimArguments {
  /** What every story is told; its seed comes from `seeds`. */
  readonly story: Omit<SimOptions, 'seed' | 'trace' | 'progress'>;
  readonly seeds: SeedRange | FreshSeeds;
  readonly json: boolean;
  /** Print every line of the (one) story. */
  readonly trace: boolean;
  /** Processes that play stories at the same time. */
  readonly jobs: number;
}

export interface SeedRange {
  readonly kind: 'range';
  readonly first: number;
  readonly count: number;
}

export interface FreshSeeds {
  readonly kind: 'fresh';
  /** No story begins later than this after the start. */
  readonly seconds: number;
}

export const USAGE = `npm run sim -- [options]

  --first-seed N   the first seed (1)
  --seeds N        how many seeds, one after the other (10)
  --seed N         this one seed
  --for SECONDS    fresh random seeds for so long, instead of a range
  --hours H        virtual hours of each story (1)
  --machines N     machines of the cluster, 2 to ${LIMITS.machinesPerCluster} (5)
  --tasks N        tasks (40)
  --faults F       none, all, or one of ${FAMILIES.join(', ')} (all)
  --workload W     drawn: tasks of every kind; minutely: plain ones, each due once a minute (drawn)
  --jobs N         worker processes (as many as there are processors)
  --json           one JSON document on standard output
  --trace          every line of the story; only with --seed
  --help           this text

Standard error shows how far it has come, every ten seconds.
It exits with 1 when an invariant did not hold, with 2 when it was called wrongly.`;

const OPTIONS = {
  'first-seed': { type: 'string' },
  seeds: { type: 'string' },
  seed: { type: 'string' },
  for: { type: 'string' },
  hours: { type: 'string' },
  machines: { type: 'string' },
  tasks: { type: 'string' },
  faults: { type: 'string' },
  workload: { type: 'string' },
  jobs: { type: 'string' },
  json: { type: 'boolean', default: false },
  trace: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Words = ReturnType<typeof readWords>;

const LARGEST_SEED = 2 ** 32 - 1;

/** @returns what was asked for; 'help'; or what is wrong, in words. */
export function parseSimArguments(argv: readonly string[]): SimArguments | 'help' | { readonly wrong: string } {
  try {
    const words = readWords(argv);
    if (words.help) return 'help';
    if (words.trace && words.seed === undefined) return { wrong: '--trace needs --seed: one story at a time' };
    if (words.trace && words.json) return { wrong: '--trace and --json both want standard output: choose one' };
    return {
      story: {
        machines: whole(words, 'machines', 5, 2, LIMITS.machinesPerCluster),
        tasks: whole(words, 'tasks', 40, 1, LIMITS.tasksPerCluster),
        hours: fraction(words, 'hours', 1, 24 * 366),
        faults: choice(words, 'faults', 'all', ['none', 'all', ...FAMILIES]),
        workload: choice(words, 'workload', 'drawn', ['drawn', 'minutely']),
      },
      seeds: readSeeds(words),
      json: words.json,
      trace: words.trace,
      jobs: whole(words, 'jobs', availableParallelism(), 1, 256),
    };
  } catch (fault) {
    if (!(fault instanceof Error)) throw fault;
    return { wrong: fault.message };
  }
}

/** A seed that nobody has chosen. */
export function freshSeed(): number {
  return randomInt(1, LARGEST_SEED);
}

/** The command that plays a story again, line by line. */
export function replayCommand(
  seed: number,
  { machines, tasks, hours, faults, workload }: SimArguments['story'],
): string {
  const kind = workload === undefined || workload === 'drawn' ? '' : ` --workload ${workload}`;
  return `npm run sim -- --seed ${seed} --machines ${machines} --tasks ${tasks} --hours ${hours} --faults ${faults}${kind} --trace`;
}

function readWords(argv: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'] {
  return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: false }).values;
}

function readSeeds(words: Words): SimArguments['seeds'] {
  const ways = [words.seed, words.for, words['first-seed'] ?? words.seeds].filter((word) => word !== undefined);
  if (ways.length > 1) throw new Error('--seed, --for, and --first-seed with --seeds exclude each other');
  if (words.for !== undefined) return { kind: 'fresh', seconds: fraction(words, 'for', 60, 7 * 86_400) };
  if (words.seed !== undefined) return { kind: 'range', first: whole(words, 'seed', 1, 0, LARGEST_SEED), count: 1 };
  const first = whole(words, 'first-seed', 1, 0, LARGEST_SEED);
  return { kind: 'range', first, count: whole(words, 'seeds', 10, 1, LARGEST_SEED - first + 1) };
}

function whole(words: Words, name: keyof Words, usual: number, min: number, max: number): number {
  const value = numberOf(words, name, usual);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`--${name} is a whole number from ${min} to ${max}, not "${String(words[name])}"`);
  }
  return value;
}

function fraction(words: Words, name: keyof Words, usual: number, max: number): number {
  const value = numberOf(words, name, usual);
  if (!(value > 0) || value > max) {
    throw new Error(`--${name} is a number above 0 and up to ${max}, not "${String(words[name])}"`);
  }
  return value;
}

function numberOf(words: Words, name: keyof Words, usual: number): number {
  const word = words[name];
  if (word === undefined) return usual;
  return typeof word === 'string' && word.trim() !== '' ? Number(word) : Number.NaN;
}

function choice<T extends string>(words: Words, name: keyof Words, usual: T, among: readonly T[]): T {
  const word = words[name] ?? usual;
  const found = among.find((one) => one === word);
  if (found === undefined) throw new Error(`--${name} is one of ${among.join(', ')}, not "${String(word)}"`);
  return found;
}
