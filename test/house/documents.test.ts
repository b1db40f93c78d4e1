/** The pages say what the code says: every limit with its value, every file and function that is named, every link. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as constants from '../../core/config/constants.ts';
import { NOTIFICATIONS } from '../../core/config/notifications.ts';
import { PARAMETERS } from '../../core/config/parameters.ts';
import * as processes from '../../core/config/processes.ts';
import * as storage from '../../core/config/storage.ts';
import { WIRE } from '../../core/protocol/limits.ts';
import { limitText } from './limit-text.ts';
import { readSourceTree, ROOT } from './source-tree.ts';

const PAGES = [...globSync('*.md', { cwd: ROOT }), ...globSync('docs/**/*.md', { cwd: ROOT })].sort();

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

describe('docs/LIMITS.md', () => {
  const rows = read('docs/LIMITS.md').replaceAll(/ {2,}/g, ' ');

  it.each(Object.entries({ ...constants, ...processes, ...storage, NOTIFICATIONS, PARAMETERS, WIRE }))(
    'tells every value of %s',
    (_group, limits) => {
      const missing = Object.entries(limits)
        .map(([name, value]) => `| \`${name}\` | ${limitText(name, value)} |`)
        .filter((row) => !rows.includes(row));
      expect(missing).toEqual([]);
    },
  );
});

describe('pages', () => {
  let sources: string;
  beforeAll(() => {
    sources = [...readSourceTree().values()].map(({ text }) => text).join('\n');
  });

  it.each(PAGES)('%s names files that exist', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '');
    const relative = links.filter((link) => !/^[a-z]+:/.test(link));
    const broken = relative.filter((link) => !existsSync(join(ROOT, normalize(join(dirname(page), link)))));
    const named = [
      ...read(page).matchAll(/(?<![\w/.-])(?:core|agent|renderer|test|scripts|docs|resources)\/[\w./-]+\.\w+/g),
    ];
    const missing = named.map(([path]) => path).filter((path) => !existsSync(join(ROOT, path)));
    expect([...broken, ...missing]).toEqual([]);
  });

  it('docs/ARCHITECTURE.md names functions that exist', () => {
    const names = [...read('docs/ARCHITECTURE.md').matchAll(/\b([a-z]\w+)\(\)/g)].map((match) => match[1] ?? '');
    expect(names.length).toBeGreaterThan(20);
    const isKnown = (name: string): boolean => new RegExp(`\\b${name}\\s*[(<]`).test(sources);
    expect([...new Set(names)].filter((name) => !isKnown(name))).toEqual([]);
  });
});
