/**
 * What all commands share: the options `--json` and `--data`, one way to print a result, one way to fail. A handler
 * answers with the value for programs and the text for people; a refusal is thrown as `AppErrorException`.
 */
import { Command } from 'commander';
import type { ApiClient } from '../../core/api/contract.ts';
import { type AppError, AppErrorException, appError, errorKind } from '../../core/std/app-error.ts';
import type { ErrorKind } from '../../core/std/error-codes.ts';
import type { Result } from '../../core/std/result.ts';
import type { CliHost } from './cli-host.ts';
import { dataFolderOf } from './data-folder.ts';
import { type Paint, paintFor } from './paint.ts';
import { terminalJson, terminalText } from './terminal-text.ts';

export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = { failed: 1, usage: 2, refused: 3, unavailable: 4 };

/** What a handler is given. */
export interface Session {
  readonly host: CliHost;
  readonly paint: Paint;
  readonly json: boolean;
  readonly dataFolder: string;
  /** The running agent: AGENT_UNREACHABLE when there is none. */
  connect(): Promise<ApiClient>;
}

/** What a handler answers; undefined when it has printed all there is. */
export interface Outcome {
  /** Printed with `--json`. */
  readonly value: unknown;
  /** Printed without; no line end needed. */
  readonly text: string;
  readonly exitCode?: number;
  /** The text is about what went wrong, or beside the point of the output: it goes to standard error. */
  readonly toErrorStream?: true;
}

export type Handler<Options> = (
  session: Session,
  options: Options,
  ...operands: string[]
) => Promise<Outcome | undefined>;

/** A command with the common options. @param usage its name and operands, such as `show <id>`. */
export function newCommand(usage: string, summary: string, example: string): Command {
  const command = new Command(usage.split(' ', 1)[0]).description(summary);
  for (const operand of usage.split(' ').slice(1)) command.argument(operand);
  return command
    .option('--json', 'print JSON for programs')
    .option('--data <dir>', 'data folder of the agent (else $CARILLON_DATA, else the place of the system)')
    .addHelpText('after', `\nExample:\n  ${example.split('\n').join('\n  ')}`);
}

/** A command that only holds others. */
export function newGroup(name: string, summary: string): Command {
  return new Command(name).description(summary);
}

/** Gives a command its handler. Operands of which there may be several arrive one by one. */
export function handle<Options extends object>(command: Command, host: CliHost, handler: Handler<Options>): Command {
  return command.action(async (...given: unknown[]) => {
    const operands = given
      .slice(0, -2)
      .flat()
      .filter((operand) => operand !== undefined) as string[];
    const options = command.opts<Options & { json?: true; data?: string }>();
    await perform(host, options, (session) => handler(session, options, ...operands));
  });
}

async function perform(
  host: CliHost,
  options: { json?: true; data?: string },
  act: (session: Session) => Promise<Outcome | undefined>,
): Promise<void> {
  const json = options.json === true;
  const paint = paintFor(host);
  try {
    const dataFolder = dataFolderOf(options.data, host);
    const connect = async (): Promise<ApiClient> => {
      const { connectToAgent } = await import('./agent-client.ts');
      return connectToAgent(dataFolder);
    };
    const outcome = await act({ host, paint, json, dataFolder, connect });
    if (outcome === undefined) return;
    if (json) await host.writeOut(`${terminalJson(JSON.stringify(outcome.value, undefined, 2))}\n`);
    else if (outcome.toErrorStream === true) host.writeError(withLineEnd(terminalText(outcome.text)));
    else await host.writeOut(withLineEnd(terminalText(outcome.text)));
    if (outcome.exitCode !== undefined) host.setExitCode(outcome.exitCode);
  } catch (fault) {
    await tellFault(host, json, paint, fault);
  }
}

/** Prints why a command did not do what it was asked, and sets the exit code. */
export async function tellFault(host: CliHost, json: boolean, paint: Paint, fault: unknown): Promise<void> {
  const error = errorOf(fault);
  host.setExitCode(EXIT_CODES[errorKind(error.code)]);
  if (json) {
    await host.writeOut(`${terminalJson(JSON.stringify({ error }))}\n`);
    return;
  }
  const field = error.field === undefined || error.message.includes(error.field) ? '' : ` (${error.field})`;
  host.writeError(terminalText(`${paint.red('error')} ${error.code}: ${error.message}${field}\n${error.advice}\n`));
}

function errorOf(fault: unknown): AppError {
  if (fault instanceof AppErrorException) return fault.error;
  const reason = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  return appError('INTERNAL', reason);
}

/** The value of a result; a refusal is thrown. */
export function valueOrThrow<T>(result: Result<T>): T {
  if (!result.ok) throw new AppErrorException(result.error);
  return result.value;
}

/** A refusal of malformed input, to be thrown. */
export function usageError(message: string, field: string): AppErrorException {
  return new AppErrorException(appError('INVALID_INPUT', message, { field }));
}

function withLineEnd(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
