/**
 * `npm run test:desktop:mutants [part of a name …]`: builds the app once for each seeded fault, in a copy, and runs the spec that
 * must notice it. First the same specs must pass on the copy without any fault, one at a time and with the same patience: a machine
 * too slow for that would notice everything. Ends with 1 when a fault goes unnoticed, and when nothing can be said of one.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../launch.ts';
import { SHELL_MUTANTS } from './mutants.ts';
import type { ShellMutant } from './shell-mutant.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** Longer than a spec may take by itself: it fails by its own bound before it is cut off. */
const SPEC_MS = 300_000;
/** How long an expectation may take, with and without a fault. */
const PATIENCE_MS = process.env['CARILLON_PATIENCE_MS'] ?? '8000';
const wanted = process.argv.slice(2);
const mutants = SHELL_MUTANTS.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const copy = makeCopy();
process.exitCode = 1;
try {
  const titles = [...new Set(mutants.map(({ caughtBy }) => caughtBy))];
  if (mutants.length === 0) {
    console.error('no seeded fault has such a name');
  } else if (!build() || run(titles) !== 0) {
    console.error('the specs do not pass without a fault: nothing can be said');
  } else {
    console.log(`${titles.length} specs pass without a fault`);
    const verdicts = mutants.map((mutant) => ({ name: mutant.name, verdict: judge(mutant) }));
    const others = verdicts.filter(({ verdict }) => verdict !== 'noticed');
    console.log(`${mutants.length - others.length} of ${mutants.length} seeded faults are noticed`);
    for (const { name, verdict } of others) console.error(`${verdict}: ${name}`);
    if (others.length === 0) process.exitCode = 0;
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

/** What Playwright ended with; null when it was cut off. */
function run(titles: readonly string[]): number | null {
  const playwright = join(ROOT, 'node_modules', '@playwright', 'test', 'cli.js');
  const pattern = titles.map((title) => title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const words = [playwright, 'test', '-c', 'playwright.desktop.config.ts', '-g', pattern, '--max-failures', '1'];
  const options = ['--workers', '1', '--output', join(copy, 'results'), '--reporter', 'dot'];
  return spawnSync(process.execPath, [...words, ...options], {
    cwd: ROOT,
    stdio: 'ignore',
    timeout: titles.length * SPEC_MS,
    env: { ...process.env, CARILLON_APP: copy, CARILLON_PATIENCE_MS: PATIENCE_MS },
  }).status;
}

function judge({ name, file, from, to, caughtBy }: ShellMutant): Verdict {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  const isBuilt = build();
  const verdict = verdictOf(isBuilt, isBuilt ? run([caughtBy]) : null);
  writeFileSync(path, text);
  console.log(`${verdict.padEnd('not noticed'.length)}  ${name}`);
  return verdict;
}
