/**
 * Runs benches and prints one JSON document of their numbers. Each bench has a process of its own, so that the memory
 * which one leaves behind does not slow the next; what goes on meanwhile is told on standard error.
 *
 *   npm run bench -- [--only name,name] [--full] [--profile folder]
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchOptions } from './bench-options.ts';
import { BENCHES } from './bench-table.ts';

const LONGEST_MS = { usual: 300_000, full: 1_800_000 };

const words = parseArgs({
  options: {
    only: { type: 'string' },
    full: { type: 'boolean', default: false },
    profile: { type: 'string' },
    /** Used by this program itself: carries out one bench in this process. */
    here: { type: 'string' },
  },
}).values;

if (words.here === undefined) await runAll();
else console.log(JSON.stringify(await runHere(words.here)));

async function runAll(): Promise<void> {
  const names = words.only?.split(',') ?? Object.keys(BENCHES);
  const unknown = names.filter((name) => !(name in BENCHES));
  if (unknown.length > 0) {
    console.error(`no bench is called ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const benches: Record<string, unknown> = {};
  for (const name of names) {
    const beganMs = performance.now();
    benches[name] = await runApart(name);
    console.error(`${name}: ${((performance.now() - beganMs) / 1000).toFixed(1)} s`);
  }
  const machine = {
    cpus: availableParallelism(),
    model: cpus()[0]?.model.trim() ?? '',
    memoryBytes: totalmem(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    loadAverage: loadavg()[0],
  };
  console.log(JSON.stringify({ machine, benches }, rounded, 2));
}

async function runHere(name: string): Promise<object> {
  const load = BENCHES[name];
  if (load === undefined) throw new Error(`no bench is called ${name}`);
  const bench = await load();
  const options: BenchOptions = {
    full: words.full,
    ...(words.profile === undefined ? {} : { profileFolder: resolve(words.profile) }),
  };
  if (options.profileFolder !== undefined) mkdirSync(options.profileFolder, { recursive: true });
  return bench.run(options);
}

/** The numbers of one bench; when it fails, what it said instead, so that the others are not lost. */
function runApart(name: string): Promise<unknown> {
  const args = [import.meta.filename, '--here', name];
  if (words.full) args.push('--full');
  if (words.profile !== undefined) args.push('--profile', words.profile);
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const timer = setTimeout(() => child.kill('SIGTERM'), words.full ? LONGEST_MS.full : LONGEST_MS.usual);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) return done(JSON.parse(text));
      process.exitCode = 1;
      done({ failed: `it ended with ${signal ?? String(code)}` });
    });
  });
}

/** Three significant digits are what a measurement of this kind carries; whole numbers stay as they are. */
function rounded(_name: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isInteger(value)) return value;
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
