/** Packing as a command: what it refuses, what it leaves out and why, and what it tells a place for updates. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { packTogether } from '../../scripts/package/pack-desktop.ts';
import { mergedIndex } from '../../scripts/package/update-index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCRIPT = join(ROOT, 'scripts', 'package-desktop.ts');
const LINUX = process.platform === 'linux';

function pack(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return packIn(process.env, ...words);
}

function packIn(env: NodeJS.ProcessEnv, ...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [SCRIPT, '--compression', 'none', ...words], { encoding: 'utf8', env });
}

describe('what a place for updates tells of', () => {
  const file = (url: string, sha512 = 'a') => ({ url, sha512 });
  const index = (version: string, ...files: ReturnType<typeof file>[]) => ({
    version,
    files,
    path: files[0]?.url ?? '',
    sha512: files[0]?.sha512 ?? '',
  });

  test('is every kind of one version, each as it was made last', () => {
    const merged = mergedIndex(index('1', file('image'), file('deb')), index('1', file('deb', 'b'), file('rpm')));
    expect(merged).toEqual(index('1', file('image'), file('deb', 'b'), file('rpm')));
  });

  test('is nothing of another version', () => {
    const now = index('2', file('deb'));
    expect(mergedIndex(index('1', file('image')), now)).toEqual(now);
  });
});

describe('packing', () => {
  test('goes on with what can be made where a kind cannot, and says why in words', async () => {
    const make = (kinds: readonly string[]): Promise<readonly string[]> =>
      kinds.includes('nsis')
        ? Promise.reject(new Error('getaddrinfo ENOTFOUND github.com'))
        : Promise.resolve(kinds.map(() => SCRIPT));
    const packed = await packTogether(['nsis', 'zip'], make);
    expect(packed).toMatchObject({ built: [{ path: SCRIPT }], leftOut: [{ target: 'nsis' }] });
    expect(packed.leftOut[0]?.reason).toMatch(
      /^electron-builder could not fetch its tools for nsis: .*--given-tools FOLDER, which holds nsis, nsis-resources, 7za$/,
    );
  });

  test.runIf(LINUX)('refuses a folder without tools', async () => {
    const other = await mkdtemp(join(tmpdir(), 'carillon-no-tools-'));
    try {
      const none = pack('--given-tools', other, '--out', join(other, 'made'));
      expect(none).toMatchObject({ status: 1, stdout: '' });
      expect(none.stderr).toContain('no tools of electron-builder in');
    } finally {
      await rm(other, { recursive: true });
    }
  });

  test.runIf(LINUX)(
    'refuses a folder that is no Electron of this version, says what to do, and packs nothing',
    async () => {
      const other = await mkdtemp(join(tmpdir(), 'carillon-no-electron-'));
      try {
        const none = pack('--electron-dist', other, '--out', join(other, 'made'));
        expect(none).toMatchObject({ status: 1, stdout: '' });
        expect(none.stderr).toContain('There is no Electron for linux');
        expect(none.stderr).toContain('npm run package -- --electron-dist DIR');
        await writeFile(join(other, 'electron'), '');
        await writeFile(join(other, 'version'), '1.2.3');
        const old = pack('--electron-dist', other, '--out', join(other, 'made'));
        expect(old).toMatchObject({ status: 1, stdout: '' });
        expect(old.stderr).toContain('is 1.2.3; this program is made for');
        expect(await readdir(other)).toEqual(['electron', 'version']);
      } finally {
        await rm(other, { recursive: true });
      }
    },
  );

  test.runIf(LINUX)('for Windows needs wine here, and says so; for macOS there is no way', async () => {
    const other = await mkdtemp(join(tmpdir(), 'carillon-for-windows-'));
    try {
      await writeFile(join(other, 'electron.exe'), '');
      const declared = join(ROOT, 'node_modules', 'electron', 'package.json');
      const { version } = JSON.parse(await readFile(declared, 'utf8')) as { version: string };
      await writeFile(join(other, 'version'), version);
      await mkdir(join(other, 'bin'));
      // What is fetched from the registry otherwise, and the programs that there are but wine.
      const fetched = 'mkdir -p package/bin && : > package/bin/node.exe && tar -czf node.tgz package';
      await writeFile(join(other, 'bin', 'npm'), `#!/bin/sh\n${fetched}\n`, { mode: 0o755 });
      for (const name of ['sh', 'mkdir', 'tar', 'gzip'])
        await symlink(spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim(), join(other, 'bin', name));
      const env = { ...process.env, PATH: join(other, 'bin') };
      const words = ['--electron-dist', other, '--out', join(other, 'made')];
      const windows = packIn(env, '--platform', 'win32', ...words);
      expect(windows.status, windows.stderr).toBe(1);
      expect(windows.stderr).toContain('Left out: nsis. It needs wine, which is not here.');
      expect(JSON.parse(windows.stdout)).toMatchObject({ built: [], leftOut: [{ target: 'nsis' }] });
      const mac = packIn(env, '--platform', 'darwin', ...words);
      expect(mac).toMatchObject({ status: 1, stdout: '', stderr: 'What is for darwin is packed on darwin alone.\n' });
    } finally {
      await rm(other, { recursive: true });
    }
  });

  test('says so when Electron cannot be fetched', () => {
    const empty = { ...process.env, ELECTRON_MIRROR: 'http://127.0.0.1:9/', electron_config_cache: '/nowhere' };
    const other = process.arch === 'x64' ? 'arm64' : 'x64';
    const words = [SCRIPT, '--arch', other, '--out', join(tmpdir(), 'carillon-never')];
    const tried = spawnSync(process.execPath, words, { encoding: 'utf8', env: empty });
    expect(tried).toMatchObject({ status: 1, stdout: '' });
    expect(tried.stderr).toMatch(/^Electron \S+ could not be fetched from http:\/\/127\.0\.0\.1:9\//);
    expect(tried.stderr).toContain('--electron-dist DIR');
  });
});
