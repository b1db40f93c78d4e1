/** What has to hold at the end of the demo, each in words and with what was seen. */
import type { DemoReport } from './report.ts';
import type { RunsSummary } from './run-summary.ts';

export interface Expectation {
  readonly name: string;
  readonly held: boolean;
  readonly detail: string;
}

export interface JudgedFacts {
  readonly report: Omit<DemoReport, 'expectations'>;
  readonly summary: RunsSummary;
  /** What the machines tell differently. */
  readonly differences: readonly string[];
  readonly ownsAgain: boolean;
  /** Runs lost on machines that kept their power. */
  readonly lostElsewhere: number;
}

/** Generous, for computers that are busy with other things; a quiet one needs less than a second. */
const TAKE_OVER_BOUND_MS = 5000;

/** Every expectation, the most important first. */
export function judge({ report, summary, differences, ownsAgain, lostElsewhere }: JudgedFacts): Expectation[] {
  const { takeOver, rerun, restarted, failed, lost } = report;
  const { due, missed, doubled, unexpected } = summary;
  const first = (texts: readonly string[]): string => (texts[0] === undefined ? '' : `: ${texts[0]}`);
  return [
    {
      name: 'nothing was missed',
      held: due > 0 && missed === 0,
      detail: `${due - missed} of ${due} occurrences that came due were run${missed === 0 ? '' : first(summary.faults)}`,
    },
    {
      name: 'nothing ran twice',
      held: doubled === 0 && unexpected === 0,
      detail: `${doubled} occurrences doubled, ${unexpected} runs that nothing asked for${doubled === 0 ? '' : first(summary.faults)}`,
    },
    { name: 'nothing failed', held: failed === 0, detail: `${failed} failed of ${report.runs} runs` },
    {
      name: 'another machine took over at once',
      held: takeOver.by !== '' && takeOver.by !== takeOver.killed && takeOver.delayMs <= TAKE_OVER_BOUND_MS,
      detail: `${takeOver.by} ran ${takeOver.task} in place of ${takeOver.killed}, ${takeOver.delayMs} ms after it was due`,
    },
    {
      name: 'the interrupted run was run again',
      held: rerun !== null && rerun.by !== takeOver.killed && rerun.state === 'succeeded' && lostElsewhere === 0,
      detail:
        rerun === null
          ? 'it was not'
          : `${rerun.by} ran ${rerun.task} again: ${rerun.state}; ${lost} lost in all, ${lostElsewhere} of them elsewhere`,
    },
    {
      name: 'the machine came back',
      held: restarted.caughtUp && ownsAgain,
      detail: `${restarted.machine} was alive again after ${restarted.aliveAfterMs} ms, with all history and its tasks`,
    },
    {
      name: 'all machines tell the same history',
      held: differences.length === 0,
      detail:
        differences.length === 0 ? `${report.runs} runs` : `${differences.length} differences${first(differences)}`,
    },
  ];
}
