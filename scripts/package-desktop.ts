/**
 * `npm run package`: the desktop app for this system, as people install it, or for Windows (`--platform win32`) on any. `--electron-dist DIR` uses an Electron that is
 * here already, `--given-tools DIR` the tools of electron-builder that are, `--arch x64,arm64` and `--target deb,rpm` choose, `--update-url URL` says where installed copies look for
 * updates, `--compression none` packs quickly, `--out DIR` says where to put it all. Prints JSON: what was built, what was left out and why; exit 1 when something was.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { PackagingWishes } from './package/builder-config.ts';
import { findElectron } from './package/electron-folder.ts';
import { givenTools } from './package/given-tools.ts';
import { bringNode } from './package/node-program.ts';
import type { Packed } from './package/pack-desktop.ts';
import { type PackTarget, TARGETS } from './package/pack-target.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
/** In a folder that only looks like Electron, as the tests make one. */
const STAND_IN = 'STAND-IN';
const NEEDED = ['out/renderer/index.html', 'out/desktop/electron/main/main.js', 'out/launcher/launcher.js'];

const { values } = parseArgs({
  options: {
    'electron-dist': { type: 'string' },
    'given-tools': { type: 'string' },
    'update-url': { type: 'string' },
    compression: { type: 'string', default: 'xz' },
    platform: { type: 'string', default: process.platform },
    arch: { type: 'string', default: process.arch },
    target: { type: 'string' },
    out: { type: 'string', default: join(ROOT, 'release') },
  },
});

const tools = values['given-tools'];
if (tools !== undefined) {
  const variables = givenTools(resolve(tools));
  if (Object.keys(variables).length === 0) fail(`There are no tools of electron-builder in ${tools}.`);
  Object.assign(process.env, variables);
}
const { platform } = values;
if (platform !== 'linux' && platform !== 'darwin' && platform !== 'win32')
  fail(`There is no Electron for ${platform}.`);
if (platform !== process.platform && platform !== 'win32')
  fail(`What is for ${platform} is packed on ${platform} alone.`);
const missing = NEEDED.find((path) => !existsSync(join(ROOT, path)));
if (missing !== undefined) fail(`${missing} is not there: \`npm run build\` makes it.`);
const targets = values.target === undefined ? TARGETS[platform] : values.target.split(',');
const output = resolve(values.out);
const version = versionOf(join('node_modules', 'electron'));
const packed: Packed[] = [];
let standIn = false;
for (const architecture of values.arch.split(',')) {
  if (architecture !== 'x64' && architecture !== 'arm64') fail(`Not for ${architecture}: choose x64 or arm64.`);
  packed.push(await pack({ platform, architecture }));
}
const built = packed.flatMap((item) => item.built);
const leftOut = packed.flatMap((item) => item.leftOut);
console.log(JSON.stringify({ version: versionOf('.'), electron: version, standIn, built, leftOut }, undefined, 2));
for (const { target, reason } of leftOut) console.error(`Left out: ${target}. ${reason}`);
if (leftOut.length > 0) process.exitCode = 1;

async function pack(target: PackTarget): Promise<Packed> {
  const named = values['electron-dist'];
  const electron = await findElectron(ROOT, version, target, named === undefined ? undefined : resolve(named));
  if (!electron.ok) {
    fail(
      `${electron.reason}\nNothing was packed. With a network that lets it in, try again; or fetch and unpack\n` +
        `electron-v${version}-${target.platform}-${target.architecture}.zip elsewhere and name its folder:\n` +
        '  npm run package -- --electron-dist DIR',
    );
  }
  standIn ||= electron.folder !== undefined && existsSync(join(electron.folder, STAND_IN));
  const nodes = join(output, 'nodes');
  await mkdir(nodes, { recursive: true });
  const trouble = bringNode(ROOT, nodes, target);
  if (trouble !== undefined) fail(trouble);
  // They take their time to load, which nobody should wait for to hear that there is no Electron.
  const [{ layOutDesktop }, { builderConfig }, { packDesktop }] = await Promise.all([
    import('./package/desktop-tree.ts'),
    import('./package/builder-config.ts'),
    import('./package/pack-desktop.ts'),
  ]);
  const app = join(output, 'app');
  await layOutDesktop(ROOT, app);
  const wishes: PackagingWishes = {
    root: ROOT,
    app,
    output,
    electronDist: electron.folder,
    electronVersion: version,
    nodes,
    updateUrl: values['update-url'],
    compression: values.compression === 'none' ? 'none' : 'xz',
  };
  const result = await packDesktop(ROOT, () => builderConfig(wishes), target, targets);
  for (const folder of [nodes, app]) await rm(folder, { recursive: true, force: true });
  return result;
}

function versionOf(folder: string): string {
  return (JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as { version: string }).version;
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
