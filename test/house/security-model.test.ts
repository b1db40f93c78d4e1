/** The page on security names tests that exist, so that no defence is claimed that nothing shows; and it leaves out no rule. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './source-tree.ts';

const ROW = /^\|([^|]+)\| `(test\/[^`]+)`\s*\|([^|]+)\|$/gm;
const RULES = [
  'Pairing',
  'Roster, roles and removal',
  'Signed facets and sealed changes',
  'Secrets',
  'Policy of a machine',
  'The local API',
  'Limits',
  'Attacks',
  'The audit log',
];
const FEWEST_CLAUSES = 8;

const page = readFileSync(join(ROOT, 'docs/SECURITY-MODEL.md'), 'utf8');

function rowsOf(text: string): { file: string; name: string }[] {
  return [...text.matchAll(ROW)].map(([, , file = '', name = '']) => ({ file, name: name.trim() }));
}

it('docs/SECURITY-MODEL.md names tests that exist', () => {
  const rows = rowsOf(page);
  expect(rows.length).toBeGreaterThan(20);
  const missing = rows.filter(({ file, name }) => {
    const path = join(ROOT, file);
    return !existsSync(path) || !readFileSync(path, 'utf8').includes(name);
  });
  expect(missing).toEqual([]);
});

it.each(RULES)('docs/SECURITY-MODEL.md names tests for each clause of the rule on: %s', (rule) => {
  const [, section = ''] = page.split(`\n### ${rule}\n`);
  const [own = ''] = section.split(/^#{2,3} /m);
  expect(rowsOf(own).length).toBeGreaterThanOrEqual(FEWEST_CLAUSES);
});
