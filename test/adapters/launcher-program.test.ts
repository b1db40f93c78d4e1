/** With which program the launcher is run: from sources, in an Electron that is a Node, and in a packaged app that is none. */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ProgramFacts, launcherProgram } from '../../core/adapters/processes/launcher-program.ts';

let folder: string;
let resources: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-program-'));
  resources = join(folder, 'opt', 'resources');
  await mkdir(join(resources, 'launcher'), { recursive: true });
  for (const file of ['node', 'node.exe', 'launcher.js', 'package.json']) await bring(file, `${file} 1`);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function bring(file: string, content: string): Promise<void> {
  return writeFile(join(resources, 'launcher', file), content);
}

function facts(changes: Partial<ProgramFacts> = {}): ProgramFacts {
  const module = join(resources, 'app.asar', 'out', 'desktop', 'core', 'adapters', 'processes', 'launcher-client.js');
  return {
    platform: 'linux',
    environment: {},
    execPath: '/opt/carillon-desktop',
    isElectron: true,
    moduleUrl: pathToFileURL(module).href,
    ...changes,
  };
}

const programs = (): string => join(folder, 'data', 'program');
const programOf = (changes: Partial<ProgramFacts> = {}) => launcherProgram(join(folder, 'data'), facts(changes));

describe('outside of an archive', () => {
  test('it is the Node that runs this, and the file beside this one, with the same ending', () => {
    const module = (ending: string) => pathToFileURL(join(folder, `launcher-client${ending}`)).href;
    expect(programOf({ moduleUrl: module('.ts'), isElectron: false, execPath: '/usr/bin/node' })).toEqual({
      node: '/usr/bin/node',
      file: join(folder, 'launcher.ts'),
      environment: {},
    });
    expect(programOf({ moduleUrl: module('.js') })).toEqual({
      node: '/opt/carillon-desktop',
      file: join(folder, 'launcher.js'),
      environment: { ELECTRON_RUN_AS_NODE: '1' },
    });
  });
});

describe('in a packaged app', () => {
  test('it is the Node that the app brings, never the app itself', () => {
    for (const platform of ['linux', 'darwin']) {
      expect(programOf({ platform })).toEqual({
        node: join(resources, 'launcher', 'node'),
        file: join(resources, 'launcher', 'launcher.js'),
        environment: {},
      });
    }
  });

  test.each([
    ['an AppImage', { environment: { APPIMAGE: '/tmp/Carillon.AppImage' } }, 'node'],
    ['Windows', { platform: 'win32' }, 'node.exe'],
  ])('of %s it is a copy that outlives the app, made once', async (_, changes, name) => {
    const { node, file } = programOf(changes);
    expect(node.startsWith(programs())).toBe(true);
    expect(await readFile(node, 'utf8')).toBe(`${name} 1`);
    expect(await readFile(file, 'utf8')).toBe('launcher.js 1');
    await rm(resources, { recursive: true });
    await mkdir(join(resources, 'launcher'), { recursive: true });
    for (const known of [name, 'launcher.js', 'package.json']) await bring(known, `${known} 1`);
    expect(programOf(changes).node).toBe(node);
    expect(await readdir(programs())).toHaveLength(1);
  });

  test('an update brings another copy, and what was left of older ones goes', async () => {
    const changes = { environment: { APPIMAGE: '/tmp/Carillon.AppImage' } };
    const before = programOf(changes);
    await mkdir(join(programs(), 'cut-off.part'));
    await bring('launcher.js', 'launcher.js 2');
    const after = programOf(changes);
    expect(after.file).not.toBe(before.file);
    expect(await readFile(after.file, 'utf8')).toBe('launcher.js 2');
    expect(await readdir(programs())).toHaveLength(1);
  });

  test('a copy that cannot be made is told', async () => {
    await rm(join(resources, 'launcher', 'node'));
    expect(() => programOf({ environment: { APPIMAGE: '/tmp/Carillon.AppImage' } })).toThrow(/ENOENT/);
  });
});
