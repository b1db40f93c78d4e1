/**
 * A YAML (or JSON) text as plain values that remember where they stand. Everything that could be used to exhaust the
 * reader is bounded here: bytes, depth, and the number of values after aliases are followed. Duplicate keys are refused.
 * The `yaml` package parses; the walk to plain values is ours, because it must be bounded and know positions.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
  type Pair,
} from 'yaml';
import { LIMITS } from '../config/constants.ts';
import type { ErrorCode } from '../std/error-codes.ts';
import { err, ok, type Result } from '../std/result.ts';

export type Path = readonly (string | number)[];

/** From 1, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface SourceError extends Position {
  readonly code: ErrorCode;
  readonly path: Path;
  readonly message: string;
  readonly advice?: string;
}

export interface SourceDocument {
  /** Maps, lists, strings, numbers, booleans and null. */
  readonly value: unknown;
  /** Where the value at a path begins; for a path that does not exist, its nearest existing parent. */
  valueAt(path: Path): Position;
  /** Where the key at the end of a path begins. */
  keyAt(path: Path): Position;
}

/**
 * Parses all documents of a text; empty ones are left out.
 * @param isText says for which paths a plain number or boolean is meant as the text that was written, such as `1.10`.
 * @returns documents, or every error found: INVALID_YAML, LIMIT_EXCEEDED.
 */
export function readYaml(text: string, isText: (path: Path) => boolean): Result<SourceDocument[], SourceError[]> {
  const start = { line: 1, column: 1 };
  if (text.length > LIMITS.taskFileBytes) {
    const message = `the file is larger than ${LIMITS.taskFileBytes} bytes`;
    return err([{ code: 'LIMIT_EXCEEDED', path: [], ...start, message, advice: 'Split it into several files.' }]);
  }
  const lines = new LineCounter();
  const positionAt = (offset: number): Position => positionOf(lines, offset);
  const documents = parseText(text, lines);
  if (documents === undefined) {
    const message = `the file is nested deeper than ${LIMITS.taskFileDepth} levels`;
    return err([{ code: 'LIMIT_EXCEEDED', path: [], ...start, message, advice: 'Write it with fewer levels.' }]);
  }
  const syntaxErrors = documents.flatMap((document) => document.errors);
  if (syntaxErrors.length > 0) {
    const placed = syntaxErrors.map((error) => ({ error, position: positionAt(error.pos[0]) }));
    const told = firstOfEachLine(placed).slice(0, LIMITS.errorsPerFile);
    return err(told.map(({ error, position }) => ({ ...syntaxError(text, error), ...position })));
  }
  const budget = { nodes: LIMITS.taskFileNodes };
  const errors: SourceError[] = [];
  const sources: SourceDocument[] = [];
  for (const document of documents) {
    if (document.contents === null || isEmptyScalar(document.contents)) continue;
    const reader = new NodeReader(isText, budget, positionAt);
    const value = reader.read(document.contents, [], 0);
    errors.push(...reader.errors);
    if (errors.length >= LIMITS.errorsPerFile || budget.nodes < 0) break;
    sources.push({
      value,
      valueAt: (path) => positionAt(reader.find(document.contents, path).value),
      keyAt: (path) => positionAt(reader.find(document.contents, path).key),
    });
  }
  return errors.length > 0 ? err(errors.slice(0, LIMITS.errorsPerFile)) : ok(sources);
}

/** Undefined when the text is nested so deep that the library, which follows it by recursion, runs out of stack. */
function parseText(text: string, lineCounter: LineCounter): readonly Document[] | undefined {
  try {
    const parsed = parseAllDocuments(text, { lineCounter, prettyErrors: false, uniqueKeys: false, logLevel: 'silent' });
    return 'empty' in parsed ? [] : parsed;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Turns nodes into plain values, once, in document order, so that an alias means the newest anchor before it. */
class NodeReader {
  readonly errors: SourceError[] = [];
  readonly #isText: (path: Path) => boolean;
  readonly #budget: { nodes: number };
  readonly #positionAt: (offset: number) => Position;
  readonly #anchors = new Map<string, Node>();
  readonly #targets = new Map<unknown, Node>();

  constructor(isText: (path: Path) => boolean, budget: { nodes: number }, positionAt: (offset: number) => Position) {
    this.#isText = isText;
    this.#budget = budget;
    this.#positionAt = positionAt;
  }

  read(node: unknown, path: Path, depth: number): unknown {
    this.#budget.nodes -= 1;
    if (this.#budget.nodes < 0) return this.#limit(node, path, `holds more than ${LIMITS.taskFileNodes} values`);
    if (depth > LIMITS.taskFileDepth)
      return this.#limit(node, path, `is nested deeper than ${LIMITS.taskFileDepth} levels`);
    if (isAlias(node)) return this.#readAlias(node, path, depth);
    if (isScalar(node)) {
      if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
      return this.#readScalar(node, path);
    }
    if (isSeq(node)) {
      if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
      return this.#readItems(node.items, path, depth);
    }
    if (isMap(node)) {
      if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
      return this.#readPairs(node.items, path, depth);
    }
    return null;
  }

  /** Offsets of the value at a path and of its key. */
  find(root: unknown, path: Path): { key: number; value: number } {
    let node = this.#followed(root);
    let offsets = { key: offsetOf(root), value: offsetOf(root) };
    for (const step of path) {
      if (isMap(node)) {
        const pair = node.items.find((candidate) => keyText(candidate.key) === String(step));
        if (pair === undefined) break;
        const key = offsetOf(pair.key);
        offsets = { key, value: offsetOf(pair.value, key) };
        node = this.#followed(pair.value);
      } else if (isSeq(node) && typeof step === 'number' && step < node.items.length) {
        const value = offsetOf(node.items[step], offsets.value);
        offsets = { key: value, value };
        node = this.#followed(node.items[step]);
      } else {
        break;
      }
    }
    return offsets;
  }

  #readAlias(node: unknown, path: Path, depth: number): unknown {
    const name = isAlias(node) ? node.source : '';
    const target = this.#anchors.get(name);
    if (target === undefined) {
      const advice = 'A value that begins with "*" must stand in quotes, such as cron: "* * * * *".';
      return this.#refuse(node, path, `no anchor named &${name} stands before this alias`, advice);
    }
    this.#targets.set(node, target);
    return this.read(target, path, depth + 1);
  }

  #readScalar(node: { value: unknown; source?: string | undefined }, path: Path): unknown {
    const value = node.value;
    if ((typeof value === 'number' || typeof value === 'boolean') && node.source !== undefined && this.#isText(path)) {
      return node.source;
    }
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return value;
    return this.#refuse(
      node,
      path,
      'is of a kind that has no place here',
      'Write plain text, a number, true or false.',
    );
  }

  #readItems(items: readonly unknown[], path: Path, depth: number): unknown[] {
    const values: unknown[] = [];
    for (const [index, item] of items.entries()) {
      if (this.#stopped()) break;
      values.push(this.read(item, [...path, index], depth + 1));
    }
    return values;
  }

  #readPairs(pairs: readonly Pair[], path: Path, depth: number): Record<string, unknown> {
    const values = new Map<string, unknown>();
    for (const pair of pairs) {
      if (this.#stopped()) break;
      const key = keyText(pair.key);
      if (key === undefined) {
        this.#refuse(pair.key, path, 'a field name must be plain text', 'Write `name: value`.');
      } else if (values.has(key)) {
        this.#refuse(pair.key, [...path, key], `"${key}" stands here twice`, 'Keep one of the two.');
      } else {
        values.set(key, this.read(pair.value, [...path, key], depth + 1));
      }
    }
    return Object.fromEntries(values);
  }

  #stopped(): boolean {
    return this.#budget.nodes < 0 || this.errors.length >= LIMITS.errorsPerFile;
  }

  #followed(node: unknown): unknown {
    let target = node;
    for (let hops = 0; isAlias(target) && hops < LIMITS.taskFileDepth; hops += 1) target = this.#targets.get(target);
    return target;
  }

  #refuse(node: unknown, path: Path, message: string, advice: string): null {
    this.errors.push({ code: 'INVALID_YAML', path, message, advice, ...this.#positionAt(offsetOf(node)) });
    return null;
  }

  /** Ends the reading: beyond a limit every further value would only repeat the error. */
  #limit(node: unknown, path: Path, what: string): null {
    this.#budget.nodes = -1;
    const message = `the file ${what} (aliases followed)`;
    this.errors.push({ code: 'LIMIT_EXCEEDED', path: path.slice(0, 3), message, ...this.#positionAt(offsetOf(node)) });
    return null;
  }
}

function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  if (typeof key.value === 'string') return key.value;
  return key.source === undefined || key.source === '' ? undefined : key.source;
}

function isEmptyScalar(node: unknown): boolean {
  return isScalar(node) && node.value === null && (node.source ?? '') === '';
}

function offsetOf(node: unknown, otherwise = 0): number {
  const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
  return range?.[0] ?? otherwise;
}

function positionOf(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** One slip often makes the parser stumble several times over the same line. */
function firstOfEachLine<T extends { position: Position }>(errors: readonly T[]): T[] {
  return [...new Map(errors.toReversed().map((entry) => [entry.position.line, entry])).values()].reverse();
}

/** Says in our words what most often is behind a syntax error: a value that needed quotes, or a tab. */
function syntaxError(text: string, error: { message: string; pos: [number, number] }) {
  const offset = error.pos[0];
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = text.indexOf('\n', offset);
  const line = text.slice(lineStart, lineEnd < 0 ? lineStart + 200 : Math.min(lineEnd, lineStart + 200));
  const base = { code: 'INVALID_YAML' as const, path: [] as Path };
  const sign = /(?:[:-]|^)\s+([*@%`&])/.exec(line)?.[1];
  if (sign !== undefined) {
    const message = `a value cannot begin with "${sign}" without quotes`;
    return { ...base, message, advice: 'Put the value in quotes, such as cron: "* * * * *".' };
  }
  const message = error.message.split('\n')[0] ?? error.message;
  if (line.includes('\t')) return { ...base, message, advice: 'Indent with spaces; YAML does not allow tabs there.' };
  if (/:\s.*:\s/.test(line)) return { ...base, message, advice: 'A value that contains ": " must stand in quotes.' };
  return { ...base, message };
}
