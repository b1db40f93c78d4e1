/** The process of the core. What it said last before it ended by a fault is in the log: its own may not have begun by then. */
import { join } from 'node:path';
import { type UtilityProcess, utilityProcess } from 'electron';
import { PROGRAM_FOLDER } from '../../agent/version.ts';
import { lastWords } from '../decisions/main-log.ts';

const CORE_MODULE = join(PROGRAM_FOLDER, 'out', 'desktop', 'electron', 'core-host', 'core-process.js');
/** What a process said last may come after the word of its end. */
const ON_ITS_WAY_MS = 100;

export function forkCore(dataFolder: string): UtilityProcess {
  const child = utilityProcess.fork(CORE_MODULE, [dataFolder], {
    serviceName: 'Carillon core',
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const said = lastWords(child.stderr, (chunk) => void process.stderr.write(chunk));
  child.on('exit', (code) => {
    if (code !== 0) setTimeout(() => console.error('the core ended with', code, said()), ON_ITS_WAY_MS);
  });
  return child;
}
