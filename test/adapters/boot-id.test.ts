/** Starts of the machine are told apart, and agents of the same start come to the same name. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BootSource, bootIdOf } from '../../core/adapters/boot-id.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-boot-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const HOUR_MS = 3_600_000;
const upFor = (upMs: number, now = 100 * HOUR_MS): BootSource => ({
  named: () => undefined,
  now: () => now,
  upMs: () => upMs,
});

test('the name that the system gives is taken', () => {
  expect(bootIdOf(folder, { ...upFor(0), named: () => 'a-name' })).toBe('a-name');
});

test.runIf(process.platform === 'linux')('this machine has one', () => {
  expect(bootIdOf(folder)).toMatch(/^[0-9a-f-]{36}$/);
});

test('agents of one start come to one name, though the clock was set a little', () => {
  const first = bootIdOf(folder, upFor(HOUR_MS));
  expect(bootIdOf(folder, upFor(2 * HOUR_MS, 101 * HOUR_MS))).toBe(first);
  expect(bootIdOf(folder, upFor(2 * HOUR_MS, 101 * HOUR_MS + 60_000))).toBe(first);
});

test('another start has another name', () => {
  const first = bootIdOf(folder, upFor(HOUR_MS));
  const second = bootIdOf(folder, upFor(60_000, 101 * HOUR_MS));
  expect(second).not.toBe(first);
  expect(bootIdOf(folder, upFor(120_000, 101 * HOUR_MS + 60_000))).toBe(second);
});

test('where nothing can be kept, nothing is said', () => {
  expect(bootIdOf(join(folder, 'missing'), upFor(HOUR_MS))).toBeUndefined();
});
