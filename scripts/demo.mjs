/**
 * `npm run demo`: three agents on this computer become a cluster, take over a crontab, and lose one of them. Runs on any
 * Node; with less than Node 24 it starts itself again under the Node that npm installed. The demo itself is `demo/main.ts`.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 24;
const CANNOT_START = 3;

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) {
  const { main } = await import('./demo/main.ts');
  await main(process.argv.slice(2));
} else {
  startAgainWith(findNode());
}

function findNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules', 'node', 'bin', name);
  return existsSync(path) ? path : undefined;
}

function startAgainWith(node) {
  if (node === undefined || process.env.CARILLON_STARTED_AGAIN === '1') {
    console.error(`The demo needs Node ${OLDEST_NODE} or newer; this is Node ${process.versions.node}.`);
    console.error('Run `npm install` first: it brings a Node 24 of its own.');
    process.exitCode = CANNOT_START;
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, CARILLON_STARTED_AGAIN: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`error: cannot start ${node}: ${error.message}`);
    process.exitCode = CANNOT_START;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
  });
}
