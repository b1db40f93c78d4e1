/**
 * The lock file installs on every platform and from any registry. npm leaves out the packages of other platforms without
 * a word when the registry at hand lacks them, and the next `npm ci` stops; a host that only one network knows does too.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const { packages } = read('../package-lock.json') as { packages: Readonly<Record<string, LockedPackage>> };
const manifest = read('../package.json') as Manifest;
const installed = Object.entries(packages).filter(([path]) => path !== '');

describe('package-lock.json', () => {
  it('holds the packages of every platform', () => {
    const names = new Set(installed.map(([path]) => path.replace(/^.*node_modules\//, '')));
    const wanted = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    expect([...new Set(wanted)].filter((name) => !names.has(name))).toEqual([]);
  });

  it('names no registry, so that it installs from whichever is at hand', () => {
    expect(installed.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  it('holds a checksum of every package', () => {
    const unchecked = installed.filter(
      ([, entry]) => entry.link !== true && entry.inBundle !== true && !entry.integrity,
    );
    expect(unchecked.map(([path]) => path)).toEqual([]);
  });

  it('agrees with package.json', () => {
    const root = packages[''];
    expect(root?.dependencies).toEqual(manifest.dependencies);
  });

  it('holds one version of all oRPC packages, since they only fit each other exactly', () => {
    const versions = installed
      .filter(([path]) => /node_modules\/@orpc\/[\w-]+$/.test(path))
      .map(([, { version }]) => version);
    expect(new Set(versions).size).toBe(1);
  });
});

function read(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}
