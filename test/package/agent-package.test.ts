/**
 * The packaged agent: built as for people, unpacked, and started with nothing of this project around it. It joins a cluster
 * with an agent that runs from the sources; the deb installs into a folder, with units that systemd takes.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { AgentProcess, type AgentPlace } from '../integration/agent-process.ts';
import { eventually } from '../integration/eventually.ts';

const SCRIPT = new URL('../../scripts/package-agent.ts', import.meta.url).pathname;
const LARGEST_BYTES = 60_000_000;
const hasDpkg = spawnSync('dpkg-deb', ['--version'], { stdio: 'ignore' }).status === 0;
const UNITS = ['system/carillon@.service', 'user/carillon.service'];
const hasSystemd = spawnSync('systemd-analyze', ['--version'], { stdio: 'ignore' }).status === 0;

interface Built {
  readonly built: readonly { readonly path: string; readonly bytes: number }[];
}

let folder: string;
let program: string;
let built: Built['built'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-package-'));
  const made = spawnSync(process.execPath, [SCRIPT, '--out', join(folder, 'made')], { encoding: 'utf8' });
  expect(made.status, made.stderr).toBe(0);
  ({ built } = JSON.parse(made.stdout) as Built);
  await mkdir(join(folder, 'unpacked'));
  const unpacked = spawnSync('tar', ['-C', join(folder, 'unpacked'), '-xzf', pathOf('.tar.gz')], { encoding: 'utf8' });
  expect(unpacked.status, unpacked.stderr).toBe(0);
  const [name = ''] = await readdir(join(folder, 'unpacked'));
  program = join(folder, 'unpacked', name, 'bin', 'carillon');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function pathOf(ending: string): string {
  const found = built.find(({ path }) => path.endsWith(ending));
  if (found === undefined) throw new Error(`no ${ending} was built`);
  return found.path;
}

/** The packaged program, with a home and a path and nothing else of this environment. */
const PACKAGED: AgentPlace = {
  network: (port) => ['--listen', `/ip4/127.0.0.1/tcp/${port}`, '--console', '0', '--no-mdns'],
  spawn: (words) =>
    spawn(program, words, {
      env: { HOME: folder, PATH: '/usr/bin:/bin' },
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
};

describe('the packaged agent', () => {
  test('is small enough, and brings its own Node', () => {
    for (const { bytes } of built) expect(bytes).toBeLessThan(LARGEST_BYTES);
    const version = spawnSync(program, ['--version'], { env: { PATH: '/usr/bin:/bin' }, encoding: 'utf8' });
    expect(version).toMatchObject({ status: 0, stderr: '', stdout: '0.1.0\n' });
  });

  test('joins a cluster with one that runs from the sources, runs a task, and serves the page', async () => {
    const agents = [
      new AgentProcess('sources', join(folder, 'sources')),
      new AgentProcess('packed', join(folder, 'packed'), [], {}, PACKAGED),
    ] as const;
    onTestFinished(async () => {
      for (const agent of agents) await agent.stop();
    });
    const [sources, packed] = agents;
    await Promise.all([sources.start(), packed.start()]);
    await sources.client.cluster.create({ name: 'lab' });
    const { token } = await sources.client.cluster.invite({ roles: ['executor', 'viewer'] });
    await packed.client.cluster.join({ token });
    await eventually(async () => {
      const { machines } = await sources.client.machines.list({});
      expect(machines.map(({ state }) => state)).toEqual(['alive', 'alive']);
    });
    const definition = {
      id: 'hello' as never,
      about: { name: 'Hello', description: '', tags: [], suspended: false },
      action: { type: 'command' as const, argv: ['echo', 'hello'] },
      placement: { mode: 'pin' as const, machine: packed.id as never },
    };
    await sources.client.tasks.apply({ definitions: [definition] });
    await sources.client.tasks.run({ id: 'hello' });
    await eventually(async () => {
      const { runs } = await sources.client.runs.list({ task: 'hello' });
      expect(runs).toMatchObject([{ state: 'succeeded', machineId: packed.id }]);
    });
    const page = await fetch(new URL('/', packed.ready.console ?? ''));
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<title>Carillon</title>');
  });
});

describe.skipIf(!hasDpkg)('the deb', () => {
  /** A folder with the deb installed in it, and dpkg for more. */
  const install = async () => {
    const root = await mkdtemp(join(tmpdir(), 'carillon-deb-'));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    const options = [`--root=${root}`, '--force-script-chrootless', '--force-depends', '--force-not-root'];
    const dpkg = (...words: string[]) => spawnSync('dpkg', [...options, ...words], { encoding: 'utf8' });
    expect(dpkg('-i', pathOf('.deb'))).toMatchObject({ status: 0 });
    return { root, dpkg };
  };

  test('installs into a folder: program, command and units, and goes again', async () => {
    const { root, dpkg } = await install();
    const version = spawnSync(join(root, 'usr', 'bin', 'carillon'), ['--version'], { encoding: 'utf8' });
    expect(version.stdout).toBe('0.1.0\n');
    for (const unit of UNITS) expect(await unitText(root, unit)).toContain('\nKillMode=process\n');
    expect(dpkg('-r', 'carillon-agent')).toMatchObject({ status: 0 });
    expect(existsSync(join(root, 'usr', 'bin', 'carillon'))).toBe(false);
  });

  test.skipIf(!hasSystemd).for(UNITS)('brings %s, which systemd takes', async (unit) => {
    const { root } = await install();
    await verifyUnit(root, await unitText(root, unit));
  });
});

function unitText(root: string, unit: string): Promise<string> {
  return readFile(join(root, 'usr', 'lib', 'systemd', unit), 'utf8');
}

/** As systemd sees it where it is installed: the command is looked for in the folder. */
async function verifyUnit(root: string, text: string): Promise<void> {
  const file = join(root, 'carillon@ada.service');
  await writeFile(file, text.replace('=/usr/bin/carillon', `=${root}/usr/bin/carillon`));
  const checked = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
  const about = checked.stderr.split('\n').filter((line) => line.includes('carillon@ada'));
  expect({ about, status: checked.status }).toEqual({ about: [], status: 0 });
}
