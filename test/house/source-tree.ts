/**
 * The tree as the house test sees it: files as text, and what each one loads. Imports are read by TypeScript's own
 * parser, so that a comment or a text which looks like an import is none.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Folders that hold the product; `test`, `bench` and `scripts` are read too, but ship in no build. */
export const PRODUCT_FOLDERS = ['core', 'agent', 'electron', 'renderer'];
const FOLDERS = [...PRODUCT_FOLDERS, 'test', 'bench', 'scripts'];
const CODE = '**/*.{ts,mjs,svelte}';

export interface Reference {
  /** As written between the quotes. */
  readonly specifier: string;
  /** The file in the tree that it names; undefined for packages. */
  readonly target: string | undefined;
  /**
   * - `value`: loaded when the importing file is
   * - `type`: gone when the program runs
   * - `later`: loaded by `import()`, or named by `new URL(…, import.meta.url)` as the start of a worker or a process
   */
  readonly kind: 'value' | 'type' | 'later';
}

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly syntax: ts.SourceFile;
  readonly references: readonly Reference[];
}

/** Every file of code, by path. */
export function readSourceTree(): ReadonlyMap<string, SourceFile> {
  const paths = FOLDERS.flatMap((folder) => globSync(`${folder}/${CODE}`, { cwd: ROOT }))
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
  return new Map(paths.map((path) => [path, parseSource(path, readFileSync(join(ROOT, path), 'utf8'))]));
}

/** One file of the tree, or a text that stands for one. */
export function parseSource(path: string, text: string): SourceFile {
  const code = path.endsWith('.svelte') ? scriptsOf(text) : text;
  const kind = path.endsWith('.mjs') ? ts.ScriptKind.JS : ts.ScriptKind.TS;
  const syntax = ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true, kind);
  return { path, text, syntax, references: referencesOf(path, syntax) };
}

/** Calls `visit` for each node of a file, outer ones first. */
export function walk(file: SourceFile, visit: (node: ts.Node) => void): void {
  const descend = (node: ts.Node): void => {
    visit(node);
    ts.forEachChild(node, descend);
  };
  descend(file.syntax);
}

/** `path:line` of a node, for messages. In components the lines are those of the script. */
export function placeOf(file: SourceFile, node: ts.Node): string {
  return `${file.path}:${file.syntax.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

function scriptsOf(component: string): string {
  const scripts = [...component.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1] ?? '');
  // What the markup loads when it is shown counts as reached, too.
  const markup = component.replace(/<script[^>]*>[\s\S]*?<\/script>/g, '');
  const loaded = [...markup.matchAll(/\bimport\('[^']+'\)/g)].map(([call]) => `void ${call};`);
  return [...scripts, ...loaded].join('\n');
}

function referencesOf(path: string, syntax: ts.SourceFile): Reference[] {
  const found: Reference[] = [];
  const add = (specifier: string, kind: Reference['kind']): void => {
    found.push({ specifier, kind, target: targetOf(path, specifier) });
  };
  const descend = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const typeOnly = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
      add(node.moduleSpecifier.text, typeOnly ? 'type' : 'value');
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node.moduleSpecifier.text, node.isTypeOnly ? 'type' : 'value');
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) add(node.argument.literal.text, 'type');
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier !== undefined && ts.isStringLiteral(specifier)) add(specifier.text, 'later');
    } else if (ts.isNewExpression(node) && node.getText(syntax).startsWith('new URL(')) {
      for (const name of namesIn(node)) add(name, 'later');
    }
    ts.forEachChild(node, descend);
  };
  descend(syntax);
  return found;
}

/** Relative names in `new URL(…, import.meta.url)`; a name whose ending is computed is taken to be a `.ts` file. */
function namesIn(node: ts.NewExpression): string[] {
  if (node.arguments?.[1]?.getText() !== 'import.meta.url') return [];
  const names = [...node.arguments[0]!.getText().matchAll(/['"`](\.{1,2}\/[\w./-]+)/g)].map((match) => match[1] ?? '');
  return names.map((name) => (/\.\w+$/.test(name) ? name : `${name}.ts`));
}

function targetOf(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const target = posix.join(posix.dirname(path), specifier);
  return existsSync(join(ROOT, target)) ? target : undefined;
}
