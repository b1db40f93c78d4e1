/** Which packages a program loads, read from its files: what the packages that people install are made by. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageClosure, walkImports } from '../../scripts/package/import-walk.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'carillon-walk-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function lay(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

function manifest(fields: Readonly<Record<string, readonly string[]>> = {}): string {
  const named = Object.entries(fields).map(([field, names]) => [
    field,
    Object.fromEntries(names.map((name) => [name, '*'])),
  ]);
  return JSON.stringify(Object.fromEntries(named));
}

describe('what own files import', () => {
  test('is found in every form, from file to file, without what Node or the host has', async () => {
    await lay({
      'main.js':
        "import fs from 'node:fs';\nimport path from 'path';\nimport './a.js';\nexport * from '@scope/one/deep';",
      'a.js': "const later = () => import('two/sub');\nconst old = require('three');\nimport { app } from 'electron';",
      'idle.js': "import 'never';",
    });
    const { files, packages } = walkImports([join(root, 'main.js')], ['electron']);
    expect([...files].sort()).toEqual([join(root, 'a.js'), join(root, 'main.js')]);
    expect([...packages].sort()).toEqual(['@scope/one', 'three', 'two']);
  });

  test('must be there', async () => {
    await lay({ 'main.js': "import './gone.js';" });
    expect(() => walkImports([join(root, 'main.js')])).toThrow(/main\.js imports .*gone\.js, which is not there/);
  });
});

describe('what packages depend on', () => {
  test('is followed, with the copy that lies nearest to who asks', async () => {
    await lay({
      'node_modules/one/package.json': manifest({ dependencies: ['two', '@s/three'] }),
      'node_modules/one/node_modules/two/package.json': manifest({ dependencies: ['four'] }),
      'node_modules/two/package.json': manifest(),
      'node_modules/@s/three/package.json': manifest({ dependencies: ['two'] }),
      'node_modules/four/package.json': manifest({ dependencies: ['one'] }),
      'node_modules/unused/package.json': manifest(),
    });
    expect([...packageClosure(root, ['one'])].sort()).toEqual([
      'node_modules/@s/three',
      'node_modules/four',
      'node_modules/one',
      'node_modules/one/node_modules/two',
      'node_modules/two',
    ]);
  });

  test('must be there, but for what is optional', async () => {
    await lay({
      'node_modules/one/package.json': manifest({ optionalDependencies: ['fast'], peerDependencies: ['host'] }),
    });
    expect([...packageClosure(root, ['one'])]).toEqual(['node_modules/one']);
    await lay({ 'node_modules/one/package.json': manifest({ dependencies: ['gone'] }) });
    expect(() => packageClosure(root, ['one'])).toThrow('the package gone is not there, which node_modules/one needs');
    expect(() => packageClosure(root, ['none'])).toThrow('the package none is not there');
  });
});
