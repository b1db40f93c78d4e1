#!/usr/bin/env node
/**
 * The entry of the command line. Runs on any Node, so that an old one can be told so: with less than Node 24 it starts
 * itself again under the Node that npm installed beside it, and only when there is none it refuses (exit 3).
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 24;

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) {
  quietExperimentalWarnings();
  module.enableCompileCache?.();
  const { main } = await import('../cli/main.ts');
  await main(process.argv.slice(2));
} else {
  startAgainWith(findNode());
}

function quietExperimentalWarnings() {
  const emit = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'string' ? rest[0] : rest[0]?.type;
    if (type !== 'ExperimentalWarning') emit.call(process, warning, ...rest);
  };
}

function findNode() {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const places = [join(root, 'node_modules', 'node', 'bin', name), join(root, 'node_modules', '.bin', name)];
  return places.find((path) => existsSync(path));
}

function startAgainWith(node) {
  if (node === undefined || process.env.CARILLON_STARTED_AGAIN === '1') {
    const message = `Carillon needs Node ${OLDEST_NODE} or newer; this is Node ${process.versions.node}.`;
    const advice = 'Start through npm (`npm start`), which brings its own Node 24.';
    if (process.argv.includes('--json')) {
      process.stdout.write(`${JSON.stringify({ error: { code: 'NODE_TOO_OLD', message, advice } })}\n`);
    } else {
      process.stderr.write(`error NODE_TOO_OLD: ${message}\n${advice}\n`);
    }
    process.exitCode = 3;
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, CARILLON_STARTED_AGAIN: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`error NODE_TOO_OLD: cannot start ${node}: ${error.message}\n`);
    process.exitCode = 3;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
