/**
 * Has electron-builder pack the desktop app: on Linux the app's folder once, and from it one kind of package after the other,
 * so that one that cannot be made here keeps no other from being made. Nothing is published.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Arch, type Configuration, Platform, build } from 'electron-builder';
import { neededTools } from './given-tools.ts';
import type { PackTarget } from './pack-target.ts';
import { keepingUpdateIndexes } from './update-index.ts';

export interface Packed {
  readonly built: readonly { readonly path: string; readonly bytes?: number }[];
  readonly leftOut: readonly { readonly target: string; readonly reason: string }[];
}

/** The program of Linux that a kind of package needs there, and where it is from. */
const TOOLS: Readonly<Record<string, { readonly program: string; readonly from: string }>> = {
  deb: { program: 'dpkg-deb', from: 'It is part of Debian and Ubuntu.' },
  rpm: { program: 'rpmbuild', from: 'Debian and Ubuntu: apt-get install rpm. Fedora: dnf install rpm-build.' },
  nsis: { program: 'wine', from: 'The installer writes its uninstaller by it, as a program of 32 bits.' },
};
const BUILDER_PLATFORMS = { linux: Platform.LINUX, darwin: Platform.MAC, win32: Platform.WINDOWS };
const PACKAGER = fileURLToPath(new URL('./system-packager.ts', import.meta.url));
/** Characters of what a failed target said. */
const SAID = 400;

/** @param root of the project; @param config anew for each build, which writes into it. What electron-builder says goes to standard error. Throws what electron-builder throws when the app's folder cannot be made. */
export async function packDesktop(
  root: string,
  config: () => Configuration,
  target: PackTarget,
  kinds: readonly string[],
): Promise<Packed> {
  const write = process.stdout.write;
  process.stdout.write = process.stderr.write.bind(process.stderr);
  try {
    return await packAll(root, config, target, kinds);
  } finally {
    process.stdout.write = write;
  }
}

async function packAll(
  root: string,
  config: () => Configuration,
  target: PackTarget,
  kinds: readonly string[],
): Promise<Packed> {
  const platform = BUILDER_PLATFORMS[target.platform];
  const architecture = Arch[target.architecture];
  const output = config().directories?.output ?? '';
  const common = { projectDir: root, publish: 'never' } as const;
  if (target.platform !== 'linux') {
    const missing = kinds.map((kind) => ({ target: kind, reason: missingTool(kind) ?? '' }));
    const leftOut = missing.filter(({ reason }) => reason !== '');
    const possible = kinds.filter((kind) => !leftOut.some(({ target: name }) => name === kind));
    if (possible.length === 0) return { built: [], leftOut };
    const packed = await packTogether(possible, (some) =>
      keepingUpdateIndexes(output, () =>
        build({ ...common, config: config(), targets: platform.createTarget([...some], architecture) }),
      ),
    );
    return { built: packed.built, leftOut: [...leftOut, ...packed.leftOut] };
  }
  await build({ ...common, config: config(), targets: platform.createTarget('dir', architecture) });
  const suffix = target.architecture === 'x64' ? '' : `-${target.architecture}`;
  const folder = join(output, `linux${suffix}-unpacked`);
  const built: Packed['built'][number][] = kinds.includes('dir') ? [{ path: folder }] : [];
  const leftOut: Packed['leftOut'][number][] = [];
  for (const kind of kinds.filter((name) => name !== 'dir')) {
    const missing = missingTool(kind);
    if (missing !== undefined) {
      leftOut.push({ target: kind, reason: missing });
      continue;
    }
    try {
      const targets = platform.createTarget(kind, architecture);
      const paths = await keepingUpdateIndexes(output, () =>
        withSystemPackager(() => build({ ...common, config: config(), prepackaged: folder, targets })),
      );
      built.push(...paths.map(sized));
    } catch (fault) {
      leftOut.push({ target: kind, reason: reasonOf(kind, fault) });
    }
  }
  return { built, leftOut };
}

/** All kinds at once; where that fails, one after the other, so that those that can be made are. */
export async function packTogether(
  kinds: readonly string[],
  make: (some: readonly string[]) => Promise<readonly string[]>,
): Promise<Packed> {
  try {
    return { built: (await make(kinds)).map(sized), leftOut: [] };
  } catch (fault) {
    const [kind = ''] = kinds;
    if (kinds.length <= 1) return { built: [], leftOut: [{ target: kind, reason: reasonOf(kind, fault) }] };
    const parts: Packed[] = [];
    for (const one of kinds) parts.push(await packTogether([one], make));
    return { built: parts.flatMap(({ built }) => built), leftOut: parts.flatMap(({ leftOut }) => leftOut) };
  }
}

function missingTool(kind: string): string | undefined {
  const tool = process.platform === 'linux' ? TOOLS[kind] : undefined;
  if (tool === undefined || spawnSync(tool.program, ['--version'], { stdio: 'ignore' }).status === 0) return undefined;
  return `It needs ${tool.program}, which is not here. ${tool.from}`;
}

/** electron-builder starts a file, and has no words for it. */
async function withSystemPackager<T>(work: () => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-packager-'));
  const file = join(folder, 'fpm');
  writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${PACKAGER}' "$@"\n`, { mode: 0o755 });
  process.env['CUSTOM_FPM_PATH'] = file;
  try {
    return await work();
  } finally {
    delete process.env['CUSTOM_FPM_PATH'];
    rmSync(folder, { recursive: true, force: true });
  }
}

function reasonOf(kind: string, fault: unknown): string {
  const said = (fault instanceof Error ? fault.message : String(fault)).slice(0, SAID);
  const isNetwork = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|fetch failed|status code/i.test(
    said,
  );
  if (!isNetwork) return said;
  const needed = neededTools(kind);
  const advice = needed === undefined ? '' : `. Brought from elsewhere: --given-tools FOLDER, which holds ${needed}`;
  return `electron-builder could not fetch its tools for ${kind}: ${said}${advice}`;
}

function sized(path: string): Packed['built'][number] {
  return { path, bytes: statSync(path).size };
}
