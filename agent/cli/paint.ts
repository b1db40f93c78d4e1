/** Colours, where a terminal shows them and nobody objects (`NO_COLOR`, no-color.org). */
import type { CliHost } from './cli-host.ts';

export interface Paint {
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

export function paintFor(host: Pick<CliHost, 'terminal' | 'environment'>): Paint {
  const noColor = host.environment['NO_COLOR'];
  const on = host.terminal && (noColor === undefined || noColor === '') && host.environment['TERM'] !== 'dumb';
  const code = (open: number, close: number) => (text: string) =>
    on ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    red: code(31, 39),
    green: code(32, 39),
    yellow: code(33, 39),
    cyan: code(36, 39),
    dim: code(2, 22),
    bold: code(1, 22),
  };
}

/** The colour that a state of a run or a machine has everywhere. */
export function paintState(paint: Paint, state: string): string {
  switch (state) {
    case 'succeeded':
    case 'alive':
      return paint.green(state);
    case 'failed':
    case 'timed-out':
    case 'lost':
    case 'refused':
    case 'dead':
      return paint.red(state);
    case 'running':
    case 'starting':
      return paint.cyan(state);
    case 'withheld':
    case 'cancelled':
    case 'skipped':
    case 'suspect':
      return paint.yellow(state);
    default:
      return state;
  }
}
