/** Every word of the console is in its catalogue, so that each language has it. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wordsOutsideCatalogue } from './console-words.ts';
import { ROOT, parseSource } from './source-tree.ts';

const found = (text: string): string[] => wordsOutsideCatalogue(parseSource('renderer/src/views/X.svelte', text));

/** Reading the whole console takes its time on a busy machine, milliseconds. */
const READ_MAX_MS = 60_000;

describe('words outside the catalogue', () => {
  it('are in no file of the console', { timeout: READ_MAX_MS }, () => {
    const files = globSync('renderer/src/**/*.{ts,svelte}', { cwd: ROOT }).map((path) =>
      parseSource(path.replaceAll('\\', '/'), readFileSync(join(ROOT, path), 'utf8')),
    );
    expect(files.length).toBeGreaterThan(100);
    expect(files.flatMap(wordsOutsideCatalogue)).toEqual([]);
  });

  it.each([
    '<p>seen from <b>{name}</b></p>',
    '<b>Save</b>',
    '<button aria-label="Close"></button>',
    '<input placeholder="name or tag" />',
    '<IconButton name="Dismiss" />',
    "<p>{late ? 'trying again' : t('shell.live')}</p>",
    '<p title="{a} by hand">{`Asked to run ${name}`}</p>',
    "<script>const NAMES = { system: 'as the system' };</script>",
    '<script>notices.done(`Asked to run ${name} now.`);</script>',
  ])('are found in %s', (text) => {
    expect(found(text)).not.toEqual([]);
  });

  it.each([
    "<p class=\"flex items-center\" title={t('shell.live')}>{t('shell.live')} · {name}</p>",
    '<code>carillon console link</code>',
    '<input placeholder="/usr/local/bin/backup --all" />',
    "<script>if (event.key === 'Escape') throw new Error('nobody is there');</script>",
  ])('are not seen where there are none: %s', (text) => {
    expect(found(text)).toEqual([]);
  });
});
