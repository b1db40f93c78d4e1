/** What decides in the desktop app runs without a desktop: it knows Electron by its types at most, and nothing of the shell. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../house/source-tree.ts';

const FOLDER = join(ROOT, 'electron', 'decisions');
const files = readdirSync(FOLDER);

describe('the decisions of the desktop app', () => {
  it('are in some files', () => {
    expect(files.length).toBeGreaterThan(10);
  });

  it.each(files)('%s loads neither Electron nor the shell', (name) => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    const loaded = [...text.matchAll(/^(?:import|export) (?!type )[^;]*? from '([^']+)';$/gms)].map(([, from]) => from);
    expect(loaded.filter((from) => from === 'electron' || from?.startsWith('../main/'))).toEqual([]);
    expect(text).not.toMatch(/import\('electron/);
  });
});
