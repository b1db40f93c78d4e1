/**
 * The demo as a program: `npm run demo [-- --once] [--json]`. Whatever happens, at the end of this process every process
 * of the demo has ended and its folder is gone, but for the logs of a demo that failed.
 *
 *   exit code  0 all expectations held   1 one did not, or a step failed   2 wrong usage   130 stopped by Ctrl-C
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CAST } from './cast.ts';
import { ensureConsolePage } from './console-page.ts';
import type { Play } from './play.ts';
import type { DemoReport } from './report.ts';
import { RunFeed } from './run-feed.ts';
import { Screen } from './screen.ts';
import { Stage } from './stage.ts';
import { playStory } from './story.ts';

const USAGE = `Usage: npm run demo [-- --once] [--json]

  --once  end after the summary: with 0 when all expectations held, with 1 otherwise
  --json  print the summary as one JSON object on standard output, and all else on standard error
`;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Plays the demo and sets the exit code. @param words of the command line */
export async function main(words: readonly string[]): Promise<void> {
  const options = readOptions(words);
  if (options === undefined) return;
  const screen = new Screen(
    options.json ? process.stderr : process.stdout,
    CAST.map(({ name }) => name),
  );
  const stage = new Stage(CAST);
  const ending = endWithProcess(stage, screen);
  try {
    const play: Play = { screen, machines: stage.machines, feed: new RunFeed() };
    tellWhatThisIs(screen);
    if (!options.once) await ensureConsolePage(screen);
    stage.prepare();
    const { report } = await playStory(play);
    const held = report.expectations.every((expectation) => expectation.held);
    process.exitCode = held ? 0 : 1;
    if (!held) keepLogs(stage, screen);
    if (options.json) await written(`${JSON.stringify(report)}\n`);
    if (options.once) return process.exit();
    ending.done = true;
    tellConsoles(screen, stage, report);
  } catch (fault) {
    screen.line(`\n${screen.paint.red('The demo failed:')} ${fault instanceof Error ? fault.message : String(fault)}`);
    keepLogs(stage, screen);
    process.exit(1);
  }
}

function readOptions(words: readonly string[]): { once: boolean; json: boolean } | undefined {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { once: flag, json: flag, help: { ...flag, short: 'h' } },
    });
    if (!values.help) return values;
    process.stdout.write(USAGE);
  } catch (fault) {
    process.stderr.write(`${fault instanceof Error ? fault.message : String(fault)}\n\n${USAGE}`);
    process.exitCode = 2;
  }
  return undefined;
}

/** Clears the stage when this process ends, in whichever way it can still notice. */
function endWithProcess(stage: Stage, screen: Screen): { done: boolean } {
  const ending = { done: false };
  process.once('exit', () => {
    const left = stage.clear();
    if (left.length > 0) process.stderr.write(`These processes could not be ended: ${left.join(' ')}\n`);
  });
  for (const [signal, code] of Object.entries(SIGNALS)) {
    // Not `once`: a second Ctrl-C must not cut the clearing short.
    process.on(signal, () => {
      screen.line(`\n${screen.paint.dim('All agents are ended, and their folder is removed.')}`);
      process.exit(ending.done && signal === 'SIGINT' ? undefined : code);
    });
  }
  // Whoever reads along has gone: `npm run demo | head`.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => process.exit(1));
  }
  return ending;
}

function tellWhatThisIs(screen: Screen): void {
  screen.line(screen.paint.bold('Carillon: tasks that run on time, on whichever machine is there'));
  screen.line('Three agents on this computer act as three machines. It takes about a minute.');
}

function written(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

function keepLogs(stage: Stage, screen: Screen): void {
  stage.keepFolder();
  for (const { name, dataFolder } of stage.machines) screen.line(`  log of ${name}: ${join(dataFolder, 'agent.log')}`);
}

function tellConsoles(screen: Screen, stage: Stage, report: DemoReport): void {
  screen.line('');
  screen.line(screen.paint.bold('The machines go on. Look around in the console of any of them:'));
  for (const machine of stage.machines) {
    const name = screen.machine(machine.name) + ' '.repeat(Math.max(0, 6 - machine.name.length));
    screen.line(`  ${name}  ${machine.console}`);
  }
  screen.line(screen.paint.dim(`Ctrl-C ends all ${report.machines} and removes what they wrote.`));
}
