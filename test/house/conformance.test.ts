/** The table in docs/TESTING.md says the truth: every port is in it, with its suite, and all adapters that run it. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { readSourceTree, ROOT, type SourceFile, walk } from './source-tree.ts';

interface Row {
  readonly port: string;
  readonly suite: string;
  readonly adapters: readonly string[];
}

/** The rows under the heading: the port's file, the suite's function, the names that it is called with. */
export function readTable(page: string): Row[] {
  const section = page.split('\n## Conformance\n')[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([\w-]+)` *\| `(\w+)` *\| ([^|]+?) *\|$/gm)].map(([, port, suite, adapters]) => ({
    port: port ?? '',
    suite: suite ?? '',
    adapters: (adapters ?? '').split(', ').toSorted(),
  }));
}

/** With which first arguments a function is called, by files other than the one that declares it. */
export function callsOf(suite: string, files: Iterable<SourceFile>): string[] {
  const names: string[] = [];
  for (const file of files) {
    if (!file.path.startsWith('test/') || declares(file, suite)) continue;
    walk(file, (node) => {
      if (!ts.isCallExpression(node) || node.expression.getText() !== suite) return;
      const [first] = node.arguments;
      names.push(first !== undefined && ts.isStringLiteral(first) ? first.text : 'without a name of its own');
    });
  }
  return names.toSorted();
}

/** The file that exports the function, if one of `test/conformance` does. */
export function suiteFile(suite: string, files: Iterable<SourceFile>): string | undefined {
  for (const file of files) if (file.path.startsWith('test/conformance/') && declares(file, suite)) return file.path;
  return undefined;
}

function declares(file: SourceFile, name: string): boolean {
  return file.text.includes(`export function ${name}(`);
}

describe('the table of conformance', () => {
  const files = [...readSourceTree().values()];
  const rows = readTable(readFileSync(join(ROOT, 'docs/TESTING.md'), 'utf8'));
  const ports = globSync('core/ports/*.ts', { cwd: ROOT }).map((path) => basename(path, '.ts'));

  it('names every port once, and nothing else', () => {
    expect(rows.map((row) => row.port).toSorted()).toEqual(ports.toSorted());
  });

  it.each(rows)('names the suite of $port, and the adapters that run it', ({ suite, adapters }) => {
    expect(suiteFile(suite, files)).toBeDefined();
    expect(callsOf(suite, files)).toEqual(adapters);
    expect(new Set(adapters).size).toBeGreaterThanOrEqual(2);
  });

  it('finds what is missing', () => {
    expect(readTable('# Testing\n\n## Conformance\n\n| `clock` | `describeClock` | one, two |\n\n## Habits\n')).toEqual(
      [{ port: 'clock', suite: 'describeClock', adapters: ['one', 'two'] }],
    );
    expect(suiteFile('describeNothing', files)).toBeUndefined();
    expect(callsOf('describeNothing', files)).toEqual([]);
  });
});
