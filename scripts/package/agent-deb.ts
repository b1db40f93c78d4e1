/**
 * The agent as a package of Debian: program in one folder, a command, units of systemd. Nothing is started on its own, and
 * data of users is never touched. An update starts running services anew; their runs go on meanwhile.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'armhf' };
const PREFIX = join('usr', 'lib', 'carillon');

const AFTER_INSTALL = `#!/bin/sh
set -e
if [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
  # After an update: the agents that run, anew. What they have started goes on.
  [ -z "$2" ] || systemctl try-restart 'carillon@*.service' || true
fi
`;
const BEFORE_REMOVAL = `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then
  systemctl stop 'carillon@*.service' || true
fi
`;

/**
 * Builds the package with dpkg-deb.
 * @param tree what `layOutAgent` made; @param folder for the package
 * @returns its path; undefined where there is no dpkg-deb
 */
export async function buildAgentDeb(tree: string, folder: string, version: string): Promise<string | undefined> {
  if (spawnSync('dpkg-deb', ['--version'], { stdio: 'ignore' }).status !== 0) return undefined;
  const architecture = ARCHITECTURES[process.arch] ?? process.arch;
  const stage = join(folder, 'deb');
  await rm(stage, { recursive: true, force: true });
  await mkdir(join(stage, 'DEBIAN'), { recursive: true });
  await mkdir(join(stage, 'usr', 'bin'), { recursive: true });
  await cp(tree, join(stage, PREFIX), { recursive: true });
  await symlink('../lib/carillon/bin/carillon', join(stage, 'usr', 'bin', 'carillon'));
  const units = join(stage, PREFIX, 'app', 'resources', 'service');
  await cp(join(units, 'carillon@.service'), join(stage, 'usr', 'lib', 'systemd', 'system', 'carillon@.service'));
  await cp(join(units, 'user', 'carillon.service'), join(stage, 'usr', 'lib', 'systemd', 'user', 'carillon.service'));
  await cp(join(tree, 'app', 'LICENSE'), join(stage, 'usr', 'share', 'doc', 'carillon-agent', 'copyright'));
  await writeFile(join(stage, 'DEBIAN', 'control'), controlText(version, architecture));
  await writeFile(join(stage, 'DEBIAN', 'postinst'), AFTER_INSTALL, { mode: 0o755 });
  await writeFile(join(stage, 'DEBIAN', 'prerm'), BEFORE_REMOVAL, { mode: 0o755 });
  const target = join(folder, `carillon-agent_${version}_${architecture}.deb`);
  const built = spawnSync('dpkg-deb', ['--build', '--root-owner-group', '-Zxz', '-z2', stage, target], {
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`dpkg-deb failed: ${built.stderr}`);
  await rm(stage, { recursive: true });
  return target;
}

function controlText(version: string, architecture: string): string {
  return `Package: carillon-agent
Version: ${version}
Architecture: ${architecture}
Maintainer: The Carillon developers <carillon@example.org>
Section: admin
Priority: optional
Depends: libc6 (>= 2.28), libstdc++6
Description: peer-to-peer task scheduler, headless agent
 Every machine of a LAN runs the same program; together they decide who runs
 each task, without a server. This package has no window and needs no display.
`;
}
