/**
 * Finds words of the console that stand in its code instead of in the catalogue, where no other language can replace them:
 * text between tags, texts in attributes, and literals that read like prose. Text in `<code>` is what a person types, and
 * is the same everywhere, as are the names below.
 */
import { parse } from 'svelte/compiler';
import ts from 'typescript';
import { type SourceFile, placeOf, walk } from './source-tree.ts';

/** Called so in every language: products, keys as the browser names them, units of style sheets. */
const NAMES = new Set(['Carillon', 'MIT', 'Linux', 'Windows', 'Enter', 'Escape', 'Esc', 'Ctrl', 'Ctrl K', 'Space']);
const WORD = /\p{L}{2,}/u;
const BEGINS_LIKE_PROSE = /^\s*\p{Lu}\p{Ll}/u;
const READS_LIKE_PROSE = /\p{L}{2,},? \p{L}{2,}/u;
/** Class names, selectors, paths and commands are no prose, though words stand beside each other in them. */
const TECHNICAL = /[[\]{}<>=|]|\w-\w|\w\/\w|\(--|^carillon /;

/** `path:line: text` of every word outside the catalogue. */
export function wordsOutsideCatalogue(file: SourceFile): string[] {
  if (!file.path.startsWith('renderer/src/') || file.path.startsWith('renderer/src/i18n/')) return [];
  return [...wordsInMarkup(file), ...wordsInCode(file)];
}

function isProse(text: string): boolean {
  if (NAMES.has(text.trim())) return false;
  if (BEGINS_LIKE_PROSE.test(text)) return true;
  return READS_LIKE_PROSE.test(text) && !TECHNICAL.test(text);
}

/** A node of Svelte's syntax tree, as far as it is looked at. */
interface MarkupNode {
  readonly type?: string;
  readonly name?: string;
  readonly data?: string;
  readonly value?: unknown;
  readonly start?: number;
}

function wordsInMarkup(file: SourceFile): string[] {
  if (!file.path.endsWith('.svelte')) return [];
  const found: string[] = [];
  const tell = (node: MarkupNode, text: string): void => {
    const line = file.text.slice(0, node.start ?? 0).split('\n').length;
    found.push(`${file.path}:${line}: ${text.trim()}`);
  };
  const descend = (value: unknown, place: 'text' | 'code' | 'attribute'): void => {
    if (Array.isArray(value)) for (const each of value) descend(each, place);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const node = value as MarkupNode;
    if (node.type === 'Attribute' && (node.name === 'class' || node.name === 'd')) return;
    if (node.type === 'StyleDirective') return;
    const text = node.data ?? '';
    if (node.type === 'Text' && (place === 'text' ? WORD.test(text) && !NAMES.has(text.trim()) : isProse(text))) {
      if (place !== 'code') tell(node, text);
    }
    if (node.type === 'Literal' && typeof node.value === 'string' && isProse(node.value)) tell(node, node.value);
    if (node.type === 'TemplateElement') {
      const { cooked } = node.value as { readonly cooked: string };
      if (isProse(cooked)) tell(node, cooked);
    }
    const inside = placeIn(node) ?? place;
    for (const [key, child] of Object.entries(node)) if (key !== 'metadata') descend(child, inside);
  };
  descend(parse(file.text, { modern: true }).fragment, 'text');
  return found;
}

function placeIn({ type, name }: MarkupNode): 'text' | 'code' | 'attribute' | undefined {
  if (type === 'Attribute') return 'attribute';
  if (type === 'RegularElement') return name === 'code' ? 'code' : 'text';
  return type === 'Component' ? 'text' : undefined;
}

/** Literals of a script; what faults say is for whoever mends them. */
function wordsInCode(file: SourceFile): string[] {
  const found: string[] = [];
  walk(file, (node) => {
    if (!ts.isStringLiteral(node) && !ts.isNoSubstitutionTemplateLiteral(node) && !ts.isTemplateHead(node)) return;
    if (ts.isImportDeclaration(node.parent) || isFault(node)) return;
    if (isProse(node.text) && /\s/.test(node.text.trim())) found.push(`${placeOf(file, node)}: ${node.text}`);
  });
  return found;
}

function isFault(node: ts.Node): boolean {
  for (let above: ts.Node | undefined = node.parent; above !== undefined; above = above.parent) {
    if (ts.isThrowStatement(above)) return true;
  }
  return false;
}
