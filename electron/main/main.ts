/**
 * Where the desktop app begins, with its log: what keeps the rest from loading or from starting is in there, and told to its
 * person. Electron becomes ready only once this module has been read, so it waits for nothing else.
 *
 * This folder is the shell: each of its files speaks to Electron and joins it to what decides, as thinly as that goes, and
 * is shown by the specs of the desktop alone. What decides is in `../decisions`: it knows Electron by its types at most, runs
 * without a desktop, and has unit tests.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app, dialog } from 'electron';
import { LOG_FILE, faultText, logConsole, openMainLog } from '../decisions/main-log.ts';
import { readStartOptions } from '../decisions/start-options.ts';

const options = readStartOptions(process.argv, process.env);
mkdirSync(options.dataFolder, { recursive: true, mode: 0o700 });
const log = openMainLog(options.dataFolder);
logConsole(console, log);
process.on('uncaughtException', tellFault);
process.on('unhandledRejection', (fault) => log.log('error', 'a promise was broken', { fault: faultText(fault) }));

const { startShell } = await import('./shell.ts');
startShell(options, log);

/** A fault of the app itself. Before it is ready there is nothing yet that could go on. */
function tellFault(fault: unknown): void {
  log.log('error', 'a fault of the app', { fault: faultText(fault) });
  dialog.showErrorBox('A fault of Carillon', `${String(fault)}\nMore is in ${join(options.dataFolder, LOG_FILE)}`);
  if (!app.isReady()) app.exit(1);
}
