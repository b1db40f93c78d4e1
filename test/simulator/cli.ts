/**
 * `npm run sim`: plays the stories of many seeds and tells which invariants did not hold, and how to play them again.
 * Exits with 0 when all held, with 1 when one did not, with 2 when it was called wrongly.
 */
import { parseSimArguments, type SimArguments, USAGE } from './sim-arguments.ts';
import { addResult, emptyReport, reportJson, seedLines, type SimReport, summaryLine } from './sim-report.ts';
import { simulate, type SimResult } from './sim-run.ts';
import { playAll } from './story-pool.ts';

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

/** Plays all stories asked for, and tells each result as it comes. */
export async function playStories(asked: SimArguments, onResult: (result: SimResult) => void): Promise<SimReport> {
  const report = emptyReport();
  const beganMs = performance.now();
  await playAll(asked, (result) => {
    addResult(report, result);
    onResult(result);
  });
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
  const report = await playStories(asked, (result) => {
    const failed = result.violations.length > 0;
    for (const line of seedLines(result, asked.story)) {
      // With --json standard output belongs to the document.
      if (!asked.json) console.log(line);
      else if (failed) console.error(line);
    }
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
