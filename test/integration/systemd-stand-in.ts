/**
 * A stand-in for systemd's `systemctl`, for one unit: `node systemd-stand-in.ts STATE_FOLDER EXTRA_WORDS --user VERB …`. It
 * starts and ends a process as a unit of systemd says that it should (systemd.service(5), systemd.kill(5)): by `KillMode`,
 * the main process alone or everything that it has started. EXTRA_WORDS, parted by blanks, are added to the command, as a
 * drop-in of a person would do.
 *
 * State: `loaded` the unit as last read, `pid` of the main process.
 */
import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const STOP_MS = 30_000;
const LOOK_AGAIN_MS = 50;
const UNKNOWN_VERB = 1;
const NOT_ACTIVE = 3;

const [, , state = '', extraWords = '', ...asked] = process.argv;
const words = asked.filter((word) => !word.startsWith('--'));
const [verb = '', unit = ''] = words;
const unitFile = join(process.env['XDG_CONFIG_HOME'] ?? '', 'systemd', 'user', 'carillon.service');
const loadedFile = join(state, 'loaded');
const pidFile = join(state, 'pid');

process.exitCode = await answer();

async function answer(): Promise<number> {
  if (verb !== 'daemon-reload' && unit !== 'carillon.service') return UNKNOWN_VERB;
  switch (verb) {
    case 'daemon-reload':
      writeFileSync(loadedFile, existsSync(unitFile) ? readFileSync(unitFile) : '');
      return 0;
    case 'enable':
      if (asked.includes('--now') && !isAlive(mainPid())) start();
      return 0;
    case 'restart':
      await stop();
      start();
      return 0;
    case 'disable':
      if (asked.includes('--now')) await stop();
      return 0;
    case 'is-active':
      return isAlive(mainPid()) ? 0 : NOT_ACTIVE;
    default:
      return UNKNOWN_VERB;
  }
}

function start(): void {
  const [program = '', ...operands] = [...settingOf('ExecStart').split(' '), ...extraWords.split(' ')];
  const log = openSync(join(state, 'log'), 'a');
  const child = spawn(program, operands, { detached: true, stdio: ['ignore', log, log], env: process.env });
  child.unref();
  writeFileSync(pidFile, String(child.pid));
}

async function stop(): Promise<void> {
  const main = mainPid();
  if (!isAlive(main)) return;
  // `control-group` is what holds when a unit says nothing.
  const mode = settingOf('KillMode') === '' ? 'control-group' : settingOf('KillMode');
  const told = mode === 'process' ? [main] : [main, ...descendantsOf(main)];
  for (const pid of told) send(pid, 'SIGTERM');
  const giveUp = Date.now() + STOP_MS;
  while (told.some(isAlive) && Date.now() < giveUp) await delay(LOOK_AGAIN_MS);
  for (const pid of told) send(pid, 'SIGKILL');
  rmSync(pidFile);
}

function settingOf(name: string): string {
  const text = readFileSync(loadedFile, 'utf8');
  return new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '';
}

function mainPid(): number {
  return existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
}

/** One that has ended and that nobody has asked about yet is alive no more. */
function isAlive(pid: number): boolean {
  const stat = pid > 0 ? statOf(pid) : undefined;
  return stat !== undefined && stat.state !== 'Z';
}

function send(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (isAlive(pid)) process.kill(pid, signal);
}

function descendantsOf(pid: number): number[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const children = ids.map(Number).filter((id) => statOf(id)?.parent === pid);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** proc(5): after the name in brackets come the state and the parent. */
function statOf(pid: number): { state: string; parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [mark = '', parent = '0'] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: mark, parent: Number(parent) };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
