/** The log of a simulated machine: lines of the story's trace, with virtual time and name. No line is made when nobody listens. */
import { textLine } from '../../core/adapters/log-line.ts';
import type { Logger } from '../../core/ports/logger.ts';

/** @param now virtual time in milliseconds. @param trace is told each line. */
export function createSimLogger(name: string, now: () => number, trace: ((line: string) => void) | undefined): Logger {
  if (trace === undefined) return { log: () => undefined };
  return {
    log: (level, message, fields = {}) => {
      trace(textLine({ at: `${now().toFixed(0)} ${name}`, level, message, fields }).trimEnd());
    },
  };
}
