/** The tools find what they are trusted with: eslint, the compiler and svelte-check, each on a text with seeded faults. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { ROOT } from './source-tree.ts';

const FAULTS = `import { readFileSync } from 'node:fs';
import { startPeer } from '../adapters/compose.ts';
export default Date.now();
export const a = [new Date(), Math.random(), performance.now(), crypto.randomUUID(), process.pid];
setTimeout(() => { startPeer(readFileSync); }, 5);
`;

async function lint(path: string, text: string): Promise<string[]> {
  const eslint = new ESLint({
    cwd: ROOT,
    overrideConfig: [
      tseslint.configs.disableTypeChecked,
      { languageOptions: { parserOptions: { projectService: false, project: null } } },
    ] as ESLint.Options['overrideConfig'],
  });
  const [result] = await eslint.lintText(text, { filePath: join(ROOT, path) });
  return result?.messages.map(({ line, ruleId }) => `${line} ${ruleId ?? 'fatal'}`) ?? [];
}

describe('eslint', () => {
  it('finds what deciding code must not do', { timeout: 60_000 }, async () => {
    const found = await lint('core/domain/seeded-fault.ts', FAULTS);
    expect(found).toEqual([
      '1 house/rooms',
      '2 house/rooms',
      '3 no-restricted-syntax',
      '3 no-restricted-properties',
      '4 no-restricted-syntax',
      '4 no-restricted-properties',
      '4 no-restricted-globals',
      '4 no-restricted-properties',
      '4 no-restricted-globals',
      '5 no-restricted-globals',
    ]);
  });

  it('lets an adapter ask the machine', { timeout: 60_000 }, async () => {
    const text = "import { readFileSync } from 'node:fs';\nexport const a = [Date.now(), readFileSync];\n";
    expect(await lint('core/adapters/seeded.ts', text)).toEqual([]);
  });
});

describe('the compiler', () => {
  it('knows neither Node nor a browser in core, and is strict', { timeout: 60_000 }, () => {
    const text = `/** Seeded. */
export const a: number = 'text';
setTimeout(() => undefined, 5);
export const b = [process.pid, document.title, performance.now()];
export const c = [1, 2, 3][5].toFixed();
export enum D { E }
`;
    expect(compile('core/std/seeded-fault.ts', text)).toEqual([
      '2 TS2322',
      '3 TS2304',
      '4 TS2304',
      '4 TS2584',
      '4 TS2591',
      '5 TS2532',
      '6 TS1294',
    ]);
  });
});

describe('svelte-check', () => {
  it('finds faults in script and markup of a component', { timeout: 90_000 }, async () => {
    const component = `<script lang="ts">
  import Other from './Other.svelte';
  const count: number = 'text';
</script>
<Other size="large" />
<p>{count.missing}</p>
<img src="a.png">
`;
    const other = '<script lang="ts">\n  let { size }: { size: number } = $props();\n</script>\n<p>{size}</p>\n';
    const found = await checkComponents({ 'Seeded.svelte': component, 'Other.svelte': other });
    expect(found).toEqual(['3 ERROR', '5 ERROR', '6 ERROR', '7 WARNING']);
  });
});

/** Findings in `Seeded.svelte`, checked in a folder of its own beside the page's settings. */
async function checkComponents(files: Readonly<Record<string, string>>): Promise<string[]> {
  await mkdir(join(ROOT, 'out'), { recursive: true });
  const folder = await mkdtemp(join(ROOT, 'out', 'seeded-'));
  try {
    const settings = { extends: '../../renderer/tsconfig.json', include: ['*.svelte'] };
    const all = { ...files, 'tsconfig.json': JSON.stringify(settings) };
    for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text);
    const program = join(ROOT, 'node_modules', 'svelte-check', 'bin', 'svelte-check');
    const words = ['--workspace', folder, '--tsconfig', join(folder, 'tsconfig.json'), '--output', 'machine'];
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [program, ...words], { timeout: 80_000 }, (_fault, stdout) => resolve(stdout));
    });
    const findings = [...output.matchAll(/ (ERROR|WARNING) "Seeded\.svelte" (\d+):/g)];
    return findings.map(([, kind, line]) => `${line ?? ''} ${kind ?? ''}`).sort();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Diagnostics of one file that is not on disk, under the settings of `core/tsconfig.json`. */
function compile(path: string, text: string): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'core/tsconfig.json'), ts.sys.readFile) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(ROOT, 'core'));
  const plain = { ...options, composite: false, noEmit: true, emitDeclarationOnly: false, declaration: false };
  const host = ts.createCompilerHost(plain);
  const name = join(ROOT, path);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => file === name || fileExists(file);
  host.getSourceFile = (file, ...rest) =>
    file === name ? ts.createSourceFile(file, text, ts.ScriptTarget.Latest) : getSourceFile(file, ...rest);
  const program = ts.createProgram([name], plain, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ code, file, start }) => `${lineOf(file, start)} TS${code}`)
    .sort();
}

function lineOf(file: ts.SourceFile | undefined, start: number | undefined): number {
  return file === undefined || start === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
}
