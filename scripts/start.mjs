/**
 * `npm start`: the desktop app where there is one that can run, else the agent with its console in the browser. Says in
 * one line which of the two and why. Runs on any Node; the program itself is started with Node 24 from node_modules.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const NODE = localNode();
const OPENING_MS = 10_000;

const words = process.argv.slice(2);
const openWanted = !words.includes('--no-open') && process.env.CI === undefined;
const agentWords = words.filter((word) => word !== '--no-open');

buildPage();
const desktop = findDesktop();
if (desktop.electron === undefined) {
  console.log(`Starting the agent without a window: ${desktop.reason}`);
  startAgent();
} else {
  console.log('Starting the desktop app.');
  passOn(spawn(desktop.electron, [ROOT, ...agentWords], { stdio: 'inherit', cwd: ROOT }));
}

/** Builds page and desktop app when their sources are newer than what was built. A failure is told and costs only the page. */
function buildPage() {
  const source = join(ROOT, 'renderer');
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  const hasPage = existsSync(join(source, 'index.html')) && existsSync(vite);
  if (!hasPage) return;
  const desktop = join(ROOT, 'out', 'desktop', 'electron', 'main', 'main.js');
  const isBuilt =
    newestChange(source) <= changedAt(join(ROOT, 'out', 'renderer', 'index.html')) &&
    ['electron', 'agent', 'core'].every((folder) => newestChange(join(ROOT, folder)) <= changedAt(desktop));
  if (isBuilt) return;
  console.log('Building the console page…');
  const npm = process.env.npm_execpath;
  const [program, build] =
    npm === undefined ? ['npm', ['run', 'build', '--silent']] : [NODE, [npm, 'run', 'build', '--silent']];
  const { status } = spawnSync(program, build, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0)
    console.error('The console page could not be built; the agent runs without it (`npm run build` tells why).');
}

function changedAt(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function newestChange(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) newest = Math.max(newest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  }
  return newest;
}

/** The Electron program, or why there is no desktop app to start. */
function findDesktop() {
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(ROOT, 'node_modules', 'electron', 'dist');
  const names = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' };
  const electron = join(folder, names[process.platform] ?? 'electron');
  if (!existsSync(electron)) return { reason: `there is no Electron program in ${folder}.` };
  const headless = process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY;
  return headless ? { reason: 'there is no display.' } : { electron };
}

/** Starts the agent and, once it says where its console is, opens a browser there. */
function startAgent() {
  const entry = join(ROOT, 'agent', 'bin', 'carillon.mjs');
  const child = spawn(NODE, [entry, 'start', ...agentWords], {
    stdio: ['inherit', 'pipe', 'inherit'],
    cwd: process.cwd(),
  });
  let heard = '';
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    if (heard === undefined) return;
    heard += chunk;
    const url = /http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]+/.exec(heard)?.[0];
    if (url === undefined && heard.length < 64 * 1024) return;
    heard = undefined;
    if (url !== undefined && openWanted) openBrowser(url);
  });
  passOn(child);
}

/** Opens the address where there is a display. Never more than a courtesy: whatever goes wrong, the agent runs on. */
function openBrowser(url) {
  const programs = { darwin: ['open', url], win32: ['cmd', '/c', 'start', '', url] };
  const hasDisplay = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!hasDisplay) return;
  const [program, ...operands] = programs[process.platform] ?? ['xdg-open', url];
  const opener = spawn(program, operands, { stdio: 'ignore', timeout: OPENING_MS });
  opener.on('error', () => console.log(`Open ${url} in a browser.`));
  opener.unref();
}

/** Gives signals on to the child, and ends as it ends. */
function passOn(child) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`error: cannot start ${child.spawnfile}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
  });
}

/** Node 24 as npm installed it; else the Node that runs this, and the program itself says what it thinks of it. */
function localNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = join(ROOT, 'node_modules', 'node', 'bin', name);
  return existsSync(path) ? path : process.execPath;
}
