/**
 * What the launcher is run with. It outlives whoever started it, so it must not be taken from a place that does not: an
 * AppImage is gone with its app, and an update on Windows replaces no program that runs. There it is run from a copy in the
 * data folder.
 *
 * A packaged desktop app brings a Node of its own for it, outside of its archive (`app.asar`, which Node cannot read): the
 * app's own program is fused so that it is no Node. In all other cases it is the Node that runs this.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface LauncherProgram {
  readonly node: string;
  readonly file: string;
  /** What the program needs in its environment to be a Node. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What is known of the process that starts the launcher. */
export interface ProgramFacts {
  readonly platform: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly execPath: string;
  readonly isElectron: boolean;
  /** The address of a module beside the launcher's. */
  readonly moduleUrl: string;
}

/** The folder of a packaged app that holds Node and launcher, beside the archive. */
export const LAUNCHER_FOLDER = 'launcher';
export const LAUNCHER_FILE = 'launcher.js';
const ARCHIVE = /^(.+[/\\])app\.asar[/\\]/;

/**
 * The program and the file; copies them first where that is needed, which throws what the file system says.
 * @param folder of the launcher in the data folder.
 */
export function launcherProgram(folder: string, facts: ProgramFacts = ownFacts()): LauncherProgram {
  const module = fileURLToPath(facts.moduleUrl);
  const resources = ARCHIVE.exec(module)?.[1];
  if (resources === undefined) {
    const file = fileURLToPath(new URL(`./launcher${module.slice(module.lastIndexOf('.'))}`, facts.moduleUrl));
    return { node: facts.execPath, file, environment: facts.isElectron ? { ELECTRON_RUN_AS_NODE: '1' } : {} };
  }
  const brought = join(resources, LAUNCHER_FOLDER);
  const node = nodeName(facts.platform);
  const image = facts.environment['APPIMAGE'] ?? '';
  const staysThere = facts.platform !== 'win32' && image === '';
  const place = staysThere ? brought : copied(brought, join(folder, 'program'), node);
  return { node: join(place, node), file: join(place, LAUNCHER_FILE), environment: {} };
}

/** The file name of Node on a platform. */
export function nodeName(platform: string): string {
  return platform === 'win32' ? 'node.exe' : 'node';
}

function ownFacts(): ProgramFacts {
  return {
    platform: process.platform,
    environment: process.env,
    execPath: process.execPath,
    isElectron: process.versions['electron'] !== undefined,
    moduleUrl: import.meta.url,
  };
}

/** A copy for each version; those of others go, but for one that a launcher still runs from. */
function copied(from: string, folder: string, node: string): string {
  const name = createHash('sha256')
    .update(readFileSync(join(from, LAUNCHER_FILE)))
    .update(String(statSync(join(from, node)).size))
    .digest('hex')
    .slice(0, 16);
  const place = join(folder, name);
  if (existsSync(place)) return place;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const old of readdirSync(folder)) removeUnlessUsed(join(folder, old));
  // Whole or not at all: a copy that was cut off is under a name that is never run, and goes with the next version.
  const half = join(folder, `${name}.part`);
  mkdirSync(half, { recursive: true, mode: 0o700 });
  for (const file of [node, LAUNCHER_FILE, 'package.json']) copyFileSync(join(from, file), join(half, file));
  renameSync(half, place);
  return place;
}

function removeUnlessUsed(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (fault) {
    // Windows says so of a program that runs.
    const { code } = fault as NodeJS.ErrnoException;
    if (!['EBUSY', 'EPERM', 'EACCES', 'ENOTEMPTY'].includes(code ?? '')) throw fault;
  }
}
