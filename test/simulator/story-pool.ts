/**
 * Plays many stories in several processes. A process that ends before its story does (out of memory, a broken
 * assertion in a callback) makes that story a violation, so that no seed is ever lost silently.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freshSeed, type SimArguments } from './sim-arguments.ts';
import type { LookAtStory } from './sim-progress.ts';
import { simulate, type SimResult } from './sim-run.ts';
import type { TellableOptions, WorkerMessage } from './story-worker.ts';

/** No story takes longer than this; one that does is taken to hang. */
const LONGEST_STORY_MS = 6 * 3_600_000;

type OnStep = (seed: number, look: LookAtStory) => void;

/** Plays the story of every seed asked for, and tells each result as it comes, and each little step until then. */
export async function playAll(
  asked: SimArguments,
  onResult: (result: SimResult) => void,
  onStep: OnStep = () => undefined,
): Promise<void> {
  const seeds = seedsOf(asked.seeds);
  const known = asked.seeds.kind === 'range' ? asked.seeds.count : Infinity;
  const jobs = Math.min(asked.jobs, known);
  if (jobs === 1) {
    for (const seed of seeds) {
      const progress = (look: LookAtStory): void => {
        onStep(seed, look);
      };
      onResult(await simulate({ ...asked.story, seed, progress }));
    }
    return;
  }
  await Promise.all(Array.from({ length: jobs }, () => work(asked.story, seeds, onResult, onStep)));
}

/** Seeds from a range, or fresh ones as long as there is time; several workers may draw from it. */
function* seedsOf(seeds: SimArguments['seeds']): Generator<number> {
  if (seeds.kind === 'range') {
    for (let index = 0; index < seeds.count; index += 1) yield seeds.first + index;
    return;
  }
  const endsAtMs = performance.now() + seeds.seconds * 1000;
  while (performance.now() < endsAtMs) yield freshSeed();
}

async function work(
  story: SimArguments['story'],
  seeds: Generator<number>,
  onResult: (result: SimResult) => void,
  onStep: OnStep,
): Promise<void> {
  let worker: ChildProcess | undefined;
  for (let next = seeds.next(); next.done !== true; next = seeds.next()) {
    worker ??= fork(fileURLToPath(new URL('story-worker.ts', import.meta.url)), { serialization: 'advanced' });
    const result = await playApart(worker, { ...story, seed: next.value }, onStep);
    if (worker.exitCode !== null || worker.signalCode !== null) worker = undefined;
    onResult(result);
  }
  worker?.disconnect();
}

function playApart(worker: ChildProcess, options: TellableOptions, onStep: OnStep): Promise<SimResult> {
  return new Promise((done) => {
    const timer = setTimeout(() => worker.kill('SIGKILL'), LONGEST_STORY_MS);
    const finish = (result: SimResult): void => {
      clearTimeout(timer);
      worker.removeAllListeners();
      done(result);
    };
    worker.on('message', (message) => {
      const told = message as WorkerMessage;
      if ('result' in told) finish(told.result);
      else onStep(options.seed, () => told.progress);
    });
    worker.once('exit', (code, signal) => {
      finish(brokenOff(options.seed, `its process ended with ${signal ?? String(code)}`));
    });
    worker.send(options);
  });
}

function brokenOff(seed: number, detail: string): SimResult {
  return {
    seed,
    simulatedHours: 0,
    occurrences: 0,
    runs: 0,
    violations: [{ seed, invariant: 'liveness', at: 0, detail: `the story broke off: ${detail}` }],
    duplicatesAllowed: 0,
    withheld: 0,
  };
}
