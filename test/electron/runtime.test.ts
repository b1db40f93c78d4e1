/** Specs of the desktop app say in their titles what they ran in: read from that program's own folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findRuntime } from '../desktop/runtime.ts';

const DOUBLE = '/double';

/** A folder as Electron is distributed in. */
function folderWith(program: string, version: string | undefined): string {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-runtime-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(dirname(join(folder, program)), { recursive: true });
  writeFileSync(join(folder, program), '');
  if (version !== undefined) writeFileSync(join(folder, 'version'), version);
  return folder;
}

describe('what the specs of the desktop app run in', () => {
  it('is the double where no folder holds Electron', () => {
    expect(findRuntime(['', '/nowhere'], DOUBLE, 'linux')).toEqual({ title: 'double', path: DOUBLE, isDouble: true });
    const ofMac = folderWith('Electron.app/Contents/MacOS/Electron', '45.0.0');
    expect(findRuntime([ofMac], DOUBLE, 'linux').isDouble).toBe(true);
  });

  it.each([
    ['linux', 'electron'],
    ['win32', 'electron.exe'],
    ['darwin', 'Electron.app/Contents/MacOS/Electron'],
  ])('is the first Electron that is there (%s), called by the version in its folder', (platform, program) => {
    const given = folderWith(program, 'v44.9.9\n');
    const installed = folderWith(program, '45.4.1');
    const found = { title: 'Electron 44.9.9', path: join(given, program), isDouble: false };
    expect(findRuntime(['', given, installed], DOUBLE, platform)).toEqual(found);
    expect(findRuntime(['', installed], DOUBLE, platform).title).toBe('Electron 45.4.1');
  });

  it('claims no version where the folder has none', () => {
    expect(findRuntime([folderWith('electron', undefined)], DOUBLE, 'linux').title).toBe('Electron of unknown version');
  });
});
