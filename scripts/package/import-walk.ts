/**
 * Which packages a program loads: what its own files import, and what those packages depend on in turn. Read from the files
 * themselves, so that a package that is only declared is not shipped, and one that is only hoisted by chance is missed.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

export interface Walk {
  /** Own files that are reached, as absolute paths. */
  readonly files: ReadonlySet<string>;
  /** Names of the packages that own files import. */
  readonly packages: ReadonlySet<string>;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/**
 * Follows imports, `import()` and `require()` of literal names from the entries.
 * @param given names that the host itself provides, such as `electron`.
 * Throws when a file that is imported is not there.
 */
export function walkImports(entries: readonly string[], given: readonly string[] = []): Walk {
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = entries.map((entry) => resolve(entry));
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    if (!/\.[cm]?[jt]s$/.test(file)) continue;
    for (const name of importsOf(file)) {
      if (name.startsWith('.')) waiting.push(existing(resolve(dirname(file), name), file));
      else if (!isBuiltin(name) && !given.includes(name)) packages.add(packageOf(name));
    }
  }
  return { files, packages };
}

/** Every literal name that a file imports. */
export function importsOf(file: string): string[] {
  return ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName);
}

/**
 * The folders of packages and of all that they depend on, relative to `root` and with slashes, such as
 * `node_modules/ws`. A dependency is looked for as Node does it, upwards from who asks.
 * @param missing hears of required ones that are nowhere; throws by default.
 */
export function packageClosure(
  root: string,
  packages: Iterable<string>,
  missing: (name: string, asker: string) => void = refuse,
): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...packages].map((name) => ({ name, asker: '', required: true }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { name, asker, required } = next;
    const place = placeOf(root, asker, name);
    if (place === undefined) {
      if (required) missing(name, asker);
      continue;
    }
    if (found.has(place)) continue;
    found.add(place);
    const manifest = JSON.parse(readFileSync(join(root, place, 'package.json'), 'utf8')) as Manifest;
    const optional = { ...manifest.optionalDependencies, ...manifest.peerDependencies };
    for (const wanted of Object.keys({ ...manifest.dependencies, ...optional })) {
      waiting.push({ name: wanted, asker: place, required: !(wanted in optional) });
    }
  }
  return found;
}

/** Every file under a folder, as absolute paths. */
export function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** `@scope/name/deep` and `name/deep` are of packages `@scope/name` and `name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function placeOf(root: string, asker: string, name: string): string | undefined {
  const above = asker === '' ? [] : asker.split('/');
  for (let depth = above.length; depth >= 0; depth -= 1) {
    if (above[depth - 1] === 'node_modules') continue;
    const place = [...above.slice(0, depth), 'node_modules', ...name.split('/')].join('/');
    if (existsSync(join(root, place, 'package.json'))) return place;
  }
  return undefined;
}

function existing(file: string, importer: string): string {
  if (existsSync(file) && statSync(file).isFile()) return file;
  throw new Error(`${importer} imports ${file}, which is not there`);
}

function refuse(name: string, asker: string): never {
  throw new Error(`the package ${name} is not there${asker === '' ? '' : `, which ${asker} needs`}`);
}
