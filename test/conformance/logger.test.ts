/** The log file, both forms of stderr, the simulator's trace and the log that keeps nothing keep the contract. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../core/adapters/logger.ts';
import { quietLogger } from '../fakes/quiet-logger.ts';
import { createSimLogger } from '../simulator/sim-logger.ts';
import { describeLogger, type LoggerBed } from './logger.ts';

describeLogger('the file', () => openFile('text', 'file'));
describeLogger('stderr for people', () => openFile('text', 'stderr'));
describeLogger('stderr for programs', () => openFile('json', 'stderr'));
describeLogger('a trace', openTrace);
describeLogger('the quiet log', () => ({
  logger: quietLogger,
  lines: () => undefined,
  dispose: () => undefined,
}));

function openFile(format: 'text' | 'json', looked: 'file' | 'stderr'): LoggerBed {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-log-'));
  const file = join(folder, 'agent.log');
  let stderr = '';
  const writeStderr = (line: string): void => void (stderr += line);
  const logger = createLogger({ file, format, stderrLevel: 'debug', writeStderr });
  return {
    logger,
    lines: () => linesOf(looked === 'file' ? readFileSync(file, 'utf8') : stderr),
    dispose: () => {
      logger.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function openTrace(): LoggerBed {
  let text = '';
  return {
    logger: createSimLogger(
      'm0',
      () => 1234.5,
      (line) => (text += `${line}\n`),
    ),
    lines: () => linesOf(text),
    dispose: () => undefined,
  };
}

/** All that would be a line in some editor or terminal. */
function linesOf(text: string): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/).slice(0, -1);
}
