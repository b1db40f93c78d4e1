/**
 * Electron as it is distributed, for the platform that is packed: the folder that was named, the one that `npm start` uses,
 * or a download by electron-builder. Whether that one can be had is asked first: its own answer would be a minute of tries.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { PackTarget } from './pack-target.ts';

export type ElectronSource =
  /** `folder` undefined: electron-builder fetches it, or has it. */
  { readonly ok: true; readonly folder: string | undefined } | { readonly ok: false; readonly reason: string };

const PROGRAMS = { linux: 'electron', darwin: 'Electron.app', win32: 'electron.exe' } as const;
const RELEASES = 'https://github.com/electron/electron/releases/download/';
const ANSWER_MS = 15_000;
const CACHES: Readonly<Record<string, readonly string[]>> = {
  linux: ['.cache'],
  darwin: ['Library', 'Caches'],
  win32: ['AppData', 'Local'],
};

/** @param named by the person who packs; @param root of the project */
export async function findElectron(
  root: string,
  version: string,
  target: PackTarget,
  named: string | undefined,
): Promise<ElectronSource> {
  if (named !== undefined) return judgeFolder(named, version, target);
  const installed = join(root, 'node_modules', 'electron', 'dist');
  const isHost = target.platform === process.platform && target.architecture === process.arch;
  if (isHost && judgeFolder(installed, version, target).ok) return { ok: true, folder: installed };
  const file = `electron-v${version}-${target.platform}-${target.architecture}.zip`;
  if (isCached(file)) return { ok: true, folder: undefined };
  const base = process.env['ELECTRON_MIRROR'] ?? process.env['npm_config_electron_mirror'] ?? RELEASES;
  const address = `${base.replace(/\/?$/, '/')}v${version}/${file}`;
  const trouble = await troubleWith(address);
  return trouble === undefined
    ? { ok: true, folder: undefined }
    : { ok: false, reason: `Electron ${version} could not be fetched from ${address}: ${trouble}` };
}

/** Whether a folder holds Electron of this version, for this platform. */
export function judgeFolder(folder: string, version: string, { platform }: PackTarget): ElectronSource {
  const program = PROGRAMS[platform];
  if (!existsSync(join(folder, program))) {
    return { ok: false, reason: `There is no Electron for ${platform} in ${folder}: ${program} is missing.` };
  }
  const versionFile = join(folder, 'version');
  const found = existsSync(versionFile) ? readFileSync(versionFile, 'utf8').trim().replace(/^v/, '') : 'of no version';
  if (found === version) return { ok: true, folder };
  return { ok: false, reason: `Electron in ${folder} is ${found}; this program is made for ${version}.` };
}

function isCached(file: string): boolean {
  const folder =
    process.env['electron_config_cache'] ?? join(homedir(), ...(CACHES[process.platform] ?? []), 'electron');
  return existsSync(folder) && readdirSync(folder, { recursive: true }).some((path) => String(path).endsWith(file));
}

/** Why nothing can be fetched from an address; undefined when it can. */
async function troubleWith(address: string): Promise<string | undefined> {
  try {
    const answer = await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_MS) });
    return answer.ok ? undefined : `it answers ${answer.status}`;
  } catch (fault) {
    const cause = fault instanceof Error && fault.cause instanceof Error ? fault.cause : fault;
    return cause instanceof Error ? cause.message : String(cause);
  }
}
