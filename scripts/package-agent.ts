/**
 * `npm run package:agent`: the headless agent for this kind of machine, as a tarball and, where dpkg-deb is, as a deb, both
 * with a Node of their own. Prints JSON: what was built, and how large it is.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildAgentDeb } from './package/agent-deb.ts';
import { layOutAgent } from './package/agent-tree.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

const { values } = parseArgs({ options: { out: { type: 'string', default: join(ROOT, 'out', 'packages') } } });
const folder = values.out;
const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
await stat(join(ROOT, 'out', 'renderer', 'index.html')).catch(() => {
  console.error('There is no page to pack: `npm run build` makes it.');
  process.exit(1);
});

await mkdir(folder, { recursive: true });
const tree = join(folder, `carillon-agent-${version}-${process.platform}-${process.arch}`);
await layOutAgent(ROOT, tree);
const tarball = `${tree}.tar.gz`;
const packed = spawnSync('tar', ['--owner=0', '--group=0', '-C', folder, '-czf', tarball, basename(tree)], {
  encoding: 'utf8',
});
if (packed.status !== 0) throw new Error(`tar failed: ${packed.stderr}`);
const deb = await buildAgentDeb(tree, folder, version);
await rm(tree, { recursive: true });

const built = await Promise.all(
  [tarball, ...(deb === undefined ? [] : [deb])].map(async (path) => ({ path, bytes: (await stat(path)).size })),
);
console.log(JSON.stringify({ version, platform: process.platform, architecture: process.arch, built }, undefined, 2));
