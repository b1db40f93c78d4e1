/**
 * `npm run sim`: plays the stories of many seeds and tells which invariants did not hold, and how to play them again.
 * Standard error shows how far they have come while that takes. Exits with 0 when all held, with 1 when one did not, with 2 when it was called wrongly.
 */
import { parseSimArguments, type SimArguments, USAGE } from './sim-arguments.ts';
import { type LookAtStory, ProgressTeller } from './sim-progress.ts';
import { addResult, emptyReport, reportJson, seedLines, type SimReport, summaryLine } from './sim-report.ts';
import { simulate, type SimResult } from './sim-run.ts';
import { playAll } from './story-pool.ts';

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

/** Plays all stories asked for, and tells each result as it comes. */
export async function playStories(
  asked: SimArguments,
  onResult: (result: SimResult) => void,
  onStep?: (seed: number, look: LookAtStory) => void,
): Promise<SimReport> {
  const report = emptyReport();
  const beganMs = performance.now();
  const onEach = (result: SimResult): void => {
    addResult(report, result);
    onResult(result);
  };
  await playAll(asked, onEach, onStep);
  report.seconds = (performance.now() - beganMs) / 1000;
  return report;
}

async function main(argv: readonly string[]): Promise<number> {
  const asked = parseSimArguments(argv);
  if (asked === 'help') {
    console.log(USAGE);
    return 0;
  }
  if ('wrong' in asked) {
    console.error(`${asked.wrong}\n\n${USAGE}`);
    return 2;
  }
  if (asked.trace) return traceStory(asked);
  const { seeds } = asked;
  const teller = new ProgressTeller(console.error, seeds.kind === 'range' ? seeds.count : undefined);
  const onResult = (result: SimResult): void => {
    teller.onDone(result.seed);
    const failed = result.violations.length > 0;
    for (const line of seedLines(result, asked.story)) {
      // With --json standard output belongs to the document.
      if (!asked.json) console.log(line);
      else if (failed) console.error(line);
    }
  };
  const report = await playStories(asked, onResult, (seed, look) => {
    teller.onStep(seed, look);
  });
  console.log(asked.json ? reportJson(report) : summaryLine(report));
  return report.violations.length > 0 ? 1 : 0;
}

async function traceStory({ story, seeds }: SimArguments): Promise<number> {
  if (seeds.kind !== 'range') throw new Error('a trace is of one seed');
  const result = await simulate({
    ...story,
    seed: seeds.first,
    trace: (line) => {
      process.stdout.write(`${line}\n`);
    },
  });
  for (const line of seedLines(result, story)) console.log(line);
  return result.violations.length > 0 ? 1 : 0;
}
