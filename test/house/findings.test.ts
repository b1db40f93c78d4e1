/** The checks of the house find what they are for: each is given a file with a seeded fault, and one without. */
import { describe, expect, it } from 'vitest';
import { findCircles } from './circles.ts';
import {
  badName,
  bannedCalls,
  brokenImports,
  leftovers,
  tooLong,
  weakTests,
  withoutHeader,
  wrongImports,
} from './findings.ts';
import { parseSource, type SourceFile } from './source-tree.ts';

function file(path: string, text: string): SourceFile {
  return parseSource(path, text);
}

describe('wrongImports', () => {
  it.each([
    ['core/domain/x.ts', "import { readFileSync } from 'node:fs';", 'through a port'],
    ['core/ring/x.ts', "import { Peer } from '../peer/peer.ts';", 'may not import from core/peer'],
    ['core/api/x.ts', "import { Peer } from '../peer/peer.ts';", 'types of core/peer alone'],
    ['core/peer/x.ts', "import { startPeer } from '../adapters/compose.ts';", 'may not import from core/adapters'],
    ['core/peer/x.ts', "const load = () => import('../adapters/compose.ts');", 'may not import from core/adapters'],
    ['core/adapters/x.ts', "export * from '../../agent/version.ts';", 'may not import from agent'],
    ['core/std/x.ts', "import { z } from 'zod';", 'may not import the package zod'],
    [
      'renderer/src/x.ts',
      "import type { X } from '../../core/adapters/compose.ts';",
      'may not import from core/adapters',
    ],
    ['renderer/src/X.svelte', "<script>import 'node:fs';</script>", 'knows no Node'],
    ['core/unheard-of/x.ts', "import '../std/result.ts';", 'is no room'],
  ])('in %s finds %s', (path, text, reason) => {
    expect(wrongImports(file(path, text))).toEqual([expect.stringContaining(reason)]);
  });

  it('lets through what the table allows', () => {
    const text = `
      import type { Peer } from '../peer/peer.ts';
      import { z } from 'zod';
      import { ok } from '../std/result.ts';
      // import { readFileSync } from 'node:fs';
      const text = "import 'node:fs'";`;
    expect(wrongImports(file('core/api/x.ts', text))).toEqual([]);
  });
});

describe('brokenImports', () => {
  it('finds a file that is not there', () => {
    expect(brokenImports(file('core/std/x.ts', "import { a } from './nowhere.ts';"))).toHaveLength(1);
    expect(brokenImports(file('core/std/x.ts', "import { ok } from './result.ts';"))).toEqual([]);
  });
});

describe('bannedCalls', () => {
  it.each([
    'const a = Date.now();',
    'const a = new Date();',
    'const a = Date();',
    'const a = performance.now();',
    'setTimeout(() => {}, 5);',
    'globalThis.setInterval(run, 5);',
    'const a = Math.random();',
    'const a = crypto.randomUUID();',
    'const a = process.env.HOME;',
  ])('finds %s', (text) => {
    expect(bannedCalls(file('core/peer/x.ts', text))).toEqual([expect.stringContaining('core/peer/x.ts:1')]);
  });

  it('lets date arithmetic, own methods and adapters be', () => {
    expect(
      bannedCalls(file('core/peer/x.ts', 'new Date(5); Date.UTC(2026, 1); clock.now(); Math.floor(1.5);')),
    ).toEqual([]);
    expect(bannedCalls(file('core/adapters/x.ts', 'Date.now();'))).toEqual([]);
  });
});

describe('habits', () => {
  it('finds a file that is too long', () => {
    expect(tooLong(file('core/std/x.ts', 'a;\n'.repeat(401)))).toHaveLength(1);
    expect(tooLong(file('core/std/x.ts', 'a;\n'.repeat(400)))).toEqual([]);
  });

  it('finds a file without a header', () => {
    expect(withoutHeader(file('core/std/x.ts', 'export const a = 1;'))).toHaveLength(1);
    expect(withoutHeader(file('agent/bin/x.mjs', '#!/usr/bin/env node\n/** What it is. */'))).toEqual([]);
  });

  it.each(['core/std/camelCase.ts', 'core/std/utils.ts', 'renderer/src/button.svelte', 'agent/index.ts'])(
    'finds the name %s',
    (path) => {
      expect(badName(file(path, ''))).toHaveLength(1);
    },
  );

  it('finds reminders and paths of one machine', () => {
    expect(leftovers(file('core/std/x.ts', `a\n// ${'TO' + 'DO'} later`))).toEqual([expect.stringContaining('x.ts:2')]);
    expect(leftovers(file('core/std/x.ts', `const folder = '${['', 'home', 'anna'].join('/')}'`))).toHaveLength(1);
    expect(leftovers(file('core/std/x.ts', "const url = 'https://a.example/work/1'; const todo = 1;"))).toEqual([]);
  });

  it.each([
    ["it.only('x', () => {});", 'must not be committed'],
    ["describe.skip('x', () => {});", 'must not be committed'],
    ['async () => { await delay(50); }', 'waits for time'],
    ['async () => { await new Promise((resolve) => setTimeout(resolve, 50)); }', 'waits for time'],
  ])('finds %s in a test', (text, reason) => {
    expect(weakTests(file('test/x.test.ts', text))).toEqual([expect.stringContaining(reason)]);
  });

  it('lets a test look for a condition again and again', () => {
    expect(weakTests(file('test/x.test.ts', 'async () => { while (!done()) await delay(10); }'))).toEqual([]);
  });
});

describe('findCircles', () => {
  it('finds each circle and nothing else', () => {
    const edges = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['a']],
      ['d', ['e']],
      ['e', []],
      ['f', ['g', 'a']],
      ['g', ['f']],
    ]);
    expect(findCircles(edges)).toEqual([
      ['a', 'b', 'c'],
      ['f', 'g'],
    ]);
  });
});
