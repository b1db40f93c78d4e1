/** What many stories amount to together, for programs and for people. */
import { replayCommand, type SimArguments } from './sim-arguments.ts';
import type { SeedViolation, SimResult } from './sim-run.ts';

/** The sum of all stories; `sim --json` prints it. */
export interface SimReport {
  seeds: number;
  simulatedHours: number;
  occurrences: number;
  runs: number;
  violations: SeedViolation[];
  duplicatesAllowed: number;
  withheld: number;
  /** Wall time. */
  seconds: number;
}

export function emptyReport(): SimReport {
  return {
    seeds: 0,
    simulatedHours: 0,
    occurrences: 0,
    runs: 0,
    violations: [],
    duplicatesAllowed: 0,
    withheld: 0,
    seconds: 0,
  };
}

/** Adds one story to the sum. Violations stay in the order of their seeds, whoever was ready first. */
export function addResult(report: SimReport, result: SimResult): void {
  report.seeds += 1;
  report.simulatedHours += result.simulatedHours;
  report.occurrences += result.occurrences;
  report.runs += result.runs;
  report.duplicatesAllowed += result.duplicatesAllowed;
  report.withheld += result.withheld;
  report.violations.push(...result.violations);
  report.violations.sort((a, b) => a.seed - b.seed);
}

/** One cause shows itself in many ways: the first few tell enough. All are in the JSON. */
const VIOLATIONS_TOLD = 10;

/** One line a story; one more for each violation, and how to play it again. */
export function seedLines(result: SimResult, story: SimArguments['story']): string[] {
  const { seed, simulatedHours, occurrences, runs, duplicatesAllowed, withheld, violations } = result;
  const verdict = violations.length === 0 ? 'ok' : `${violations.length} VIOLATED`;
  const counts = `${simulatedHours.toFixed(2)} h, ${occurrences} occurrences, ${runs} runs`;
  const notes = `${duplicatesAllowed} duplicates allowed, ${withheld} withheld`;
  const lines = [`seed ${seed}: ${verdict}  (${counts}, ${notes})`];
  for (const { invariant, at, detail } of violations.slice(0, VIOLATIONS_TOLD)) {
    lines.push(`  ${invariant} at ${at} ms: ${detail}`);
  }
  if (violations.length > VIOLATIONS_TOLD) lines.push(`  and ${violations.length - VIOLATIONS_TOLD} more`);
  if (violations.length > 0) lines.push(`  replay: ${replayCommand(seed, story)}`);
  return lines;
}

/** The last line. */
export function summaryLine(report: SimReport): string {
  const { seeds, simulatedHours, occurrences, runs, violations, duplicatesAllowed, withheld, seconds } = report;
  const failed = new Set(violations.map(({ seed }) => seed)).size;
  const verdict = failed === 0 ? 'every invariant held' : `INVARIANTS VIOLATED in ${failed} of them`;
  return (
    `${seeds} stories, ${verdict}: ${simulatedHours.toFixed(1)} simulated hours in ${seconds.toFixed(1)} s, ` +
    `${occurrences} occurrences, ${runs} runs, ${duplicatesAllowed} duplicates allowed, ${withheld} withheld`
  );
}

/** The sum as one line of JSON. */
export function reportJson(report: SimReport): string {
  const rounded = { ...report, simulatedHours: round(report.simulatedHours), seconds: round(report.seconds) };
  return JSON.stringify(rounded);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
