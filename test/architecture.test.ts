/** The house is as its plan says: rooms, circles, dead files, and the habits that a reader of the tree relies on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findCircles } from './house/circles.ts';
import {
  badName,
  bannedCalls,
  brokenImports,
  leftovers,
  tooLong,
  weakTests,
  withoutHeader,
  wrongImports,
} from './house/findings.ts';
import { CIRCLES_ALLOWED, ROOMS, roomOf } from './house/rooms.ts';
import { PRODUCT_FOLDERS, readSourceTree, ROOT, type SourceFile } from './house/source-tree.ts';

/** Where programs begin, the tools among them. */
const ENTRIES = [
  'scripts/write-task-schema.ts',
  'scripts/demo/main.ts',
  'agent/bin/carillon.mjs',
  'electron/main/main.ts',
  'electron/core-host/core-process.ts',
  'core/adapters/processes/launcher.ts',
  'electron/preload/preload.ts',
  'renderer/src/main.ts',
];
/** Files that no program loads yet, and why they are here all the same. */
const AWAITED: Readonly<Record<string, string>> = {
  'core/adapters/document/inline-host.ts': 'runs the document without a thread, in the simulator and the tests',
};

/** Packages that need not ship. */
const LOADED_BY_TESTS: Readonly<Record<string, string>> = { croner: 'a second opinion on cron' };

let tree: ReadonlyMap<string, SourceFile>;

beforeAll(() => {
  tree = readSourceTree();
});

function everywhere(check: (file: SourceFile) => string[]): string[] {
  return [...tree.values()].flatMap(check);
}

describe('rooms', () => {
  it('exist in the table, each of them', () => {
    const unknown = [...new Set([...tree.keys()].map(roomOf))].filter((room) => ROOMS[room] === undefined);
    expect(unknown).toEqual([]);
  });

  it('import only from the rooms and packages that the table allows', () => {
    expect(everywhere(wrongImports)).toEqual([]);
  });

  it('import files that exist', () => {
    expect(everywhere(brokenImports)).toEqual([]);
  });

  it('load no files in circles, but for those the table allows', () => {
    const edges = new Map<string, string[]>();
    for (const file of tree.values()) {
      const loaded = file.references.filter(({ kind }) => kind === 'value').map(({ target }) => target);
      edges.set(
        file.path,
        loaded.filter((target) => target !== undefined),
      );
    }
    const forbidden = findCircles(edges).filter((circle) => {
      const rooms = new Set(circle.map(roomOf));
      return rooms.size > 1 || !circle.every((path) => roomOf(path) in CIRCLES_ALLOWED);
    });
    expect(forbidden).toEqual([]);
  });

  it('hold no file that no program reaches', () => {
    const reached = reachableFrom(ENTRIES);
    const dead = [...tree.keys()].filter(
      (path) => PRODUCT_FOLDERS.some((folder) => path.startsWith(`${folder}/`)) && !reached.has(path),
    );
    expect(dead.filter((path) => AWAITED[path] === undefined)).toEqual([]);
    expect(Object.keys(AWAITED).filter((path) => !dead.includes(path))).toEqual([]);
  });
});

describe('packages', () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  const loadedBy = (folders: readonly string[]): Set<string> => {
    const files = [...tree.values()].filter(({ path }) => folders.some((folder) => path.startsWith(`${folder}/`)));
    const names = files.flatMap(({ references }) => references.map(({ specifier }) => packageOf(specifier)));
    return new Set(names.filter((name) => name !== undefined));
  };

  it('that the program loads are those that ship with it', () => {
    const loaded = loadedBy(['core', 'agent', 'electron']);
    // The program that loads it, and no package of the app.
    loaded.delete('electron');
    expect([...loaded].filter((name) => dependencies[name] === undefined)).toEqual([]);
    const idle = Object.keys(dependencies).filter((name) => !loaded.has(name) && !(name in LOADED_BY_TESTS));
    expect(idle).toEqual([]);
  });
});

describe('deciding code', () => {
  it('asks neither the clock, nor chance, nor the process', () => {
    expect(everywhere(bannedCalls)).toEqual([]);
  });
});

describe('files', () => {
  it('are short enough to be read in one go', () => {
    expect(everywhere(tooLong)).toEqual([]);
  });

  it('begin by saying what they are', () => {
    expect(everywhere(withoutHeader)).toEqual([]);
  });

  it('are named by what they hold', () => {
    expect(everywhere(badName)).toEqual([]);
  });

  it('hold no reminders and no paths of one machine', () => {
    expect(everywhere(leftovers)).toEqual([]);
  });
});

describe('tests', () => {
  it('are all run, and wait for what they expect', () => {
    expect(everywhere(weakTests)).toEqual([]);
  });
});

/** `@libp2p/crypto` of `@libp2p/crypto/keys`; undefined for files and for Node's own modules. */
function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function reachableFrom(entries: readonly string[]): Set<string> {
  const reached = new Set(entries.filter((path) => tree.has(path)));
  for (const path of reached) {
    for (const { target } of tree.get(path)?.references ?? []) {
      if (target !== undefined && tree.has(target)) reached.add(target);
    }
  }
  return reached;
}
