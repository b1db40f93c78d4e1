/** The page on security names tests that exist, so that no defence is claimed that nothing shows. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './source-tree.ts';

const ROW = /^\|([^|]+)\| `(test\/[^`]+)`\s*\|([^|]+)\|$/gm;

it('docs/SECURITY-MODEL.md names tests that exist', () => {
  const page = readFileSync(join(ROOT, 'docs/SECURITY-MODEL.md'), 'utf8');
  const rows = [...page.matchAll(ROW)].map(([, , file = '', name = '']) => ({ file, name: name.trim() }));
  expect(rows.length).toBeGreaterThan(20);
  const missing = rows.filter(({ file, name }) => {
    const path = join(ROOT, file);
    return !existsSync(path) || !readFileSync(path, 'utf8').includes(name);
  });
  expect(missing).toEqual([]);
});
