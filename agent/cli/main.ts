/** Runs one command line: parses it, carries it out, and leaves the exit code. Wrong usage is exit 2, whoever finds it. */
import { type Command, CommanderError, type OutputConfiguration } from 'commander';
import { appError, AppErrorException } from '../../core/std/app-error.ts';
import { type CliHost, processHost } from './cli-host.ts';
import { EXIT_CODES, tellFault } from './command.ts';
import { paintFor } from './paint.ts';
import { createProgram } from './program.ts';

/** @param words of the command line, without the program. */
export async function main(words: readonly string[]): Promise<void> {
  await runCommandLine(words, await processHost());
}

/** The same, in whatever surroundings. Never throws for what a person typed. */
export async function runCommandLine(words: readonly string[], host: CliHost): Promise<void> {
  const program = createProgram(host);
  const written: Promise<void>[] = [];
  const asJson = words.includes('--json');
  prepare(program, {
    writeOut: (text) => void written.push(host.writeOut(text)),
    writeErr: (text) => {
      if (!asJson) host.writeError(text);
    },
    getOutHelpWidth: () => (host.terminal && host.columns > 0 ? Math.min(host.columns, 120) : 100),
    getErrHelpWidth: () => 100,
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (fault) {
    if (!(fault instanceof CommanderError)) throw fault;
    if (fault.exitCode === 0) return;
    host.setExitCode(EXIT_CODES.usage);
    if (asJson) {
      const message =
        fault.code === 'commander.help' ? 'the command is incomplete' : fault.message.replace(/^error: /, '');
      const advice = 'See `carillon help` for the commands and their options.';
      await tellFault(
        host,
        true,
        paintFor(host),
        new AppErrorException(appError('INVALID_INPUT', message, { advice })),
      );
    }
  } finally {
    await Promise.all(written);
  }
}

/** Settings are inherited only by commands that are created by their parent, so each one is told. */
function prepare(command: Command, output: OutputConfiguration): void {
  command.exitOverride().configureOutput(output);
  for (const child of command.commands) prepare(child, output);
}
