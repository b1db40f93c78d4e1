/**
 * `npm run test:desktop:mutants [name …]`: builds the app once for each seeded fault, in a copy, and runs the spec that must
 * notice it. First all of these specs must pass on the copy without any fault. Ends with 1 when a fault goes unnoticed.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../launch.ts';
import { SHELL_MUTANTS, type ShellMutant } from './mutants.ts';

const SPEC_MS = 240_000;
const wanted = process.argv.slice(2);
const mutants = SHELL_MUTANTS.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const copy = makeCopy();
process.exitCode = 1;
try {
  const titles = [...new Set(mutants.map(({ caughtBy }) => caughtBy))];
  if (wanted.length === 0 && !(build() && passes(titles, 30_000))) {
    console.error('the specs do not pass without a fault: nothing can be said');
  } else {
    const missed = mutants.filter((mutant) => !isCaught(mutant));
    console.log(`${mutants.length - missed.length} of ${mutants.length} seeded faults are noticed`);
    for (const { name } of missed) console.error(`not noticed: ${name}`);
    if (missed.length === 0) process.exitCode = 0;
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function makeCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-mutants-'));
  for (const name of ['core', 'agent', 'electron', 'package.json', 'rolldown.config.ts', 'tsconfig.base.json']) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  mkdirSync(join(folder, 'out'));
  for (const name of ['node_modules', 'resources', 'out/renderer']) symlinkSync(join(ROOT, name), join(folder, name));
  return folder;
}

function build(): boolean {
  const rolldown = join(ROOT, 'node_modules', 'rolldown', 'bin', 'cli.mjs');
  const words = [rolldown, '-c', 'rolldown.config.ts', '--logLevel', 'silent'];
  return spawnSync(process.execPath, words, { cwd: copy, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

/** @param patienceMs how long an expectation may take; short where it is expected to fail. */
function passes(titles: readonly string[], patienceMs: number): boolean {
  const playwright = join(ROOT, 'node_modules', '@playwright', 'test', 'cli.js');
  const pattern = titles.map((title) => title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const words = [playwright, 'test', '-c', 'playwright.desktop.config.ts', '-g', pattern, '--max-failures', '1'];
  const { status } = spawnSync(process.execPath, [...words, '--output', join(copy, 'results'), '--reporter', 'dot'], {
    cwd: ROOT,
    stdio: 'ignore',
    timeout: titles.length * SPEC_MS,
    env: { ...process.env, CARILLON_APP: copy, CARILLON_PATIENCE_MS: String(patienceMs) },
  });
  return status === 0;
}

function isCaught({ name, file, from, to, caughtBy }: ShellMutant): boolean {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  const isNoticed = !build() || !passes([caughtBy], 8000);
  writeFileSync(path, text);
  console.log(`${isNoticed ? 'noticed    ' : 'NOT NOTICED'}  ${name}`);
  return isNoticed;
}
